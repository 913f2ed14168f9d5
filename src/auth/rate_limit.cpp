#include "auth/rate_limit.hpp"

#include <algorithm>
#include <cmath>

#include "access/quotas.hpp"
#include "auth/address_bucket.hpp"
#include "platform/http/route_table.hpp"

namespace papi::auth {

http::RateVerdict verdict_of(const TokenBuckets::Taken& taken, const RateLimit& limit, http::RateRule rule) {
  using std::chrono::seconds;
  const auto time_of = [&](double tokens) {
    constexpr double rounding = 1e-6;  // against rounding errors in sums that are whole seconds
    return seconds(static_cast<std::int64_t>(
        std::ceil(std::max(0.0, tokens) / (1000 * limit.per_millisecond()) - rounding)));
  };
  http::RateVerdict verdict;
  verdict.allowed = taken.allowed;
  verdict.rule = rule;
  verdict.limit = limit.requests;
  verdict.window = limit.window;
  verdict.remaining = static_cast<std::int64_t>(taken.tokens);
  verdict.full_in = time_of(limit.capacity() - taken.tokens);
  if (!taken.allowed) verdict.retry_after = std::max(seconds(1), time_of(1 - taken.tokens));
  return verdict;
}

Error refuse_rate(http::Exchange& exchange, const TokenBuckets::Taken& taken, const RateLimit& limit,
                  http::RateRule rule, const CredentialDependencies& deps) {
  exchange.rate = verdict_of(taken, limit, rule);
  if (taken.newly_refused) {
    deps.audit.record(
        record_of(actor_of(exchange), AuditKind::rate_limit, false, std::string(rate_rule::name_of(rule))));
  } else {
    deps.audit.seen(AuditKind::rate_limit);
  }
  deps.log.warning("Rate limit exceeded",
                   {{"rule", rate_rule::name_of(rule)},
                    {"client_ip", exchange.request.client_address},
                    {"username", exchange.caller.username},
                    {"endpoint", exchange.route ? exchange.route->endpoint : "unmatched"},
                    {"correlation_id", exchange.correlation_id}});
  return quota::too_many_requests(*exchange.rate);
}

std::optional<Error> LimitRate::enter(http::Exchange& exchange) const {
  exchange.limits = this;
  if (!exchange.route) return charge(exchange, rate_rule::api);
  return exchange.route->charged_late ? std::nullopt : charge(exchange, exchange.route->rate);
}

std::optional<Error> LimitRate::charge(http::Exchange& exchange, http::RateRule rule) const {
  const RateLimit& limit = limits_[static_cast<std::size_t>(rule)];
  if (rule == http::RateRule::none || limit.requests <= 0) return std::nullopt;
  std::string bucket(rate_rule::name_of(rule));
  bucket += ' ';
  const http::Caller& caller = exchange.caller;
  // For these rules the user is counted and not the key, because a user could get around them with new keys.
  // A stream token may call none of these routes, and its requests to them must not use up the user's share.
  const bool by_user = (rule == rate_rule::connect || rule == rate_rule::auth) && !caller.scope;
  bucket += caller.known() ? (by_user ? caller.id : caller.bucket())
                           : address_bucket(exchange.request.client_address);
  const auto taken = deps_.buckets.take(bucket, limit, deps_.clock.steady());
  if (!taken.allowed) return refuse_rate(exchange, taken, limit, rule, deps_);
  exchange.rate = verdict_of(taken, limit, rule);
  return std::nullopt;
}

void LimitRate::leave(http::Exchange& exchange, http::Response& response) const {
  if (!exchange.rate) return;
  const http::RateVerdict& rate = *exchange.rate;
  const std::string name = "\"" + std::string(rate_rule::name_of(rate.rule)) + "\"";
  const std::string full = std::to_string(rate.full_in.count());
  auto& headers = response.headers;
  headers.emplace_back("X-RateLimit-Limit", std::to_string(rate.limit));
  headers.emplace_back("X-RateLimit-Remaining", std::to_string(rate.remaining));
  headers.emplace_back("X-RateLimit-Reset",
                       std::to_string(deps_.clock.now_ms() / 1000 + rate.full_in.count()));
  headers.emplace_back("RateLimit-Policy", name + ";q=" + std::to_string(rate.limit) +
                                               ";w=" + std::to_string(rate.window.count()));
  headers.emplace_back("RateLimit", name + ";r=" + std::to_string(rate.remaining) + ";t=" + full);
}

}  // namespace papi::auth
