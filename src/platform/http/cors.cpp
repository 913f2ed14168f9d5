#include "platform/http/cors.hpp"

#include "platform/base/text.hpp"

namespace papi::http {
namespace {

/// The headers that pages may send, besides those that the Fetch standard always allows.
constexpr std::string_view allowed_headers =
    "Authorization, Cache-Control, Content-Type, If-None-Match, Last-Event-ID, X-API-Key, X-Correlation-ID";

/// The headers that pages may read, besides those that the Fetch standard always allows (Cache-Control,
/// Content-Length, Content-Type, …).
constexpr std::string_view exposed_headers =
    "Allow, Content-Disposition, ETag, Location, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, "
    "X-Correlation-ID, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset";

/// Returns the value of `Origin`, or an empty text if the request has no such header. Two `Origin` headers
/// become one list, which is not an origin.
std::string origin_header(const Request& request) {
  return request.header("origin").empty() ? std::string() : request.header_list("origin");
}

}  // namespace

Cors::Cors(AllowedOrigins origins, std::string_view more)
    : origins_(std::move(origins)),
      exposed_headers_(std::string(exposed_headers) + (more.empty() ? "" : ", ") + std::string(more)) {}

bool Cors::allowed(const Request& request, std::string_view origin) const {
  if (origins_.allows(origin)) return true;
  const auto page = parse_origin(origin);
  return page && page == own_origin(request);
}

std::optional<Error> Cors::enter(Exchange& exchange) const {
  if (!exchange.route || !exchange.route->websocket) return std::nullopt;
  const std::string origin = origin_header(exchange.request);
  if (origin.empty() || allowed(exchange.request, origin)) return std::nullopt;
  return Error(ErrorCode::insufficient_permissions,
               "Origin: not allowed; name it in CORS_ALLOW_ORIGINS, or the proxy in TRUSTED_PROXIES");
}

void Cors::leave(Exchange& exchange, Response& response) const {
  const Request& request = exchange.request;
  const std::string origin = origin_header(request);
  // `Vary` is set even if every page may read. An <img> sends no Origin, so its answer allows no page. A
  // script that asks for the same picture must not get that answer from the browser's cache.
  response.headers.emplace_back("Vary", "Origin");
  if (origin.empty() || !allowed(request, origin)) return;
  response.headers.emplace_back("Access-Control-Allow-Origin", origins_.any() ? "*" : origin);
  if (request.method == Method::options && !request.header("access-control-request-method").empty()) {
    response.headers.emplace_back("Access-Control-Allow-Methods", exchange.allow);
    response.headers.emplace_back("Access-Control-Allow-Headers", std::string(allowed_headers));
    response.headers.emplace_back("Access-Control-Max-Age", "600");
  } else {
    response.headers.emplace_back("Access-Control-Expose-Headers", exposed_headers_);
  }
}

}  // namespace papi::http
