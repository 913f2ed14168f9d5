#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/http/exchange.hpp"

namespace papi::auth {

/// Tickets: a browser's way to a WebSocket, a stream or a picture without a key in the URL. Each works once,
/// within 60 seconds, for a picture or for the sessions that it names. In memory: a restart ends sockets too.
/// Any thread.
class Tickets {
 public:
  static constexpr UnixMs lifetime_ms = 60'000;
  static constexpr std::size_t max_open = 100'000;
  static constexpr std::size_t max_open_per_caller = 1'000;

  /// Of the steady clock: setting the wall clock neither ends nor prolongs a ticket.
  using Time = std::chrono::steady_clock::time_point;
  struct Ticket {
    http::Caller caller;
    std::vector<std::string> session_ids;
    Time expires_at;
  };

  explicit Tickets(const Clock& clock) : clock_(clock) {}

  /// Its secret; nothing where too many are open.
  std::optional<std::string> issue(http::Caller caller, std::vector<std::string> session_ids);
  /// Whose it is, once. Nothing: unknown, used or too old.
  std::optional<Ticket> redeem(const std::string& secret);
  /// Whether it was redeemed and would not have expired yet: for who tries to connect again with it.
  bool was_used(const std::string& secret);

 private:
  void drop_expired(Time now);

  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Ticket> by_hash_;
  std::unordered_map<std::string, Time> used_;  // until when, by hash
  std::unordered_map<std::string, std::size_t> open_by_caller_;
  Time next_drop_;
};

}  // namespace papi::auth
