#include "auth/denials.hpp"

namespace papi::auth {
namespace {

constexpr RateLimit told{10, 60, 10};

}  // namespace

void RecordDenials::leave(http::Exchange& exchange, http::Response& response) const {
  if (response.status != 403 || !exchange.caller.known()) return;
  const std::string bucket = "denials " + exchange.caller.bucket();
  if (parts_.buckets.take(bucket, told, parts_.clock.steady()).allowed) {
    parts_.audit.record(record_of(exchange, AuditKind::permission, false, "insufficient permissions"));
  } else {
    parts_.audit.seen(AuditKind::permission);
  }
}

}  // namespace papi::auth
