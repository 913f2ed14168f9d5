#include "auth/api_key.hpp"

namespace papi::auth {

std::optional<Error> AuthenticateKey::enter(http::Exchange& exchange) const {
  if (!exchange.route || exchange.route->permission == http::Permission::none) return std::nullopt;
  std::string given(exchange.request.header("x-api-key"));
  if (given.empty() && (exchange.route->websocket || exchange.route->query_credentials))
    given = exchange.request.query_value("api_key").value_or("");
  if (given.empty()) return std::nullopt;  // Permit answers: who is nobody may do nothing
  if (!api_key_.empty() && equal_in_constant_time(given, api_key_.reveal())) {
    exchange.caller.id = "dev";
    exchange.caller.role = "service";
    exchange.caller.permissions = 0xFF;
    return std::nullopt;
  }
  log_.warning("Authentication failed", {{"client_ip", exchange.request.client_address},
                                         {"endpoint", exchange.route->endpoint},
                                         {"correlation_id", exchange.correlation_id}});
  return Error(ErrorCode::authentication_failed, "Invalid API key");
}

}  // namespace papi::auth
