#pragma once

// The middlewares that know nothing of the domains. The list and its order are in app/.

#include "platform/http/pipeline.hpp"
#include "platform/log/logger.hpp"

namespace papi::http {

/// Takes the caller's X-Correlation-ID (1–128 of [A-Za-z0-9._-]) or makes one.
class Correlation final : public Middleware {
 public:
  std::optional<Error> enter(Exchange& exchange) const override;
};

/// Writes the access log: one line per request.
class Observe final : public Middleware {
 public:
  Observe(Logger& log, const Clock& clock) : log_(log), clock_(clock) {}
  std::optional<Error> enter(Exchange& exchange) const override;
  void leave(Exchange& exchange, Response& response) const override;

 private:
  Logger& log_;
  const Clock& clock_;
};

/// Refuses malformed requests: without a valid Host, with a malformed target (see target_fault()), with a
/// malformed Sec-WebSocket-Key, or with a body that is not JSON.
class Guard final : public Middleware {
 public:
  std::optional<Error> enter(Exchange& exchange) const override;
};

/// Refuses query parameters that the route does not take, and malformed percent-encoding in path and query.
/// Reports all of these faults at once. Runs after Permit, so that missing credentials are reported first.
class CheckQuery final : public Middleware {
 public:
  std::optional<Error> enter(Exchange& exchange) const override;
};

/// The route's permission against the caller's. What not everybody may see is kept by no cache, unless its
/// handler says otherwise: of X-API-Key caches know nothing (RFC 9111 §3.5 speaks of Authorization only).
class Permit final : public Middleware {
 public:
  std::optional<Error> enter(Exchange& exchange) const override;
  void leave(Exchange& exchange, Response& response) const override;
};

}  // namespace papi::http
