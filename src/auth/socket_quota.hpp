#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "auth/authenticate.hpp"

namespace papi::auth {

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
    std::size_t limit = 0;
  };

  explicit SocketQuota(Limits limits) : limits_(limits) {}

  Answer open(const std::string& caller, const std::string& address);
  std::size_t count() const;

 private:
  class HeldPermit;
  void close(const std::string& caller, const std::string& address);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::size_t open_ = 0;
  std::unordered_map<std::string, std::size_t> by_caller_;
  std::unordered_map<std::string, std::size_t> by_address_;
};

/// Limits how many sockets and streams one key (or user), and one address, may have open at a time.
class LimitSockets final : public http::Middleware {
 public:
  LimitSockets(SocketQuota& sockets, AuditTrail& audit, Logger& log)
      : sockets_(sockets), audit_(audit), log_(log) {}
  std::optional<Error> enter(http::Exchange& exchange) const override;

 private:
  SocketQuota& sockets_;
  AuditTrail& audit_;
  Logger& log_;
};

}  // namespace papi::auth
