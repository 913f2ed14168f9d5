#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "platform/base/clock.hpp"
#include "platform/base/notifier.hpp"
#include "platform/base/queue_meter.hpp"
#include "platform/metrics/counter.hpp"
#include "platform/metrics/histogram.hpp"
#include "platform/net/transport.hpp"
#include "platform/websocket/frame.hpp"

namespace papi::websocket {

/// An encoded frame. It is encoded once and shared by every socket that sends it, because a server's frames
/// are not masked.
using SharedFrame = std::shared_ptr<const std::string>;
SharedFrame text_frame(std::string_view payload);
SharedFrame binary_frame(std::string_view payload);

/// Limits of one socket. `message_bytes` bounds a received message; `close_wait` is how long the peer may
/// take to answer our close frame.
struct SocketLimits {
  std::size_t message_bytes = 64 * 1024;
  QueueBound outbox;
  std::chrono::seconds stall{10};  // the kernel took nothing for this long: the peer does not read
  std::chrono::seconds ping_interval{25};
  std::chrono::seconds close_wait{3};
  CloseCode stalled = CloseCode::policy_violation;  // the code for a peer that does not read
  bool answers_pings = true;
};

/// The server's side of a WebSocket, after the handshake. It and all its callers live on its connection's
/// thread. One coroutine reads (receive), another writes (run_writer, started by the connection). send() only
/// queues.
class Socket {
 public:
  /// `unread` is what the client sent behind its handshake. `transport` and `clock` must outlive the socket.
  Socket(Transport& transport, std::string unread, const SocketLimits& limits, const Clock& clock);
  ~Socket() { clear_outbox(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// Returns the next text or binary message, or nullopt when the conversation is over. Pings and close
  /// frames are answered here.
  Task<std::optional<MessageAssembler::Message>> receive();

  /// Queues a frame. The writer sends all queued frames in one gathering write. Returns false if the outbox
  /// is full or the socket is closing; the caller decides what follows. If the peer takes nothing for
  /// `SocketLimits::stall`, the sweep disconnects it with code `SocketLimits::stalled`.
  bool send(SharedFrame frame);
  /// Sends what is queued, then the close frame. If `now`, drops the queue first, for example for a peer that
  /// is too slow.
  void close(CloseCode code, std::string_view reason, bool now = false);
  void close(const CloseReason& reason, bool now = false) { close(reason.code, reason.text, now); }

  /// Records, when the frames that are queued next are written, how long ago `since` was. If several calls
  /// come before a write, the first counts. `times` must outlive the socket.
  void measure(std::chrono::steady_clock::time_point since, metrics::Histogram& times) {
    if (!measured_) measured_ = {since, &times};
  }
  /// Adds the bytes that are queued, now and later, to `total`. It must outlive the socket.
  void add_queue_to(metrics::Gauge& total);
  bool half_free() const { return queued_.half_free(); }
  /// What is queued and not sent yet.
  const QueueMeter& queued() const { return queued_; }
  const SocketLimits& limits() const { return limits_; }
  /// Waits until half of the outbox is free. Returns false if the socket is closing. One waiter at a time.
  Task<bool> wait_for_capacity();

  /// Ends the connection at once with a TCP reset, without a closing handshake.
  void abort();

  bool closing() const { return close_frame_ != nullptr || dead_; }
  /// Sends what is queued. Returns when the close frame is sent or the connection is lost.
  Task<void> run_writer();
  /// Called twice a second by the connection's sweep. Pings a quiet peer. Ends a peer that is too slow, that
  /// is silent for three ping intervals, or that does not answer the close frame in time.
  void sweep(std::chrono::steady_clock::time_point now);

 private:
  void fail(const FrameError& error);
  Task<void> write_batch();
  Task<void> discard();
  void queue(SharedFrame frame);
  void clear_outbox();

  Transport& transport_;
  const Clock& clock_;
  SocketLimits limits_;
  std::string in_;
  std::size_t in_used_ = 0;
  MessageAssembler assembler_;
  std::deque<SharedFrame> outbox_;
  QueueMeter queued_;  // meters outbox_
  std::vector<SharedFrame> writing_;
  std::vector<net::const_buffer> buffers_;
  Notifier wake_;
  Notifier written_;
  struct Measured {
    std::chrono::steady_clock::time_point since;
    metrics::Histogram* times;
  };
  metrics::Gauge* queue_total_ = nullptr;             // counts the bytes of outbox_; nullptr: nobody does
  std::optional<Measured> measured_;                  // the oldest in outbox_
  bool sending_ = false;                              // a write waits for the kernel
  std::chrono::steady_clock::time_point last_taken_;  // when it began or last took bytes
  SharedFrame close_frame_;
  bool close_sent_ = false;
  bool peer_closed_ = false;
  bool discarding_ = false;  // after a protocol error of the peer
  bool dead_ = false;
  std::chrono::steady_clock::time_point last_heard_;
  std::chrono::steady_clock::time_point last_ping_;
  std::chrono::steady_clock::time_point close_deadline_ = std::chrono::steady_clock::time_point::max();
};

}  // namespace papi::websocket
