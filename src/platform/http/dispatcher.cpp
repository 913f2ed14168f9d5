#include "platform/http/dispatcher.hpp"

#include "platform/http/handshake.hpp"
#include "platform/http/request_target.hpp"
#include "platform/http/websocket_session.hpp"

namespace papi::http {

Pipeline::Entered Dispatcher::enter(Exchange& exchange) const {
  try {
    return pipeline_.enter(exchange);
  } catch (const std::exception& escaped) {
    Pipeline::Entered entered;
    entered.refusal = internal_error(exchange, escaped);
    return entered;
  }
}

Task<std::optional<Error>> Dispatcher::finish_entering(Exchange& exchange, std::size_t waiting,
                                                       MiddlewareWait& wait) const {
  try {
    if (co_await wait.run(pipeline_.finish_entering(exchange, waiting))) co_return wait.refusal();
  } catch (const std::exception& escaped) {
    co_return internal_error(exchange, escaped);
  }
  co_return Error(ErrorCode::unavailable, "The request could not be checked in time: try again later");
}

std::optional<Response> Dispatcher::handle_at_once(Exchange& exchange) const {
  const auto* direct = std::get_if<DirectHandler>(&exchange.route->handler);
  if (!direct) return std::nullopt;
  try {
    Result<Response> result = (*direct)(exchange);
    return result ? std::move(*result) : refuse(exchange, result.error());
  } catch (const std::exception& escaped) {
    return refuse(exchange, internal_error(exchange, escaped));
  }
}

Task<Response> Dispatcher::handle(Exchange& exchange) const {
  const auto& handler = std::get<TaskHandler>(exchange.route->handler);
  Error failure;
  try {
    Result<Response> result = co_await handler(exchange);
    if (result) co_return std::move(*result);
    failure = result.error();
  } catch (const std::exception& escaped) {
    failure = internal_error(exchange, escaped);
  }
  co_return refuse(exchange, failure);
}

Error Dispatcher::internal_error(const Exchange& exchange, const std::exception& escaped) const {
  log_.error("A request could not be handled because of an exception",
             {{"correlation_id", exchange.correlation_id}, {"reason", escaped.what()}});
  return Error(ErrorCode::internal, "Internal server error");
}

Response Dispatcher::refuse(Exchange& exchange, const Error& error) const {
  // A malformed handshake gets an HTTP answer.
  const bool handshake = exchange.route && exchange.route->websocket && !handshake_fault(exchange.request) &&
                         !target_fault(exchange.request);
  if (!handshake) return answer_to(exchange, error);
  Response response;
  response.upgrade = std::make_unique<RefuseUpgrade>(closes_.of_refusal(error.code), error.message);
  response.status = pipeline_.errors().row(error.code).status;
  return response;
}

void Dispatcher::leave(Exchange& exchange, Response& response) const {
  if (response.upgrade) check_handshake(exchange, response);
  pipeline_.leave(exchange, response);
}

void Dispatcher::check_handshake(Exchange& exchange, Response& response) const {
  const auto fault = handshake_fault(exchange.request);
  if (!fault) {
    if (response.status == 200) response.status = 101;
    return;
  }
  response = answer_to(exchange, *fault);
  if (fault->code != ErrorCode::upgrade_required) return;
  response.headers.emplace_back("Connection", "Upgrade");  // RFC 9110 §7.8
  response.headers.emplace_back("Upgrade", "websocket");
  response.headers.emplace_back("Sec-WebSocket-Version", "13");
}

}  // namespace papi::http
