// The part of a connection that sends an answer of unknown length.

#include <sys/socket.h>

#include <charconv>

#include "platform/http/body_stream.hpp"
#include "platform/http/connection.hpp"

namespace papi::http {

/// Chunks for HTTP/1.1, bare bytes for 1.0.
class Connection::ChunkWriter final : public BodyWriter {
 public:
  ChunkWriter(Connection& connection, bool chunked) : connection_(connection), chunked_(chunked) {}
  Task<bool> write(std::string_view bytes) override;

 private:
  Connection& connection_;
  const bool chunked_;
};

Task<bool> Connection::ChunkWriter::write(std::string_view bytes) {
  if (connection_.lost_) co_return false;
  if (bytes.empty()) co_return true;  // an empty chunk would be the last one
  if (!chunked_) {
    connection_.out_ += bytes;
    co_return co_await connection_.flush_stream();
  }
  char size[20];
  const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
  connection_.out_.append(size, end);
  connection_.out_ += "\r\n", connection_.out_ += bytes, connection_.out_ += "\r\n";
  co_return co_await connection_.flush_stream();
}

/// A part of a stream: its client has time as long as it takes something.
Task<bool> Connection::flush_stream() {
  for (std::size_t sent = 0; sent < out_.size() && !lost_;) {
    enter_phase(Phase::writing, server_.options_.stream_stall);
    const net::const_buffer rest(out_.data() + sent, out_.size() - sent);
    auto [ec, n] = co_await transport_.write_some(rest);
    sent += n;
    if (ec) lost_ = true;
  }
  out_.clear();
  phase_ = Phase::working;
  co_return !lost_;
}

/// A client that leaves a quiet stream is noticed at once and not at the next write.
Task<void> Connection::watch_for_leaving(std::shared_ptr<bool> watching) {
  if (transport_.secure()) co_return co_await watch_tls(std::move(watching));
  auto [ec] = co_await transport_.socket().async_wait(TcpSocket::wait_read, as_result);
  if (!*watching) co_return;
  char byte;
  if (ec && stream_) co_return stream_->stop();
  const auto n = ::recv(transport_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n == 0 && stream_) stream_->client_closed();
}

/// With TLS the close_notify is a record among others: it must be read, and other data that is read is kept.
Task<void> Connection::watch_tls(std::shared_ptr<bool> watching) {
  constexpr std::size_t kept_at_most = 16 * 1024;
  std::string piece(4096, '\0');
  while (read_ahead_.size() < kept_at_most) {
    const net::mutable_buffer space = net::buffer(piece);
    auto [ec, n] = co_await transport_.read_tls(space);
    read_ahead_.append(piece, 0, n);
    if (!*watching) co_return;
    if (ec && stream_) stream_->client_closed();
    if (ec) co_return;
  }
}

Task<void> Connection::send_stream(Exchange& exchange, Response& response) {
  if (!co_await flush()) co_return;
  phase_ = Phase::working;
  stream_ = response.stream.get();
  lease_ = exchange.caller.lease;
  lease_lost_ = false;
  if (draining_) stream_->stop();
  const bool chunked = exchange.request.version == 11;
  ChunkWriter writer(*this, chunked);
  auto watching = std::make_shared<bool>(true);
  bool watcher_here = true;
  Signal watcher_gone(transport_.executor());
  net::co_spawn(transport_.executor(), watch_for_leaving(watching),
                [&](std::exception_ptr) { watcher_here = false, watcher_gone.notify(); });
  bool whole = false;
  try {
    co_await response.stream->run(writer);
    whole = true;
  } catch (const std::exception& bug) {
    server_.log_.error("Streamed answer failed",
                       {{"correlation_id", exchange.correlation_id}, {"reason", bug.what()}});
  }
  stream_ = nullptr;
  lease_.reset();
  *watching = false;
  transport_.cancel();
  while (watcher_here) co_await watcher_gone.wait();
  if (!whole) {
    lost_ = true;  // without the last chunk the client knows that the body is not whole
  } else if (chunked && !lost_) {
    out_ += "0\r\n\r\n";
  }
}

}  // namespace papi::http
