#pragma once

// The middlewares that know nothing of the domains. Their list and order are in app/.

#include "platform/http/pipeline.hpp"
#include "platform/log/logger.hpp"

namespace papi::http {

/// Takes the caller's X-Correlation-ID (1–128 of [A-Za-z0-9._-]), or makes one.
class AssignCorrelationId final : public Middleware {
 public:
  std::optional<Error> enter(Exchange& exchange) const override;
};

/// Writes the access log: one line per request, by the component `access` of the application log. A request
/// that took `slow_from` or longer has the message `Slow request` and the level WARNING. 0: none is slow.
class WriteAccessLog final : public Middleware {
 public:
  WriteAccessLog(Logger& log, const Clock& clock, std::chrono::milliseconds slow_from = {});
  std::optional<Error> enter(Exchange& exchange) const override;
  void leave(Exchange& exchange, Response& response) const override;

 private:
  mutable Logger log_;  // any thread may use it
  const Clock& clock_;
  const std::chrono::nanoseconds slow_from_;
};

/// Refuses malformed requests: without a valid Host, with a malformed target (see target_fault()), with a
/// malformed Sec-WebSocket-Key, or with a body whose Content-Type is not application/json. The body of GET
/// and HEAD is ignored.
class ValidateRequest final : public Middleware {
 public:
  std::optional<Error> enter(Exchange& exchange) const override;
};

/// Refuses query parameters that the route does not take, and malformed percent-encoding in path and query.
/// Reports all of these faults at once. It runs after Authorize, so that missing credentials are reported
/// first.
class CheckQuery final : public Middleware {
 public:
  std::optional<Error> enter(Exchange& exchange) const override;
};

/// Compares the route's permission with the caller's, and the request with the caller's CredentialScope.
/// Marks the answer of a route that needs a permission as `Cache-Control: no-store`, unless its handler sets
/// another value: caches do not know that X-API-Key is a credential (RFC 9111 §3.5 speaks of Authorization
/// only).
class Authorize final : public Middleware {
 public:
  using NameOf = std::string_view (*)(Permission);
  explicit Authorize(NameOf name_of) : name_of_(name_of) {}
  std::optional<Error> enter(Exchange& exchange) const override;
  void leave(Exchange& exchange, Response& response) const override;

 private:
  const NameOf name_of_;
};

}  // namespace papi::http
