#include "platform/http/cors.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "platform/base/text.hpp"

namespace papi::http {

Result<AllowedOrigins> AllowedOrigins::parse(std::string_view list) {
  AllowedOrigins out;
  for (const std::string_view part : split(list, ',')) {
    const std::string origin = to_lower_ascii(trim(part));
    if (origin.empty()) continue;
    if (origin == "*") {
      out.any_ = true;
      continue;
    }
    const auto url = boost::urls::parse_uri(origin);
    const bool web = url && (url->scheme() == "http" || url->scheme() == "https");
    if (!web || url->host().empty() || !url->encoded_path().empty() || url->has_query() ||
        url->has_userinfo())
      return Error(ErrorCode::validation, "'" + origin + "' is no origin such as https://example.org");
    out.origins_.push_back(origin);
  }
  return out;
}

bool AllowedOrigins::allows(std::string_view origin) const {
  return any_ || std::find(origins_.begin(), origins_.end(), to_lower_ascii(origin)) != origins_.end();
}

bool Cors::allowed(const Request& request, std::string_view origin) const {
  const auto scheme_end = origin.find("://");
  const bool same = scheme_end != std::string_view::npos &&
                    equals_ignoring_case(origin.substr(scheme_end + 3), request.authority);
  return same || origins_.allows(origin);
}

std::optional<Error> Cors::enter(Exchange& exchange) const {
  if (!exchange.route || !exchange.route->websocket) return std::nullopt;
  const std::string_view origin = exchange.request.header("origin");
  if (origin.empty() || allowed(exchange.request, origin)) return std::nullopt;
  return Error(ErrorCode::insufficient_permissions, "Origin: not allowed (CORS_ALLOW_ORIGINS)");
}

void Cors::leave(Exchange& exchange, Response& response) const {
  const Request& request = exchange.request;
  const std::string_view origin = request.header("origin");
  if (!origins_.any()) response.headers.emplace_back("Vary", "Origin");
  if (origin.empty() || !allowed(request, origin)) return;
  response.headers.emplace_back("Access-Control-Allow-Origin", origins_.any() ? "*" : std::string(origin));
  if (request.method == Method::options && !request.header("access-control-request-method").empty()) {
    response.headers.emplace_back("Access-Control-Allow-Methods", exchange.allow);
    response.headers.emplace_back("Access-Control-Allow-Headers",
                                  "Authorization, Content-Type, Last-Event-ID, X-API-Key, X-Correlation-ID");
    response.headers.emplace_back("Access-Control-Max-Age", "600");
  } else {
    response.headers.emplace_back(
        "Access-Control-Expose-Headers",
        "ETag, Retry-After, RateLimit, RateLimit-Policy, X-Correlation-ID, "
        "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Session-Epoch, "
        "X-Stream-Epoch, X-Stream-Offset, X-Stream-Recovered");
  }
}

}  // namespace papi::http
