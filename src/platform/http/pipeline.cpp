#include "platform/http/pipeline.hpp"

#include "platform/http/prefix.hpp"

namespace papi::http {

namespace {

constexpr std::string_view all_methods = "GET, HEAD, POST, PUT, PATCH, DELETE";

/// Returns the link without the slash. If the prefix is known, the link begins with it. Else the link is
/// relative to the requested path, so that it works behind any prefix that a proxy removes:
/// `/api/sessions/?a=1` and `../sessions?a=1` give `/api/sessions?a=1`.
std::string without_slash(const Request& request) {
  std::string_view path = request.path;
  path.remove_suffix(1);
  std::string location =
      request.prefix.empty() ? "../" + std::string(path.substr(path.rfind('/') + 1)) : link_to(request, path);
  if (!request.query.empty()) {
    location += '?';
    location += request.query;
  }
  return location;
}

Result<Response> redirect(Exchange& exchange) {
  Response response;
  response.status = 308;
  response.headers.emplace_back("Location", without_slash(exchange.request));
  return response;
}

}  // namespace

Pipeline::Pipeline(RouteTable routes, std::vector<std::unique_ptr<Middleware>> middlewares, ErrorTable errors)
    : routes_(std::move(routes)), errors_(std::move(errors)), middlewares_(std::move(middlewares)) {
  for (const auto& middleware : middlewares_)
    waiting_.push_back(dynamic_cast<const WaitingMiddleware*>(middleware.get()));
  options_.method = Method::options;
  options_.path = options_.endpoint = options_.pattern = "OPTIONS";
  options_.rate = RateRule::none;
  options_.any_query = redirect_.any_query = true;
  redirect_.path = redirect_.endpoint = "trailing slash";
  redirect_.pattern = "trailing-slash";
  redirect_.handler = DirectHandler(redirect);
  options_.handler = DirectHandler([](Exchange& exchange) -> Result<Response> {
    Response response;
    response.status = 204;
    response.headers.emplace_back("Allow", exchange.allow);
    return response;
  });
}

Pipeline::Pipeline(ChooseRoute choose, std::vector<std::unique_ptr<Middleware>> middlewares,
                   ErrorTable errors)
    : Pipeline(RouteTable({}), std::move(middlewares), std::move(errors)) {
  choose_ = std::move(choose);
}

Pipeline::Entered Pipeline::enter(Exchange& exchange) const {
  find_route(exchange);
  return enter_from(0, exchange);
}

Task<std::optional<Error>> Pipeline::finish_entering(Exchange& exchange, std::size_t waiting) const {
  for (;;) {
    std::optional<Error> refusal = co_await waiting_[waiting]->wait(exchange);
    const auto cancellation = co_await net::this_coro::cancellation_state;
    const bool given_up = cancellation.cancelled() != net::cancellation_type::none;
    if (refusal || given_up) co_return refusal;
    Entered entered = enter_from(waiting + 1, exchange);
    if (!entered.waiting) co_return std::move(entered.refusal);
    waiting = *entered.waiting;
  }
}

void Pipeline::find_route(Exchange& exchange) const {
  if (choose_) {
    exchange.route = choose_(exchange.request);
    return;
  }
  // Matching comes first, because permission, rate limit rule and label are columns of the route. A 404 is
  // answered last, so that it passes the same steps (correlation id, access log) as every other answer.
  RouteTable::Match match = routes_.match(exchange.request.method, exchange.request.path);
  exchange.route = match.route;
  exchange.params = std::move(match.params);
  exchange.allow = std::move(match.allow);
  const Request& request = exchange.request;
  if (request.method == Method::options && request.path == "*") exchange.allow = all_methods;
  if (!exchange.route && exchange.allow.empty()) {
    RouteTable::Match plain = match_without_slash(request);
    // A browser follows the redirect of a request, but not that of a preflight.
    if (request.method == Method::options) {
      exchange.allow = std::move(plain.allow);
    } else if (plain.route || !plain.allow.empty()) {
      exchange.route = &redirect_;
    }
  }
  if (request.method == Method::options && !exchange.allow.empty()) {
    exchange.allow += ", OPTIONS";
    exchange.route = &options_;
  }
}

Pipeline::Entered Pipeline::enter_from(std::size_t first, Exchange& exchange) const {
  Entered entered;
  for (std::size_t i = first; i < middlewares_.size(); ++i) {
    entered.refusal = middlewares_[i]->enter(exchange);
    if (entered.refusal) return entered;
    if (!waiting_[i] || !waiting_[i]->must_wait(exchange)) continue;
    entered.waiting = i;
    return entered;
  }
  if (exchange.route) return entered;
  if (exchange.allow.empty()) {
    entered.refusal.emplace(ErrorCode::not_found, "Not Found");
  } else {
    entered.refusal.emplace(ErrorCode::method_not_allowed, "Method Not Allowed");
    entered.refusal->edit().allow = exchange.allow;
  }
  return entered;
}

RouteTable::Match Pipeline::match_without_slash(const Request& request) const {
  const std::string_view path = request.path;
  if (path.size() < 2 || !path.ends_with('/')) return {};
  return routes_.match(request.method, path.substr(0, path.size() - 1));
}

void Pipeline::leave(Exchange& exchange, Response& response) const {
  for (auto it = middlewares_.rbegin(); it != middlewares_.rend(); ++it) (*it)->leave(exchange, response);
}

}  // namespace papi::http
