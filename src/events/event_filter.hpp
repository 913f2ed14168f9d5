#pragma once

#include <string>

#include "events/event_json.hpp"

namespace papi::events {

/// Which events a reader wants. Events that are filtered out keep their offsets.
struct EventFilter {
  std::uint32_t types = ~0u;  // one bit per EventType
  UserId user_id;             // 0: any
  std::string username;       // lower case; empty: any. With a user_id: either may match
  std::string contains;       // folded (fold_for_search), part of a comment's text; empty: any

  bool wants(EventType type) const { return (types >> static_cast<int>(type) & 1) != 0; }
  bool by_person() const { return user_id != UserId() || !username.empty(); }
  /// Whether the filter must read the event's text, so that SQL alone cannot decide it.
  bool reads_text() const { return !contains.empty(); }
  bool matches(const EventFrame& event) const;
};
static_assert(event_type_count <= 8 * sizeof(EventFilter::types));

}  // namespace papi::events
