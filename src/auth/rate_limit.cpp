#include "auth/rate_limit.hpp"

#include "platform/http/route_table.hpp"

namespace papi::auth {

std::optional<Error> LimitRate::enter(http::Exchange& exchange) const {
  exchange.limits = this;
  if (!exchange.route) return charge(exchange, http::RateRule::api);
  return exchange.route->charged_late ? std::nullopt : charge(exchange, exchange.route->rate);
}

std::optional<Error> LimitRate::charge(http::Exchange& exchange, http::RateRule rule) const {
  const RateLimit& limit = limits_[static_cast<std::size_t>(rule)];
  if (rule == http::RateRule::none || limit.requests <= 0) return std::nullopt;
  std::string bucket(to_string(rule));
  bucket += ' ';
  // Where fresh keys would be a way round it, the user counts and not the key.
  const bool by_user = rule == http::RateRule::connect || rule == http::RateRule::auth;
  const http::Caller& caller = exchange.caller;
  bucket += caller.known() ? (by_user ? caller.id : caller.bucket())
                           : address_bucket(exchange.request.client_address);
  const auto taken = parts_.buckets.take(bucket, limit, parts_.clock.steady());
  if (!taken.allowed) return refuse_rate(exchange, taken, limit, rule, parts_);
  exchange.rate = verdict_of(taken, limit, rule);
  return std::nullopt;
}

void LimitRate::leave(http::Exchange& exchange, http::Response& response) const {
  if (!exchange.rate) return;
  const http::RateVerdict& rate = *exchange.rate;
  const std::string name = "\"" + std::string(to_string(rate.rule)) + "\"";
  const std::string full = std::to_string(rate.full_in_seconds);
  auto& headers = response.headers;
  headers.emplace_back("X-RateLimit-Limit", std::to_string(rate.limit));
  headers.emplace_back("X-RateLimit-Remaining", std::to_string(rate.remaining));
  headers.emplace_back("X-RateLimit-Reset",
                       std::to_string(parts_.clock.now_ms() / 1000 + rate.full_in_seconds));
  headers.emplace_back("RateLimit-Policy", name + ";q=" + std::to_string(rate.limit) +
                                               ";w=" + std::to_string(rate.window_seconds));
  headers.emplace_back("RateLimit", name + ";r=" + std::to_string(rate.remaining) + ";t=" + full);
}

}  // namespace papi::auth
