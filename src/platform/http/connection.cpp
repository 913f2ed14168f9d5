#include "platform/http/connection.hpp"

#include <array>

#include "platform/http/handshake.hpp"
#include "platform/http/stream_session.hpp"
#include "platform/http/tunnel.hpp"
#include "platform/http/websocket_session.hpp"

namespace papi::http {
namespace {

constexpr std::size_t read_size = 8 * 1024;
constexpr std::size_t flush_at = 64 * 1024;
constexpr std::size_t copied_at_most = 32 * 1024;
constexpr std::chrono::milliseconds linger_time{2'000};
constexpr std::chrono::milliseconds tls_end_time{1'000};

using UnsentLimit = net::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
constexpr int unsent_bytes = 256 * 1024;

}  // namespace

Connection::Connection(const ConnectionDependencies& deps, TcpSocket socket, const net::ip::address& peer)
    : deps_(deps),
      options_(deps.options),
      transport_(std::move(socket)),
      parser_(options_.limits),
      body_share_(deps.bodies),
      peer_(peer) {
  boost::system::error_code ec;
  transport_.socket().set_option(net::ip::tcp::no_delay(true), ec);
  // Data that a slow peer has not taken waits in our queues, which have bounds, and not in megabytes of
  // kernel buffers.
  transport_.socket().set_option(UnsentLimit(unsent_bytes), ec);
}

void Connection::enter_phase(Phase phase, std::chrono::milliseconds limit) {
  phase_ = phase;
  deadline_ = deps_.clock.steady() + limit;
}

void Connection::sweep(std::chrono::steady_clock::time_point now) {
  if (websocket_) return websocket_->sweep(now);
  if (stream_) return stream_->sweep(now);
  if (tunnel_) return tunnel_->sweep(now);
  if (now < deadline_ || phase_ == Phase::working) return;
  if (phase_ == Phase::waiting) return wait_->give_up();
  if (phase_ == Phase::reading && !timed_out_) {
    timed_out_ = true;  // the pending read ends, and read_more() answers 408
    transport_.cancel();
  } else {
    end_idle();
  }
}

/// Closes an idle connection. With TLS the pending read must end first; then run() sends the close_notify.
void Connection::end_idle() {
  if (phase_ == Phase::idle && transport_.secure()) {
    transport_.cancel();
  } else {
    transport_.close();
  }
}

void Connection::drain() {
  draining_ = true;
  if (websocket_) {
    websocket_->stop();
  } else if (stream_) {
    stream_->stop();
  } else if (tunnel_) {
    tunnel_->stop();
  } else if (phase_ == Phase::idle || phase_ == Phase::handshake) {
    end_idle();
  }
}

void Connection::abort() {
  if (wait_) wait_->give_up();
  transport_.close();
}

Task<void> Connection::run(std::shared_ptr<net::ssl::context> tls) {
  if (tls) {
    enter_phase(Phase::handshake, options_.header_time);
    if (co_await transport_.accept_tls(*tls)) co_return;
    tls.reset();
  }
  try {
    co_await serve();
  } catch (const std::exception& bug) {
    deps_.log.error("Connection failed", {{"reason", bug.what()}});
  }
  if (wait_) co_await finish_waiting();
  forget_request();
  if (transport_.secure() && transport_.open()) {
    enter_phase(Phase::lingering, tls_end_time);
    co_await transport_.end_tls();
  }
  transport_.close();
}

Task<void> Connection::serve() {
  enter_phase(Phase::idle, options_.idle_time);
  while (!closing_ && !lost_) {
    const std::string_view bytes = std::string_view(in_).substr(start_);
    const auto step = bytes.empty() ? RequestParser::Step::need_more : parser_.advance(bytes);
    if (step == RequestParser::Step::header) {
      if (const auto waiting = admit()) co_await wait_in_pipeline(*waiting);
      continue;
    }
    const bool failed = step == RequestParser::Step::failed;
    if (!failed) hold_body();
    if (step == RequestParser::Step::complete) {
      co_await handle_next();
      continue;
    }
    if (refusal_ || failed) {
      const Error reason = refusal_ ? *refusal_ : parser_.error();
      co_await refuse(reason);
      break;
    }
    start_ += parser_.drop_empty_lines();
    if (!co_await read_more()) break;
  }
  if (!lost_) co_await flush();
}

/// Runs the pipeline as soon as the header of a request with a body is complete. So a caller without the
/// permission is refused before the body is read. Returns the middleware that must wait, or nullopt.
std::optional<std::size_t> Connection::admit() {
  header_.assign(in_, start_, parser_.header_size());
  begin_exchange(header_);
  return enter_pipeline();
}

void Connection::begin_exchange(std::string_view bytes) {
  parser_.read(bytes, request_);
  deps_.origins.resolve(request_, peer_, transport_.secure(), forwarded_address_);
  exchange_.emplace(request_, transport_.executor());
}

/// Returns the middleware that must wait, or nullopt.
std::optional<std::size_t> Connection::enter_pipeline() {
  Pipeline::Entered entered = deps_.dispatcher.enter(*exchange_);
  refusal_ = std::move(entered.refusal);
  return entered.waiting;
}

Task<void> Connection::wait_in_pipeline(std::size_t waiting) {
  // Earlier answers must not wait (HTTP pipelining, RFC 9112 §9.3.2).
  if (!co_await flush()) {
    refusal_ = Error(ErrorCode::unavailable, "The client has left");  // so that no handler is called
    co_return;
  }
  const Phase before = phase_;
  const auto left = deadline_ - deps_.clock.steady();  // for the body to arrive
  wait_ = std::make_unique<MiddlewareWait>(transport_.executor());
  enter_phase(Phase::waiting, options_.middleware_time);
  refusal_ = co_await deps_.dispatcher.finish_entering(*exchange_, waiting, *wait_);
  if (!wait_->given_up()) wait_.reset();
  phase_ = before;
  deadline_ = deps_.clock.steady() + left;
}

/// The middlewares still use the request if their wait was given up. The client has its answer before that.
Task<void> Connection::finish_waiting() {
  if (!lost_) co_await flush();
  phase_ = Phase::working;
  co_await wait_->finish();
  wait_.reset();
}

/// Counts the part of the body that has arrived against the budget of all bodies.
void Connection::hold_body() {
  if (!exchange_ || refusal_) return;
  if (body_share_.grow_to(parser_.body().size(), exchange_->caller.known())) return;
  refusal_ = Error(ErrorCode::unavailable,
                   "Too many request bodies at once (SERVER_MAX_BODIES_MB): try again later");
}

void Connection::forget_request() {
  exchange_.reset();
  refusal_.reset();
  body_share_.release();
  header_.clear();
}

Task<bool> Connection::read_more() {
  if (parser_.header_complete()) {
    // The parser has its own copy of the body. Only views into the header are still in use.
    in_.erase(start_ + parser_.header_size(), parser_.consumed() - parser_.header_size());
    parser_.drop_body_bytes();
    if (!sent_continue_ && parser_.expects_continue()) {
      out_ += "HTTP/1.1 100 Continue\r\n\r\n";
      sent_continue_ = true;
    }
  }
  if (!out_.empty() && !co_await flush()) co_return false;
  in_.erase(0, start_);
  start_ = 0;
  if (in_.empty()) {
    if (draining_) co_return false;
    if (phase_ != Phase::idle) enter_phase(Phase::idle, options_.idle_time);
  } else if (phase_ != Phase::reading) {
    enter_phase(Phase::reading, options_.header_time);
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
  if (!ec && !timed_out_) {
    // The time limit of a request begins with its first byte, not with the idle time before.
    if (had == 0) enter_phase(Phase::reading, options_.header_time);
    co_return true;
  }
  if (timed_out_) {
    const Error late(ErrorCode::request_timeout, "The request did not arrive in time");
    timed_out_ = false;
    co_await refuse(late);
    co_return false;
  }
  lost_ = true;
  co_return false;
}

Task<bool> Connection::flush() {
  if (out_.empty()) co_return true;
  const Phase before = phase_;
  const auto deadline_before = deadline_;
  enter_phase(Phase::writing, options_.write_time);
  auto [ec, n] = co_await transport_.write(net::buffer(out_));
  out_.clear();
  if (out_.capacity() > 4 * flush_at) out_.shrink_to_fit();
  if (ec) lost_ = true;
  phase_ = before;
  deadline_ = deadline_before;
  co_return !ec;
}

/// Sends a body that exists once in memory, even if many clients wait for it.
Task<void> Connection::send_shared(const std::string& body) {
  if (body.size() <= copied_at_most) {
    out_ += body;  // cheaper than a write of its own
    co_return;
  }
  enter_phase(Phase::writing, options_.write_time);
  const std::array<net::const_buffer, 2> buffers = {net::buffer(out_), net::buffer(body)};
  auto [ec, n] = co_await transport_.write(buffers);
  out_.clear();
  if (ec) lost_ = true;
  enter_phase(Phase::working, options_.header_time);
}

Task<void> Connection::handle_next() {
  if (exchange_) {
    request_.body = parser_.body();
    exchange_->started = deps_.clock.steady();  // the time until the body has arrived does not count
  } else {
    begin_exchange(std::string_view(in_).substr(start_));
    if (const auto waiting = enter_pipeline()) co_await wait_in_pipeline(*waiting);
  }
  phase_ = Phase::working;
  co_await answer_request(*exchange_);
  if (wait_) co_await finish_waiting();
  forget_request();
  if (lost_ || closing_) co_return;
  start_ += parser_.consumed();
  parser_.reset();
  sent_continue_ = false;
  if (!read_ahead_.empty()) {
    in_ += read_ahead_;
    read_ahead_.clear();
  }
  if (out_.size() >= flush_at) co_await flush();
}

Task<void> Connection::answer_request(Exchange& exchange) {
  Response response;
  std::optional<Response> at_once =
      refusal_ ? deps_.dispatcher.refuse(exchange, *refusal_) : deps_.dispatcher.handle_at_once(exchange);
  if (at_once) {
    response = std::move(*at_once);
  } else {
    // Earlier answers must not wait for a slow handler (HTTP pipelining, RFC 9112 §9.3.2).
    if (co_await flush()) response = co_await deps_.dispatcher.handle(exchange);
    phase_ = Phase::working;
  }
  deps_.dispatcher.leave(exchange, response);
  if (lost_) co_return;
  if (response.upgrade) {
    co_await speak_websocket(exchange, response);
    co_return;
  }
  if (response.tunnel) {
    co_await open_tunnel(exchange, response);
    co_return;
  }
  const bool keep =
      request_.keep_alive && !draining_ && !wait_ && !(response.stream && request_.version == 10);
  append_response(out_, exchange, response, options_.fixed_headers, keep, deps_.clock.now_ms());
  closing_ = !keep;
  if (request_.method == Method::head) co_return;
  const bool has_length = response.passed_head && response.passed_head->has_length;
  if (response.stream)
    co_await send_stream(exchange, *response.stream, request_.version == 11 && !has_length);
  if (response.shared_body) co_await send_shared(*response.shared_body);
}

Task<void> Connection::refuse(const Error& error) {
  // The request could not be read. It passes the pipeline with the parts that are known, so that it is logged
  // and answered like every other request. A middleware that must wait is skipped, and those behind it.
  if (!exchange_) {
    request_ = Request();
    request_.method_text = "-";
    request_.path = "-";
    parser_.read_known(std::string_view(in_).substr(start_), request_);
    deps_.origins.resolve(request_, peer_, transport_.secure(), forwarded_address_);
    exchange_.emplace(request_, transport_.executor());
    exchange_->started = deps_.clock.steady();
    (void)deps_.dispatcher.enter(*exchange_);
  }
  Response response = deps_.dispatcher.answer_to(*exchange_, error);
  deps_.dispatcher.leave(*exchange_, response);
  append_response(out_, *exchange_, response, options_.fixed_headers, false, deps_.clock.now_ms());
  closing_ = true;
  if (wait_) co_await finish_waiting();
  forget_request();
  if (!lost_ && co_await flush()) co_await linger();
}

Task<void> Connection::linger() {
  // Closing with unread input would reset the connection before the client has read the answer (RFC 9112
  // §9.6).
  enter_phase(Phase::lingering, linger_time);
  co_await transport_.end_tls();
  transport_.shutdown_send();
  in_.resize(read_size);
  for (;;) {
    auto [ec, n] = co_await transport_.socket().async_read_some(net::buffer(in_), as_result);
    if (ec) break;
  }
  lost_ = true;
}

Task<void> Connection::send_stream(Exchange& exchange, BodyStream& body, bool chunked) {
  if (!co_await flush()) co_return;
  phase_ = Phase::working;
  using Framing = ChunkedBodyWriter::Framing;
  ChunkedBodyWriter writer(transport_, chunked ? Framing::chunked : Framing::plain, options_.stream_stall,
                           deps_.clock);
  StreamSession session(transport_, body, writer, exchange, deps_.log);
  stream_ = &session;
  if (draining_) session.stop();
  const bool whole = co_await session.run();
  stream_ = nullptr;
  read_ahead_ = session.take_read_ahead();
  lost_ = !whole || writer.lost();
  if (!lost_) out_ += writer.end();
}

Task<void> Connection::speak_websocket(Exchange& exchange, Response& response) {
  closing_ = true;
  append_switching_protocols(out_, request_, response, exchange.correlation_id);
  if (!co_await flush()) co_return;
  std::string unread = in_.substr(start_ + parser_.consumed());
  WebSocketSession session(transport_, std::move(unread), options_.websocket, options_.closes,
                           exchange.caller.guard, deps_.log, deps_.clock);
  in_.clear();
  in_.shrink_to_fit();
  out_.shrink_to_fit();
  websocket_ = &session;
  if (draining_) session.stop();
  co_await session.run(*response.upgrade);
  websocket_ = nullptr;
  lost_ = true;  // run() closes the connection
}

Task<void> Connection::open_tunnel(Exchange& exchange, Response& response) {
  closing_ = true;
  append_response(out_, exchange, response, options_.fixed_headers, true, deps_.clock.now_ms());
  if (!co_await flush()) co_return;
  std::string unread = in_.substr(start_ + parser_.consumed());
  in_.clear();
  in_.shrink_to_fit();
  out_.shrink_to_fit();
  tunnel_ = response.tunnel.get();
  if (draining_) tunnel_->stop();
  co_await tunnel_->run(transport_, std::move(unread));
  tunnel_ = nullptr;
  lost_ = true;  // run() closes the connection
}

}  // namespace papi::http
