#include "platform/http/connection.hpp"

#include <array>

#include "platform/http/body_stream.hpp"
#include "platform/http/handshake.hpp"
#include "platform/http/prefix.hpp"
#include "platform/http/upgrade.hpp"

namespace papi::http {
namespace {

constexpr std::size_t read_size = 8 * 1024;
constexpr std::size_t flush_at = 64 * 1024;
constexpr std::size_t copied_at_most = 32 * 1024;
constexpr std::chrono::milliseconds tls_end_time{1'000};

using UnsentLimit = net::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
constexpr int unsent_bytes = 256 * 1024;

}  // namespace

Connection::Connection(Server& server, TcpSocket socket, const net::ip::address& peer,
                       Server::PlaceOfAddress place)
    : server_(server),
      transport_(std::move(socket)),
      place_(std::move(place)),
      parser_(server.options_.limits),
      body_share_(server.bodies_) {
  client_address_ = peer.is_v6() && peer.to_v6().is_v4_mapped()
                        ? net::ip::make_address_v4(net::ip::v4_mapped, peer.to_v6()).to_string()
                        : peer.to_string();
  boost::system::error_code ec;
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
    const bool forbidden = lease_->only_this_withdrawn();
    lease_.reset();
    lease_lost_ = true;
    // What waits to be sent is not for this caller any more.
    using websocket::CloseCode;
    if (websocket_) {
      websocket_->close(forbidden ? CloseCode::forbidden : CloseCode::bad_credentials,
                        forbidden ? "access to this was withdrawn" : "credentials are no longer valid", true);
    }
    if (stream_) stream_->withdraw();
  }
  if (websocket_) return websocket_->sweep(now);
  if (now < deadline_ || phase_ == Phase::working) return;
  if (stream_ && phase_ == Phase::writing && transport_.takes_bytes()) return;  // it is us who are late
  if (phase_ == Phase::reading && !timed_out_) {
    timed_out_ = true;  // the read ends, or does so when it has got more: read_more() answers 408
    transport_.cancel();
  } else {
    end_idle();
  }
}

/// Closes an idle connection. With TLS the pending read must end first, then run() sends the close_notify.
void Connection::end_idle() {
  if (phase_ == Phase::idle && transport_.secure()) {
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
    end_idle();
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
  forget_request();
  if (transport_.secure() && transport_.open()) {
    enter_phase(Phase::lingering, tls_end_time);
    co_await transport_.end_tls();
  }
  transport_.close();
}

Task<void> Connection::serve() {
  enter_phase(Phase::idle, server_.options_.idle_time);
  while (!closing_ && !lost_) {
    const std::string_view bytes = std::string_view(in_).substr(start_);
    const auto step = bytes.empty() ? RequestParser::Step::need_more : parser_.advance(bytes);
    if (step == RequestParser::Step::header) {
      admit();
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

/// Runs the pipeline when the header of a request with a body is complete, so that a caller without the
/// permission is refused before the body is read.
void Connection::admit() {
  header_.assign(in_, start_, parser_.header_size());
  begin_exchange(header_);
  refusal_ = enter_pipeline();
}

void Connection::begin_exchange(std::string_view bytes) {
  parser_.read(bytes, request_);
  take_origin(request_);
  exchange_.emplace(request_, transport_.executor());
}

/// Returns the Error if a step of the pipeline refuses the request.
std::optional<Error> Connection::enter_pipeline() {
  try {
    return server_.pipeline_.enter(*exchange_);
  } catch (const std::exception& escaped) {
    server_.log_.error("Handler failed",
                       {{"correlation_id", exchange_->correlation_id}, {"reason", escaped.what()}});
    return Error(ErrorCode::internal, "Internal server error");
  }
}

/// Counts the part of the body that has arrived against the bound of all bodies.
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
  if (!ec && !timed_out_) {
    // A request's time begins with its first byte, not with the idle time before it.
    if (had == 0) enter_phase(Phase::reading, server_.options_.header_time);
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
  enter_phase(Phase::writing, server_.options_.write_time);
  auto [ec, n] = co_await transport_.write(net::buffer(out_));
  out_.clear();
  if (out_.capacity() > 4 * flush_at) out_.shrink_to_fit();
  if (ec) lost_ = true;
  phase_ = before, deadline_ = deadline_before;
  co_return !ec;
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
  if (exchange_) {
    request_.body = parser_.body();
    exchange_->started = server_.clock_.steady();  // how long a body takes to come is the client's affair
  } else {
    begin_exchange(std::string_view(in_).substr(start_));
    refusal_ = enter_pipeline();
  }
  phase_ = Phase::working;
  co_await answer_request(*exchange_);
  forget_request();
  if (lost_ || closing_) co_return;
  start_ += parser_.consumed();
  parser_.reset();
  sent_continue_ = false;
  if (!read_ahead_.empty()) in_ += read_ahead_, read_ahead_.clear();
  if (out_.size() >= flush_at) co_await flush();
}

Task<void> Connection::answer_request(Exchange& exchange) {
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
}

/// What needs no waiting: refusals and direct handlers. Nothing: the route's handler is a coroutine.
std::optional<Response> Connection::answer_at_once(Exchange& exchange) {
  try {
    if (refusal_) return refusal(exchange, *refusal_);
    const auto* direct = std::get_if<DirectHandler>(&exchange.route->handler);
    if (!direct) return std::nullopt;
    return render(exchange, (*direct)(exchange));
  } catch (const std::exception& escaped) {
    server_.log_.error("Handler failed",
                       {{"correlation_id", exchange.correlation_id}, {"reason", escaped.what()}});
    return refusal(exchange, Error(ErrorCode::internal, "Internal server error"));
  }
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

/// Where a request comes from, and how its caller reaches us: said by the socket, or by a trusted proxy.
void Connection::take_origin(Request& request) {
  request.client_address = client_address_;
  request.secure = transport_.secure();
  // Nothing of the request before on this connection.
  request.origin_told = false;
  request.forwarded_host = request.prefix = {};
  request.forwarded_port = 0;
  const bool by_proxy = server_.options_.trusted_proxies.apply(client_address_, request, forwarded_address_);
  request.from_near = is_near_caller(request);
  take_base_path(server_.options_.base_path, request);
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
  if (!exchange_) {
    request_ = Request();
    request_.method_text = "-";
    request_.path = "-";
    parser_.read_known(std::string_view(in_).substr(start_), request_);
    take_origin(request_);
    exchange_.emplace(request_, transport_.executor());
    exchange_->started = server_.clock_.steady();
    (void)enter_pipeline();
  }
  Response response = to_response(error, *exchange_, server_.clock_.now_ms());
  server_.pipeline_.leave(*exchange_, response);
  append_response(out_, *exchange_, response, server_.options_.fixed_headers, false, server_.clock_.now_ms());
  closing_ = true;
  forget_request();
  if (co_await flush()) co_await linger();
}

Task<void> Connection::linger() {
  // Closing with unread input would reset the connection before the client has read our answer (RFC 9112
  // §9.6).
  enter_phase(Phase::lingering, std::chrono::milliseconds(2'000));
  co_await transport_.end_tls();
  transport_.shutdown_send();
  in_.resize(read_size);
  for (;;) {
    auto [ec, n] = co_await transport_.socket().async_read_some(net::buffer(in_), as_result);
    if (ec) break;
  }
  lost_ = true;
}

}  // namespace papi::http
