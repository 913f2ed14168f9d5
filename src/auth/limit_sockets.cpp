#include "auth/limit_sockets.hpp"

#include "auth/address_bucket.hpp"
#include "platform/http/route_table.hpp"

namespace papi::auth {

std::optional<Error> LimitSockets::enter(http::Exchange& exchange) const {
  if (!exchange.route || !exchange.route->long_lived) return std::nullopt;
  auto answer = sockets_.open(exchange.caller.bucket(), address_bucket(exchange.request.client_address));
  if (answer.permit) {
    exchange.kept_alive = std::move(answer.permit);
    return std::nullopt;
  }
  const std::string reason = "open sockets of one " + std::string(answer.scope);
  audit_.record(record_of(actor_of(exchange), AuditKind::rate_limit, false, reason));
  log_.warning("Rate limit exceeded", {{"rule", "open sockets"},
                                       {"client_ip", exchange.request.client_address},
                                       {"username", exchange.caller.username},
                                       {"endpoint", exchange.route->endpoint},
                                       {"correlation_id", exchange.correlation_id}});
  return std::move(answer.error);
}

}  // namespace papi::auth
