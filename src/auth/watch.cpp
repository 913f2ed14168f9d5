#include "auth/watch.hpp"

#include "auth/probe.hpp"

namespace papi::auth {
namespace {

constexpr RateLimit told{10, 60, 10};

}  // namespace

std::optional<Error> Watch::enter(http::Exchange& exchange) const {
  const auto kind = probe_in(exchange.request);
  if (!kind) return std::nullopt;
  const std::string bucket = "suspicious " + address_bucket(exchange.request.client_address);
  if (!parts_.buckets.take(bucket, told, parts_.clock.steady()).allowed) {
    parts_.audit.seen(AuditKind::suspicious);
    return std::nullopt;
  }
  parts_.audit.record(record_of(exchange, AuditKind::suspicious, false, std::string(*kind)));
  std::string storage;
  const std::string_view path = http::shown_path(exchange.request.path.substr(0, 512), storage);
  parts_.log.warning("Suspicious activity detected", {{"kind", *kind},
                                                      {"client_ip", exchange.request.client_address},
                                                      {"method", exchange.request.method_text},
                                                      {"path", path},
                                                      {"correlation_id", exchange.correlation_id}});
  return std::nullopt;
}

}  // namespace papi::auth
