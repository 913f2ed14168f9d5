#pragma once

// The quotas: how much one caller or one address may use, and the Error of each one that is used up. Requests
// are counted in auth/token_buckets.hpp; what counts as one caller is said where it is counted.
// The platform bounds the connections of an address itself (platform/http/connection_quota.hpp).

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "platform/base/error.hpp"
#include "platform/http/rate_rule.hpp"

namespace papi::quota {

/// The settings that raise the quotas.
inline constexpr std::string_view sockets_per_key_setting = "WEBSOCKET_MAX_PER_KEY";
inline constexpr std::string_view sockets_per_address_setting = "WEBSOCKET_MAX_PER_ADDRESS";
inline constexpr std::string_view sessions_per_key_setting = "LIVE_MAX_SESSIONS_PER_KEY";
/// Returns the prefix of the names of a rule's settings, such as RATE_LIMIT_API.
std::string settings_of(http::RateRule rule);

/// Returns the Error of a request that a rate limit refuses.
Error too_many_requests(const http::RateVerdict& verdict);

/// How many sessions may run: of all callers together, and of one key, or of one user without a key.
struct SessionQuota {
  std::size_t of_all = 1'000;
  std::size_t of_caller = 1'000;

  /// Returns an Error if none may start beside those that run.
  Result<void> check(std::size_t running, std::size_t running_of_caller) const;
};

/// Counts open sockets and streams, per key (or user) and per address. Any thread. Must outlive the permits
/// that it gives.
class SocketQuota {
 public:
  struct Limits {
    std::size_t per_caller = 10'000;
    std::size_t per_address = 2'000;
  };
  /// Keep it while the socket is open. Destroying it gives the place back.
  using Permit = std::shared_ptr<const void>;
  struct Answer {
    Permit permit;           // nullptr: the limit is reached
    std::string_view scope;  // which limit is reached: "key" or "address"
    Error error;             // what to answer then
  };

  explicit SocketQuota(Limits limits) : limits_(limits) {}

  Answer open(const std::string& caller, const std::string& address);
  std::size_t count() const;
  /// Returns how many sockets and streams of this caller are open.
  std::size_t count_of(const std::string& caller) const;

 private:
  class HeldPermit;
  void close(const std::string& caller, const std::string& address);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::size_t open_ = 0;
  std::unordered_map<std::string, std::size_t> by_caller_;
  std::unordered_map<std::string, std::size_t> by_address_;
};

}  // namespace papi::quota
