#include "platform/http/pipeline.hpp"

#include "platform/http/prefix.hpp"

namespace papi::http {

namespace {

constexpr std::string_view all_methods = "GET, HEAD, POST, PUT, PATCH, DELETE";

/// Under the prefix, if it is known. Else relative to the path that was asked for, so that it holds behind
/// whatever prefix a proxy takes off: `/api/sessions/?a=1` and `../sessions?a=1` give `/api/sessions?a=1`.
std::string without_slash(const Request& request) {
  std::string_view path = request.path;
  path.remove_suffix(1);
  std::string location =
      request.prefix.empty() ? "../" + std::string(path.substr(path.rfind('/') + 1)) : link_to(request, path);
  if (!request.query.empty()) location += '?', location += request.query;
  return location;
}

Result<Response> redirect(Exchange& exchange) {
  Response response;
  response.status = 308;
  response.headers.emplace_back("Location", without_slash(exchange.request));
  return response;
}

}  // namespace

Pipeline::Pipeline(RouteTable routes, std::vector<std::unique_ptr<Middleware>> middlewares)
    : routes_(std::move(routes)), middlewares_(std::move(middlewares)) {
  options_.method = Method::options;
  options_.path = options_.endpoint = "OPTIONS";
  options_.rate = RateRule::none;
  options_.any_query = redirect_.any_query = true;
  redirect_.path = redirect_.endpoint = "trailing slash";
  redirect_.handler = DirectHandler(redirect);
  options_.handler = DirectHandler([](Exchange& exchange) -> Result<Response> {
    Response response;
    response.status = 204;
    response.headers.emplace_back("Allow", exchange.allow);
    return response;
  });
}

std::optional<Error> Pipeline::enter(Exchange& exchange) const {
  // Matching comes first: permission, rate rule and label are columns of the route. Its verdict comes last,
  // so that a 404 passes the same steps (correlation id, log line) as every other answer.
  RouteTable::Match match = routes_.match(exchange.request.method, exchange.request.path);
  exchange.route = match.route;
  exchange.params = std::move(match.params);
  exchange.allow = std::move(match.allow);
  const Request& request = exchange.request;
  if (request.method == Method::options && request.path == "*") exchange.allow = all_methods;
  if (!exchange.route && exchange.allow.empty() && has_route_without_slash(request))
    exchange.route = &redirect_;
  if (request.method == Method::options && !exchange.allow.empty()) {
    exchange.allow += ", OPTIONS";
    exchange.route = &options_;
  }
  for (const auto& middleware : middlewares_) {
    if (auto answer = middleware->enter(exchange)) return answer;
  }
  if (exchange.route) return std::nullopt;
  if (exchange.allow.empty()) return Error(ErrorCode::not_found, "Not Found");
  json::object details;
  details["allow"] = exchange.allow;
  return Error(ErrorCode::method_not_allowed, "Method Not Allowed", std::move(details));
}

bool Pipeline::has_route_without_slash(const Request& request) const {
  const std::string_view path = request.path;
  if (path.size() < 2 || !path.ends_with('/')) return false;
  const RouteTable::Match match = routes_.match(request.method, path.substr(0, path.size() - 1));
  return match.route || !match.allow.empty();
}

void Pipeline::leave(Exchange& exchange, Response& response) const {
  for (auto it = middlewares_.rbegin(); it != middlewares_.rend(); ++it) (*it)->leave(exchange, response);
}

}  // namespace papi::http
