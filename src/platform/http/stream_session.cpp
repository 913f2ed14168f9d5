#include "platform/http/stream_session.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "platform/base/notifier.hpp"

namespace papi::http {

StreamSession::StreamSession(Transport& transport, BodyStream& body, ChunkedBodyWriter& writer,
                             const Exchange& exchange, Logger& log)
    : transport_(transport),
      body_(body),
      writer_(writer),
      guard_(exchange.caller.guard),
      correlation_id_(exchange.correlation_id),
      log_(log) {}

Task<bool> StreamSession::run() {
  running_ = true;
  bool watched = true;
  Notifier watcher_gone(transport_.executor());
  net::co_spawn(transport_.executor(), watch_for_leaving(),
                [&](std::exception_ptr) { watched = false, watcher_gone.notify(); });
  bool whole = false;
  try {
    co_await body_.run(writer_);
    whole = true;
  } catch (const std::exception& bug) {
    log_.error("Streamed answer failed", {{"correlation_id", correlation_id_}, {"reason", bug.what()}});
  }
  running_ = false;
  transport_.cancel();  // ends the watcher's read
  while (watched) co_await watcher_gone.wait();
  co_return whole;
}

void StreamSession::sweep(std::chrono::steady_clock::time_point now) {
  if (!running_) return;
  if (withdrawn_) return transport_.close();  // it had half a second to end by itself
  if (guard_ && !guard_->still_valid()) {
    withdrawn_ = true;
    body_.withdraw();
  } else if (writer_.stalled(now)) {
    transport_.close();
  }
}

/// Notices at once, and not only at the next write, that the client has left a quiet stream.
Task<void> StreamSession::watch_for_leaving() {
  if (!running_) co_return;  // the stream has ended already
  if (transport_.secure()) co_return co_await watch_tls();
  auto [ec] = co_await transport_.socket().async_wait(TcpSocket::wait_read, as_result);
  if (!running_) co_return;
  if (ec) co_return body_.stop();
  char byte;
  const auto n = ::recv(transport_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n == 0) body_.client_closed();
  if (n < 0 && errno != EAGAIN) body_.stop();  // the client has reset the connection
}

/// With TLS the close_notify is one record among others. So records must be read; other data is kept for
/// later.
Task<void> StreamSession::watch_tls() {
  constexpr std::size_t kept_at_most = 16 * 1024;
  std::string piece(4096, '\0');
  while (read_ahead_.size() < kept_at_most) {
    const net::mutable_buffer space = net::buffer(piece);
    auto [ec, n] = co_await transport_.read_tls(space);
    read_ahead_.append(piece, 0, n);
    if (!running_) co_return;
    if (ec) co_return body_.client_closed();
  }
}

}  // namespace papi::http
