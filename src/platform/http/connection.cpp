#include "platform/http/connection.hpp"

#include <sys/socket.h>

#include <charconv>

#include "platform/base/text.hpp"
#include "platform/http/body_stream.hpp"
#include "platform/http/upgrade.hpp"

namespace papi::http {
namespace {

constexpr std::size_t read_size = 8 * 1024;
constexpr std::size_t flush_at = 64 * 1024;
constexpr std::size_t copied_at_most = 32 * 1024;

bool wants_websocket(const Request& request) {
  return request.method == Method::get && request.version == 11 &&
         request.header_has_token("connection", "upgrade") &&
         request.header_has_token("upgrade", "websocket");
}

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

using UnsentLimit = net::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
constexpr int unsent_bytes = 256 * 1024;

}  // namespace

Connection::Connection(Server& server, TcpSocket socket)
    : server_(server), transport_(std::move(socket)), parser_(server.options_.limits) {
  boost::system::error_code ec;
  const auto peer = transport_.socket().remote_endpoint(ec);
  if (!ec) {
    const auto address = peer.address();
    client_address_ = address.is_v6() && address.to_v6().is_v4_mapped()
                          ? net::ip::make_address_v4(net::ip::v4_mapped, address.to_v6()).to_string()
                          : address.to_string();
  }
  transport_.socket().set_option(net::ip::tcp::no_delay(true), ec);
  // What a slow peer has not taken waits in our queues, which have bounds, and not in megabytes of the
  // kernel's.
  transport_.socket().set_option(UnsentLimit(unsent_bytes), ec);
}

void Connection::enter_phase(Phase phase, std::chrono::milliseconds limit) {
  phase_ = phase;
  deadline_ = server_.clock_.steady() + limit;
}

void Connection::sweep(std::chrono::steady_clock::time_point now) {
  if (lease_lost_ && stream_) return transport_.close();  // half a second to end by itself is over
  if (lease_ && !lease_->holds()) {
    lease_.reset();
    lease_lost_ = true;
    // What waits to be sent is not for this caller any more.
    if (websocket_)
      websocket_->close(websocket::CloseCode::bad_credentials, "credentials are no longer valid", true);
    if (stream_) stream_->withdraw();
  }
  if (websocket_) return websocket_->sweep(now);
  if (now < deadline_ || phase_ == Phase::working) return;
  if (stream_ && phase_ == Phase::writing && transport_.takes_bytes()) return;  // it is us who are late
  if (phase_ == Phase::reading && !timed_out_) {
    timed_out_ = true;  // the read ends, serve() answers 408
    transport_.cancel();
  } else {
    transport_.close();
  }
}

void Connection::drain() {
  draining_ = true;
  if (stream_) stream_->stop();
  if (websocket_) {
    websocket_->close(websocket::CloseCode::going_away, "server is shutting down");
  } else if (phase_ == Phase::idle || phase_ == Phase::handshake) {
    transport_.close();
  }
}

Task<void> Connection::run() {
  if (const auto tls = server_.tls()) {
    enter_phase(Phase::handshake, server_.options_.header_time);
    if (co_await transport_.accept_tls(*tls)) co_return;
  }
  try {
    co_await serve();
  } catch (const std::exception& bug) {
    server_.log_.error("Connection failed", {{"reason", bug.what()}});
  }
  transport_.close();
}

Task<void> Connection::serve() {
  enter_phase(Phase::idle, server_.options_.idle_time);
  while (!closing_ && !lost_) {
    const std::string_view bytes = std::string_view(in_).substr(start_);
    const auto step = bytes.empty() ? RequestParser::Step::need_more : parser_.advance(bytes);
    if (step == RequestParser::Step::complete) {
      co_await handle_next();
      continue;
    }
    if (step == RequestParser::Step::failed) {
      co_await refuse(parser_.error());
      break;
    }
    if (!co_await read_more()) break;
  }
  if (!lost_) co_await flush();
}

Task<bool> Connection::read_more() {
  if (parser_.header_complete()) {
    // What was taken as body is in the parser; only the header's bytes are still pointed into.
    in_.erase(start_ + parser_.header_size(), parser_.consumed() - parser_.header_size());
    parser_.drop_body_bytes();
    if (!sent_continue_ && parser_.expects_continue())
      out_ += "HTTP/1.1 100 Continue\r\n\r\n", sent_continue_ = true;
  }
  if (!out_.empty() && !co_await flush()) co_return false;
  in_.erase(0, start_);
  start_ = 0;
  if (in_.empty()) {
    if (draining_) co_return false;
    if (phase_ != Phase::idle) enter_phase(Phase::idle, server_.options_.idle_time);
  } else if (phase_ != Phase::reading) {
    enter_phase(Phase::reading, server_.options_.header_time);
  }
  const std::size_t had = in_.size();
  in_.resize(had + read_size);
  const net::mutable_buffer space(in_.data() + had, read_size);
  boost::system::error_code ec;
  std::size_t n = 0;
  if (transport_.secure()) {
    std::tie(ec, n) = co_await transport_.read_tls(space);
  } else {
    std::tie(ec, n) = co_await transport_.read_plain(space);
  }
  in_.resize(had + n);
  if (!ec) {
    timed_out_ = false;
    // A request's time begins with its first byte, not with the idle time before it.
    if (had == 0) enter_phase(Phase::reading, server_.options_.header_time);
    co_return true;
  }
  if (timed_out_) {
    const Error late(ErrorCode::request_timeout, "The request did not arrive in time");
    co_await refuse(late);
    co_return false;
  }
  lost_ = true;
  co_return false;
}

Task<bool> Connection::flush() {
  if (out_.empty()) co_return true;
  const Phase before = phase_;
  enter_phase(Phase::writing, server_.options_.write_time);
  auto [ec, n] = co_await transport_.write(net::buffer(out_));
  out_.clear();
  if (out_.capacity() > 4 * flush_at) out_.shrink_to_fit();
  if (ec) lost_ = true;
  enter_phase(before, server_.options_.header_time);
  co_return !ec;
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

/// A body that is in memory once, however many wait for it.
Task<void> Connection::send_shared(const std::string& body) {
  if (body.size() <= copied_at_most) {
    out_ += body;  // cheaper than a write of its own
    co_return;
  }
  enter_phase(Phase::writing, server_.options_.write_time);
  const std::array<net::const_buffer, 2> buffers = {net::buffer(out_), net::buffer(body)};
  auto [ec, n] = co_await transport_.write(buffers);
  out_.clear();
  if (ec) lost_ = true;
  enter_phase(Phase::working, server_.options_.header_time);
}

Task<void> Connection::handle_next() {
  const std::string_view bytes = std::string_view(in_).substr(start_);
  parser_.read(bytes, request_);
  take_origin(request_);
  phase_ = Phase::working;
  Exchange exchange(request_, transport_.executor());
  Response response;
  std::optional<Response> at_once = answer_at_once(exchange);
  if (at_once) {
    response = std::move(*at_once);
  } else {
    // Earlier answers of this pipeline must not wait for a slow one.
    if (co_await flush()) response = co_await answer(exchange);
    phase_ = Phase::working;
  }
  if (response.upgrade) check_handshake(exchange, response);
  server_.pipeline_.leave(exchange, response);
  if (lost_) co_return;
  if (response.upgrade) {
    co_await speak_websocket(exchange, response);
    closing_ = true;
    co_return;
  }
  const bool keep = request_.keep_alive && !draining_ && !(response.stream && request_.version == 10);
  append_response(out_, exchange, response, server_.options_.fixed_headers, keep, server_.clock_.now_ms());
  closing_ = !keep;
  if (response.stream && request_.method != Method::head) co_await send_stream(exchange, response);
  if (response.shared_body && request_.method != Method::head) co_await send_shared(*response.shared_body);
  start_ += parser_.consumed();
  parser_.reset();
  sent_continue_ = false;
  if (out_.size() >= flush_at) co_await flush();
}

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

/// A client that leaves a quiet stream is noticed at once and not at the next write.
Task<void> Connection::watch_for_leaving(std::shared_ptr<bool> watching) {
  auto [ec] = co_await transport_.socket().async_wait(TcpSocket::wait_read, as_result);
  if (!*watching) co_return;
  char byte;
  if (ec && stream_) co_return stream_->stop();
  const auto n = ::recv(transport_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n == 0 && stream_) stream_->client_closed();
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

/// What needs no waiting: refusals and direct handlers. Nothing: the route's handler is a coroutine.
std::optional<Response> Connection::answer_at_once(Exchange& exchange) {
  try {
    if (auto refused = server_.pipeline_.enter(exchange)) return refusal(exchange, *refused);
    const auto* direct = std::get_if<DirectHandler>(&exchange.route->handler);
    if (!direct) return std::nullopt;
    return render(exchange, (*direct)(exchange));
  } catch (const std::exception& escaped) {
    server_.log_.error("Handler failed",
                       {{"correlation_id", exchange.correlation_id}, {"reason", escaped.what()}});
    return refusal(exchange, Error(ErrorCode::internal, "Internal server error"));
  }
}

Response Connection::refusal(Exchange& exchange, const Error& error) {
  if (exchange.route && exchange.route->websocket && wants_websocket(exchange.request)) {
    Response response;
    response.upgrade = std::make_unique<RefuseUpgrade>();
    response.status = mapping_of(error.code).status;  // for the log: the client sees a close code
    refused_ = error;
    return response;
  }
  return to_response(error, exchange, server_.clock_.now_ms());
}

Response Connection::render(Exchange& exchange, Result<Response> result) {
  return result ? std::move(*result) : refusal(exchange, result.error());
}

Task<Response> Connection::answer(Exchange& exchange) {
  const auto& handler = std::get<TaskHandler>(exchange.route->handler);
  bool bug = false;
  try {
    co_return render(exchange, co_await handler(exchange));
  } catch (const std::exception& escaped) {
    server_.log_.error("Handler failed",
                       {{"correlation_id", exchange.correlation_id}, {"reason", escaped.what()}});
    bug = true;
  }
  const Error internal(ErrorCode::internal, bug ? "Internal server error" : "");
  co_return refusal(exchange, internal);
}

/// Where a request comes from: said by the socket, or by a proxy that is trusted.
void Connection::take_origin(Request& request) {
  request.client_address = client_address_;
  request.secure = transport_.secure();
  const bool by_proxy = server_.options_.trusted_proxies.apply(client_address_, request, forwarded_address_);
  request.from_near = is_near_caller(request);
  const bool forwarded = !by_proxy && !request.header("x-forwarded-for").empty();
  if (forwarded && !server_.told_of_forwarding_.exchange(true)) {
    server_.log_.warning(
        "X-Forwarded-For is not believed: the peer is not in TRUSTED_PROXIES. If it is a proxy of yours, all "
        "its callers share one rate limit",
        {{"peer", client_address_}});
  }
}

Task<void> Connection::refuse(const Error& error) {
  // The request could not be read, so it passes the pipeline as what is known of it: logged and answered like
  // the rest.
  Request unread;
  unread.method_text = "-";
  unread.path = "-";
  parser_.read_known(std::string_view(in_).substr(start_), unread);
  take_origin(unread);
  Exchange exchange(unread, transport_.executor());
  exchange.started = server_.clock_.steady();
  (void)server_.pipeline_.enter(exchange);
  Response response = to_response(error, exchange, server_.clock_.now_ms());
  server_.pipeline_.leave(exchange, response);
  append_response(out_, exchange, response, server_.options_.fixed_headers, false, server_.clock_.now_ms());
  closing_ = true;
  if (co_await flush()) co_await linger();
}

Task<void> Connection::linger() {
  // Closing with unread input would reset the connection before the client has read our answer (RFC 9112
  // §9.6).
  transport_.shutdown_send();
  enter_phase(Phase::lingering, std::chrono::milliseconds(2'000));
  in_.resize(read_size);
  for (;;) {
    auto [ec, n] = co_await transport_.socket().async_read_some(net::buffer(in_), as_result);
    if (ec) break;
  }
  lost_ = true;
}

/// A request that is no proper handshake (RFC 6455 §4.2.1) gets an answer instead of a socket.
void Connection::check_handshake(Exchange& exchange, Response& response) {
  const auto nonce = base64_decode(request_.header("sec-websocket-key"));
  const bool right_version = request_.header("sec-websocket-version") == "13";
  if (wants_websocket(request_) && right_version && nonce && nonce->size() == 16) {
    if (!refused_) response.status = 101;
    return;
  }
  const Error error(ErrorCode::upgrade_required,
                    "This is a WebSocket endpoint: connect with a WebSocket client (RFC 6455, version 13)");
  response = to_response(error, exchange, server_.clock_.now_ms());
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
  for (const auto& [name, value] : response.headers)
    out_ += name, out_ += ": ", out_ += value, out_ += "\r\n";
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
  transport_.close();
  websocket_ = nullptr;
  lease_.reset();
  lost_ = true;
}

}  // namespace papi::http
