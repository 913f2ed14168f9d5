#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/random.hpp"
#include "platform/base/sha256.hpp"

namespace papi::auth {

/// Tickets let a browser open a WebSocket, a stream or a picture without an API key in the URL. A ticket
/// works once, within 60 seconds, for a picture or for the sessions that it names. Tickets are only in
/// memory; a restart ends the sockets too. Any thread.
///
/// `Caller` is a value that says who took the ticket; its bucket() is the id under which open tickets are
/// counted.
template <class Caller>
class TicketBook {
 public:
  static constexpr std::chrono::seconds lifetime{60};
  static constexpr std::size_t max_open = 100'000;
  static constexpr std::size_t max_open_per_caller = 1'000;

  /// Time of the steady clock, so that setting the wall clock neither ends a ticket nor extends it.
  using Time = std::chrono::steady_clock::time_point;
  struct Ticket {
    Caller caller;
    std::vector<std::string> session_ids;
    Time expires_at;
  };

  explicit TicketBook(const Clock& clock) : clock_(clock) {}

  /// Returns the secret of a new ticket, or nullopt if too many tickets are open.
  std::optional<std::string> issue(Caller caller, std::vector<std::string> session_ids) {
    const Time now = clock_.steady();
    std::lock_guard lock(mutex_);
    drop_expired(now);
    if (by_hash_.size() >= max_open) return std::nullopt;
    std::size_t& open = open_by_caller_[caller.bucket()];
    if (open >= max_open_per_caller) return std::nullopt;
    ++open;
    std::string secret = "tk_" + random_base64url(32);
    by_hash_[sha256_hex(secret)] = Ticket{std::move(caller), std::move(session_ids), now + lifetime};
    return secret;
  }

  /// Returns the ticket and invalidates it. Returns nullopt if the ticket is unknown, used or expired.
  std::optional<Ticket> redeem(const std::string& secret) {
    const Time now = clock_.steady();
    std::lock_guard lock(mutex_);
    auto found = by_hash_.extract(sha256_hex(secret));
    if (found.empty()) return std::nullopt;
    Ticket ticket = std::move(found.mapped());
    count_down(ticket);
    if (ticket.expires_at <= now) return std::nullopt;
    // This only improves an error message. If very many tickets were used, it is left out.
    if (used_.size() < max_open) used_[sha256_hex(secret)] = ticket.expires_at;
    return ticket;
  }

  /// Whether the ticket was redeemed and would not have expired yet. For the error message to a client that
  /// tries to connect again with the same ticket.
  bool was_used(const std::string& secret) {
    const Time now = clock_.steady();
    std::lock_guard lock(mutex_);
    const auto found = used_.find(sha256_hex(secret));
    return found != used_.end() && found->second > now;
  }

 private:
  void count_down(const Ticket& ticket) {
    const auto count = open_by_caller_.find(ticket.caller.bucket());
    if (count != open_by_caller_.end() && --count->second == 0) open_by_caller_.erase(count);
  }
  void drop_expired(Time now) {
    if (now < next_drop_ && by_hash_.size() < max_open) return;
    next_drop_ = now + std::chrono::seconds(1);
    std::erase_if(by_hash_, [&](const auto& entry) {
      if (entry.second.expires_at > now) return false;
      count_down(entry.second);
      return true;
    });
    std::erase_if(used_, [&](const auto& entry) { return entry.second <= now; });
  }

  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Ticket> by_hash_;
  std::unordered_map<std::string, Time> used_;  // hash → when the ticket would have expired
  std::unordered_map<std::string, std::size_t> open_by_caller_;
  Time next_drop_;
};

}  // namespace papi::auth
