#include "platform/http/pipeline.hpp"

namespace papi::http {

Pipeline::Pipeline(RouteTable routes, std::vector<std::unique_ptr<Middleware>> middlewares)
    : routes_(std::move(routes)), middlewares_(std::move(middlewares)) {
  options_.method = Method::options;
  options_.path = options_.endpoint = "OPTIONS";
  options_.rate = RateRule::none;
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
  if (exchange.request.method == Method::options && !exchange.allow.empty()) {
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

void Pipeline::leave(Exchange& exchange, Response& response) const {
  for (auto it = middlewares_.rbegin(); it != middlewares_.rend(); ++it) (*it)->leave(exchange, response);
}

}  // namespace papi::http
