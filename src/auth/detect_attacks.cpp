#include "auth/detect_attacks.hpp"

#include "auth/address_bucket.hpp"
#include "auth/attack_signatures.hpp"

namespace papi::auth {
namespace {

constexpr RateLimit attacks_logged{.requests = 10, .window = std::chrono::minutes(1), .burst = 10};

}  // namespace

std::optional<Error> DetectAttacks::enter(http::Exchange& exchange) const {
  const auto kind = attack_signature_in(exchange.request);
  if (!kind) return std::nullopt;
  const std::string bucket = "suspicious " + address_bucket(exchange.request.client_address);
  if (!deps_.buckets.take(bucket, attacks_logged, deps_.clock.steady()).allowed) {
    deps_.audit.seen(AuditKind::suspicious);
    return std::nullopt;
  }
  deps_.audit.record(record_of(actor_of(exchange), AuditKind::suspicious, false, std::string(*kind)));
  std::string storage;
  const std::string_view path = http::shown_path(exchange.request.path.substr(0, 512), storage);
  deps_.log.warning("Suspicious activity detected", {{"kind", *kind},
                                                     {"client_ip", exchange.request.client_address},
                                                     {"method", exchange.request.method_text},
                                                     {"path", path},
                                                     {"correlation_id", exchange.correlation_id}});
  return std::nullopt;
}

}  // namespace papi::auth
