#include "auth/audit_forbidden.hpp"

namespace papi::auth {
namespace {

constexpr RateLimit refusals_recorded{.requests = 10, .window = std::chrono::minutes(1), .burst = 10};

}  // namespace

void AuditForbidden::leave(http::Exchange& exchange, http::Response& response) const {
  if (response.status != 403 || !exchange.caller.known()) return;
  const std::string bucket = "denials " + exchange.caller.bucket();
  if (deps_.buckets.take(bucket, refusals_recorded, deps_.clock.steady()).allowed) {
    deps_.audit.record(
        record_of(actor_of(exchange), AuditKind::permission, false, "insufficient permissions"));
  } else {
    deps_.audit.seen(AuditKind::permission);
  }
}

}  // namespace papi::auth
