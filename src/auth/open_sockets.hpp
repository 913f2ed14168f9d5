#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "auth/authenticate.hpp"

namespace papi::auth {

/// Counts the sockets and streams that are open, by key (or user) and by address. Any thread; must outlive
/// the places that it gives.
class OpenSockets {
 public:
  struct Limits {
    std::size_t per_caller = 10'000;
    std::size_t per_address = 2'000;
  };
  /// Held while the socket is open.
  using Place = std::shared_ptr<const void>;
  struct Answer {
    Place place;             // nothing: there are too many
    std::string_view whose;  // of the key, or of the address
    std::size_t most = 0;
  };

  explicit OpenSockets(Limits limits) : limits_(limits) {}

  Answer open(const std::string& caller, const std::string& address);
  std::size_t count() const;

 private:
  class Held;
  void close(const std::string& caller, const std::string& address);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::size_t open_ = 0;
  std::unordered_map<std::string, std::size_t> by_caller_;
  std::unordered_map<std::string, std::size_t> by_address_;
};

/// So many sockets and streams of one key, and from one address, at a time.
class LimitSockets final : public http::Middleware {
 public:
  LimitSockets(OpenSockets& sockets, AuditTrail& audit, Logger& log)
      : sockets_(sockets), audit_(audit), log_(log) {}
  std::optional<Error> enter(http::Exchange& exchange) const override;

 private:
  OpenSockets& sockets_;
  AuditTrail& audit_;
  Logger& log_;
};

}  // namespace papi::auth
