#include "platform/websocket/socket.hpp"

namespace papi::websocket {
namespace {

constexpr std::size_t max_buffers_per_write = 64;  // well under IOV_MAX; more brings no gain

SharedFrame make_frame(Opcode opcode, std::string_view payload) {
  std::string frame;
  frame.reserve(payload.size() + 10);
  append_frame(frame, opcode, payload);
  return std::make_shared<const std::string>(std::move(frame));
}

}  // namespace

SharedFrame text_frame(std::string_view payload) { return make_frame(Opcode::text, payload); }
SharedFrame binary_frame(std::string_view payload) { return make_frame(Opcode::binary, payload); }

Socket::Socket(Transport& transport, std::string unread, const SocketLimits& limits, const Clock& clock)
    : transport_(transport),
      clock_(clock),
      limits_(limits),
      in_(std::move(unread)),
      assembler_(true, limits.message_bytes),
      queued_(limits.outbox),
      wake_(transport.executor()),
      written_(transport.executor()),
      last_heard_(clock_.steady()),
      last_ping_(last_heard_) {}

Task<std::optional<MessageAssembler::Message>> Socket::receive() {
  while (!dead_ && !peer_closed_) {
    if (discarding_) {
      co_await discard();
      continue;
    }
    std::size_t used = 0;
    auto step = assembler_.next(std::string_view(in_).substr(in_used_), used);
    in_used_ += used;
    if (auto* error = std::get_if<FrameError>(&step)) {
      fail(*error);
      continue;
    }
    if (auto* message = std::get_if<MessageAssembler::Message>(&step)) {
      if (message->opcode == Opcode::ping) {
        // A flood of pings must not grow the outbox: a ping whose answer does not fit is not answered.
        auto pong = make_frame(Opcode::pong, message->payload);
        if (limits_.answers_pings && queued_.fits(pong->size())) queue(std::move(pong));
      } else if (message->opcode == Opcode::close) {
        peer_closed_ = true;
        // Echo the peer's own code (RFC 6455 §5.5.1).
        close(static_cast<CloseCode>(code_of_close(message->payload)), "");
        break;
      } else if (message->opcode != Opcode::pong && !closing()) {
        co_return std::move(*message);
      }
      continue;
    }
    in_.erase(0, in_used_);
    in_used_ = 0;
    const std::size_t had = in_.size();
    in_.resize(had + 4096);
    auto [ec, n] = co_await transport_.read_some(net::buffer(in_.data() + had, 4096));
    in_.resize(had + n);
    if (ec) {
      dead_ = true;
      wake_.notify();
      written_.notify();
      break;
    }
    last_heard_ = clock_.steady();
  }
  co_return std::nullopt;
}

/// Reads and drops input until the peer closes or the sweep ends the connection.
Task<void> Socket::discard() {
  in_.resize(4096);
  auto [ec, n] = co_await transport_.read_some(net::buffer(in_));
  if (!ec) co_return;
  dead_ = true;
  wake_.notify();
}

bool Socket::send(SharedFrame frame) {
  if (closing() || !queued_.fits(frame->size())) return false;
  queue(std::move(frame));
  return true;
}

void Socket::queue(SharedFrame frame) {
  queued_.add(frame->size());
  if (queue_total_) queue_total_->add(static_cast<std::int64_t>(frame->size()));
  outbox_.push_back(std::move(frame));
  wake_.notify();
}

void Socket::close(CloseCode code, std::string_view reason, bool now) {
  if (closing()) return;
  if (now) clear_outbox();
  close_frame_ = make_frame(Opcode::close, close_payload(code, reason));
  close_deadline_ = clock_.steady() + limits_.close_wait;
  wake_.notify();
  written_.notify();
}

void Socket::add_queue_to(metrics::Gauge& total) {
  queue_total_ = &total;
  total.add(static_cast<std::int64_t>(queued_.bytes()));
}

void Socket::clear_outbox() {
  if (queue_total_) queue_total_->add(-static_cast<std::int64_t>(queued_.bytes()));
  outbox_.clear();
  queued_.clear();
}

Task<bool> Socket::wait_for_capacity() {
  while (!closing() && !queued_.half_free()) co_await written_.wait();
  co_return !closing();
}

void Socket::abort() {
  boost::system::error_code ignored;
  transport_.socket().set_option(net::socket_base::linger(true, 0), ignored);  // makes close() send RST
  transport_.close();
  dead_ = true;
  wake_.notify();
}

void Socket::fail(const FrameError& error) {
  // The following input cannot be understood, but it must be read. Closing with unread input would reset the
  // connection, and the peer would not learn the reason (RFC 9112 §9.6 says the same of HTTP).
  discarding_ = true;
  close(error.code, error.reason, true);
}

Task<void> Socket::write_batch() {
  writing_.clear();
  buffers_.clear();
  const std::size_t before = queued_.bytes();
  while (!outbox_.empty() && writing_.size() < max_buffers_per_write) {
    writing_.push_back(std::move(outbox_.front()));
    outbox_.pop_front();
    queued_.remove(writing_.back()->size());
  }
  if (queue_total_)
    queue_total_->add(static_cast<std::int64_t>(queued_.bytes()) - static_cast<std::int64_t>(before));
  const std::optional<Measured> measured =
      outbox_.empty() ? std::exchange(measured_, std::nullopt) : measured_;
  if (writing_.empty() && close_frame_) {
    writing_.push_back(close_frame_);
    close_sent_ = true;
  }
  for (const SharedFrame& frame : writing_) buffers_.push_back(net::buffer(*frame));
  sending_ = true;
  last_taken_ = clock_.steady();
  for (std::size_t first = 0; first < buffers_.size();) {
    const std::span<const net::const_buffer> rest = std::span(buffers_).subspan(first);
    auto [ec, taken] = co_await transport_.write_some(rest);
    if (ec) dead_ = true;
    if (ec) break;
    last_taken_ = clock_.steady();
    for (; first < buffers_.size() && taken >= buffers_[first].size(); ++first)
      taken -= buffers_[first].size();
    if (first < buffers_.size()) buffers_[first] += taken;
  }
  sending_ = false;
  if (measured && !dead_) measured->times->record(last_taken_ - measured->since);
  written_.notify();
  if (writing_.capacity() > max_buffers_per_write) writing_.shrink_to_fit();
  writing_.clear();
}

Task<void> Socket::run_writer() {
  while (!dead_ && !close_sent_) {
    if (outbox_.empty() && !close_frame_) {
      co_await wake_.wait();
    } else {
      co_await write_batch();
    }
  }
  // After our close frame the peer answers with its own (RFC 6455 §7.1.1). The sweep ends a peer that does
  // not. A TLS connection is closed by its owner, with a close_notify.
  if (dead_ || (peer_closed_ && !transport_.secure())) {
    transport_.close();
  } else if (discarding_ && !transport_.secure()) {
    transport_.shutdown_send();
  }
}

void Socket::sweep(std::chrono::steady_clock::time_point now) {
  if (closing()) {
    if (now >= close_deadline_) {
      dead_ = true;
      transport_.close();
      wake_.notify();
      written_.notify();
    }
    return;
  }
  if (sending_ && now - last_taken_ >= limits_.stall && !transport_.takes_bytes())
    return close(limits_.stalled,
                 "too slow: nothing was taken for " + std::to_string(limits_.stall.count()) + " s", true);
  if (now - last_heard_ > 3 * limits_.ping_interval) {
    dead_ = true;
    transport_.close();
    wake_.notify();
    written_.notify();
    return;
  }
  if (now - last_heard_ > limits_.ping_interval && now - last_ping_ > limits_.ping_interval) {
    last_ping_ = now;
    queue(make_frame(Opcode::ping, ""));
  }
}

}  // namespace papi::websocket
