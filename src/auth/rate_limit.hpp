#pragma once

#include <array>

#include "auth/authenticate.hpp"

namespace papi::auth {

/// A limit per rule, by the rule's number.
using RateLimits = std::array<RateLimit, 6>;

/// The rate limit of the route's rule, for the key or user that calls, else for the address. Unknown paths
/// count as `api`, so that looking for routes is limited too. A route that is `charged_late` is charged by
/// its handler.
class LimitRate final : public http::Middleware, private http::RateCharge {
 public:
  LimitRate(CredentialParts parts, const RateLimits& limits) : parts_(parts), limits_(limits) {}
  std::optional<Error> enter(http::Exchange& exchange) const override;
  /// The headers: X-RateLimit-* and those of draft-ietf-httpapi-ratelimit-headers.
  void leave(http::Exchange& exchange, http::Response& response) const override;

 private:
  std::optional<Error> charge(http::Exchange& exchange, http::RateRule rule) const override;

  const CredentialParts parts_;
  const RateLimits& limits_;
};

}  // namespace papi::auth
