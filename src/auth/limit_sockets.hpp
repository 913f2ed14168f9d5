#pragma once

#include "access/quotas.hpp"
#include "auth/authenticate.hpp"

namespace papi::auth {

/// Limits how many sockets and streams one key (or user), and one address, may have open at a time.
class LimitSockets final : public http::Middleware {
 public:
  LimitSockets(quota::SocketQuota& sockets, AuditTrail& audit, Logger& log)
      : sockets_(sockets), audit_(audit), log_(log) {}
  std::optional<Error> enter(http::Exchange& exchange) const override;

 private:
  quota::SocketQuota& sockets_;
  AuditTrail& audit_;
  Logger& log_;
};

}  // namespace papi::auth
