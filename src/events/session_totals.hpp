#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/event_json.hpp"

namespace papi::events {

/// The length of a time span that has sums of its own.
inline constexpr std::chrono::milliseconds span_length{10'000};

/// One kind of sum: `n` is the number of events, `amount` the sum of their amounts, `peak` the largest
/// amount.
struct Sum {
  std::int64_t n = 0, amount = 0, peak = 0;
  void add(std::int64_t value) {
    ++n;
    amount += value;
    peak = std::max(peak, value);
  }
  bool operator==(const Sum&) const = default;
};

/// What some events of a session add to the sums of one person.
struct PersonTotals {
  UserId user_id;
  // The newest ones in the events. Empty: the events have none, and the stored one stays.
  std::string username, nickname, avatar_url;
  std::int64_t comments = 0, diamonds = 0, likes = 0, shares = 0;
  bool operator==(const PersonTotals&) const = default;
};

/// What some events of a session add to the sums of one time span.
struct SpanTotals {
  UnixMs starts_at = 0;   // a multiple of span_length
  std::string_view kind;  // of the sum; a literal
  Sum sum;
  bool operator==(const SpanTotals&) const = default;
};

/// What some events of a session add to its sums. They are stored in the transaction of the events, so the
/// sums are never ahead of the event log or behind it. Each key occurs once, in ascending order, so that two
/// writers lock rows in the same order.
struct SessionTotals {
  std::vector<PersonTotals> people;     // by user_id; without user 0
  std::vector<SpanTotals> spans;        // by starts_at, then by kind
  std::optional<std::int64_t> viewers;  // the newest number of viewers; nullopt: the events have none
};

/// Computes what the events add. A pure function: the same events have the same totals.
using TotalsOf = SessionTotals (*)(std::span<const EventPtr> events);

}  // namespace papi::events
