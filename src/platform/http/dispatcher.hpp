#pragma once

#include <optional>

#include "platform/http/close_reasons.hpp"
#include "platform/http/middleware_wait.hpp"
#include "platform/http/pipeline.hpp"
#include "platform/log/logger.hpp"

namespace papi::http {

/// Takes one request through the pipeline to its handler, and turns what fails into an answer: an Error by
/// the error table, an exception into a 500 that is logged with the correlation id. Any thread may call it.
/// `pipeline`, `closes`, `log` and `clock` must outlive it.
class Dispatcher {
 public:
  Dispatcher(const Pipeline& pipeline, const CloseReasons& closes, Logger& log, const Clock& clock)
      : pipeline_(pipeline), closes_(closes), log_(log), clock_(clock) {}

  /// Does Pipeline::enter().
  Pipeline::Entered enter(Exchange& exchange) const;
  /// Does Pipeline::finish_entering() within `wait`. Returns a 503 if that was given up. `exchange` must live
  /// until MiddlewareWait::finish() has returned.
  Task<std::optional<Error>> finish_entering(Exchange& exchange, std::size_t waiting,
                                             MiddlewareWait& wait) const;

  /// Call after the request has passed the pipeline. Returns the answer of a handler that never waits, or
  /// nullopt if the handler is a coroutine: then call handle().
  std::optional<Response> handle_at_once(Exchange& exchange) const;
  Task<Response> handle(Exchange& exchange) const;

  /// Returns the answer to a request that is refused with `error`. The refusal of a valid WebSocket handshake
  /// is an upgrade, which closes the socket with a code at once; its status is for the access log.
  Response refuse(Exchange& exchange, const Error& error) const;
  /// Returns `error` as an HTTP answer, also for a WebSocket handshake.
  Response answer_to(const Exchange& exchange, const Error& error) const {
    return to_response(pipeline_.errors(), error, exchange, clock_.now_ms());
  }

  /// Calls Middleware::leave(). Before that it replaces an upgrade with an HTTP answer if the request is not
  /// a valid WebSocket handshake (RFC 6455 §4.2.1).
  void leave(Exchange& exchange, Response& response) const;

 private:
  Error internal_error(const Exchange& exchange, const std::exception& escaped) const;
  void check_handshake(Exchange& exchange, Response& response) const;

  const Pipeline& pipeline_;
  const CloseReasons& closes_;
  Logger& log_;
  const Clock& clock_;
};

}  // namespace papi::http
