#pragma once

#include <array>

#include "access/rate_rules.hpp"
#include "auth/authenticate.hpp"

namespace papi::auth {

/// One limit per rule, indexed by http::RateRule.
using RateLimits = std::array<RateLimit, rate_rule::count>;

/// Returns the numbers for the rate limit headers.
http::RateVerdict verdict_of(const TokenBuckets::Taken& taken, const RateLimit& limit, http::RateRule rule);

/// Makes the 429 answer, with the numbers that become its headers. It is logged each time, and recorded in
/// the audit trail once per series of refusals.
Error refuse_rate(http::Exchange& exchange, const TokenBuckets::Taken& taken, const RateLimit& limit,
                  http::RateRule rule, const CredentialDependencies& deps);

/// Applies the rate limit rule of the route, per key or user, or per address if the caller is unknown.
/// Unknown paths count under the rule `api`, so that guessing paths is limited too. If a route is
/// `charged_late`, its handler charges.
class LimitRate final : public http::Middleware, private http::RateCharge {
 public:
  LimitRate(CredentialDependencies deps, const RateLimits& limits) : deps_(deps), limits_(limits) {}
  std::optional<Error> enter(http::Exchange& exchange) const override;
  /// Adds the headers X-RateLimit-* and those of draft-ietf-httpapi-ratelimit-headers.
  void leave(http::Exchange& exchange, http::Response& response) const override;

 private:
  std::optional<Error> charge(http::Exchange& exchange, http::RateRule rule) const override;

  const CredentialDependencies deps_;
  const RateLimits& limits_;
};

}  // namespace papi::auth
