#include "platform/http/websocket_session.hpp"

#include "platform/base/notifier.hpp"

namespace papi::http {

using websocket::CloseCode;

WebSocketSession::WebSocketSession(Transport& transport, std::string unread,
                                   const websocket::SocketLimits& limits, const CloseReasons& reasons,
                                   std::shared_ptr<const AuthorizationGuard> guard, Logger& log,
                                   const Clock& clock)
    : transport_(transport),
      socket_(transport, std::move(unread), limits, clock),
      reasons_(reasons),
      guard_(std::move(guard)),
      log_(log) {}

Task<void> WebSocketSession::run(Upgrade& conversation) {
  Notifier writer_gone(transport_.executor());
  bool writing = true;
  net::co_spawn(transport_.executor(), socket_.run_writer(), [&](std::exception_ptr) {
    writing = false;
    writer_gone.notify();
  });
  try {
    co_await conversation.run(socket_);
  } catch (const std::exception& bug) {
    log_.error("WebSocket handler failed", {{"reason", bug.what()}});
    socket_.close(CloseCode::internal_error, "the service failed");
  }
  socket_.close(CloseCode::normal, "");
  while (co_await socket_.receive()) {
  }
  while (writing) co_await writer_gone.wait();  // until the close frame is sent
}

void WebSocketSession::sweep(std::chrono::steady_clock::time_point now) {
  if (guard_ && !guard_->still_valid()) {
    const bool forbidden = guard_->only_access_withdrawn();
    guard_.reset();
    socket_.close(forbidden ? reasons_.access_withdrawn : reasons_.credentials_ended, true);
  }
  socket_.sweep(now);
}

void WebSocketSession::stop() { socket_.close(CloseCode::going_away, "server is shutting down"); }

Task<void> RefuseUpgrade::run(websocket::Socket& socket) {
  socket.close(code_, text_);
  co_return;
}

}  // namespace papi::http
