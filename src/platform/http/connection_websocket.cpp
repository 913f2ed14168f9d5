// The part of a connection that becomes a WebSocket.

#include "platform/base/text.hpp"
#include "platform/http/connection.hpp"
#include "platform/http/handshake.hpp"
#include "platform/http/request_target.hpp"
#include "platform/http/upgrade.hpp"

namespace papi::http {
namespace {

/// The contract's close codes for refusals that a browser could not see as an HTTP status.
websocket::CloseCode close_code_of(ErrorCode code) {
  using websocket::CloseCode;
  switch (code) {
    case ErrorCode::authentication_required:
    case ErrorCode::authentication_failed:
      return CloseCode::bad_credentials;
    case ErrorCode::insufficient_permissions:
      return CloseCode::forbidden;
    case ErrorCode::not_found:
      return CloseCode::unknown_session;
    case ErrorCode::rate_limited:
      return CloseCode::rate_limited;
    case ErrorCode::unavailable:
      return CloseCode::going_away;
    case ErrorCode::validation:
      return CloseCode::policy_violation;
    default:
      return CloseCode::internal_error;
  }
}

/// Marks an upgrade that is accepted only to be closed with a code: run() is never called.
class RefuseUpgrade final : public Upgrade {
 public:
  Task<void> run(websocket::Socket&) override { co_return; }
};

}  // namespace

Response Connection::refusal(Exchange& exchange, const Error& error) {
  // A malformed handshake gets an HTTP answer.
  const bool handshake = exchange.route && exchange.route->websocket && !handshake_fault(exchange.request) &&
                         !target_fault(exchange.request);
  if (handshake) {
    Response response;
    response.upgrade = std::make_unique<RefuseUpgrade>();
    response.status = mapping_of(error.code).status;  // for the log: the client sees a close code
    refused_ = error;
    return response;
  }
  return to_response(error, exchange, server_.clock_.now_ms());
}

/// A request that is no proper handshake (RFC 6455 §4.2.1) gets an answer instead of a socket.
void Connection::check_handshake(Exchange& exchange, Response& response) {
  const auto fault = handshake_fault(request_);
  if (!fault) {
    if (!refused_) response.status = 101;
    return;
  }
  response = to_response(*fault, exchange, server_.clock_.now_ms());
  if (fault->code != ErrorCode::upgrade_required) return;
  response.headers.emplace_back("Connection", "Upgrade");  // RFC 9110 §7.8
  response.headers.emplace_back("Upgrade", "websocket");
  response.headers.emplace_back("Sec-WebSocket-Version", "13");
}

Task<void> Connection::speak_websocket(Exchange& exchange, Response& response) {
  const std::string_view key = request_.header("sec-websocket-key");
  out_ +=
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Accept: ";
  out_ += websocket::accept_key(key);
  out_ += "\r\n";
  if (!exchange.correlation_id.empty())
    out_ += "X-Correlation-ID: ", out_ += exchange.correlation_id, out_ += "\r\n";
  bool chosen = false;
  for (const auto& [name, value] : response.headers) {
    out_ += name, out_ += ": ", out_ += value, out_ += "\r\n";
    chosen = chosen || name == "Sec-WebSocket-Protocol";
  }
  const std::string subprotocol = chosen_subprotocol(request_);
  if (!chosen && !subprotocol.empty()) out_ += "Sec-WebSocket-Protocol: " + subprotocol + "\r\n";
  out_ += "\r\n";
  if (!co_await flush()) co_return;
  websocket::Socket socket(transport_, in_.substr(start_ + parser_.consumed()), server_.options_.websocket);
  in_.clear(), in_.shrink_to_fit(), out_.shrink_to_fit();
  phase_ = Phase::websocket;
  websocket_ = &socket;
  if (!refused_) lease_ = exchange.caller.lease;
  if (draining_) drain();
  Signal writer_gone(transport_.executor());
  bool writing = true;
  net::co_spawn(transport_.executor(), socket.run_writer(),
                [&](std::exception_ptr) { writing = false, writer_gone.notify(); });
  try {
    if (refused_) {
      socket.close(close_code_of(refused_->code), refused_->message);
    } else {
      co_await response.upgrade->run(socket);
    }
  } catch (const std::exception& bug) {
    server_.log_.error("WebSocket handler failed", {{"reason", bug.what()}});
  }
  socket.close(websocket::CloseCode::normal, "");
  while (co_await socket.receive()) {
  }
  while (writing) co_await writer_gone.wait();  // our close frame goes out before the connection does
  websocket_ = nullptr;
  lease_.reset();
  lost_ = true;  // run() closes it
}

}  // namespace papi::http
