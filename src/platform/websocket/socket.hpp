#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "platform/base/queue_meter.hpp"
#include "platform/base/signal.hpp"
#include "platform/net/transport.hpp"
#include "platform/websocket/frame.hpp"

namespace papi::websocket {

/// A finished frame. Encoded once and shared by every socket that it goes to: a server's frames are not
/// masked.
using SharedFrame = std::shared_ptr<const std::string>;
SharedFrame text_frame(std::string_view payload);
SharedFrame binary_frame(std::string_view payload);

struct SocketLimits {
  std::size_t message_bytes = 64 * 1024;
  QueueBound outbox;
  std::chrono::seconds stall{10};  // the kernel took nothing for so long: the peer does not read
  std::chrono::seconds ping_interval{25};
  std::chrono::seconds close_wait{3};
  bool answers_pings = true;  // TikTok's servers do not
};

/// The server's end of a WebSocket, after the handshake. Lives on its connection's thread, as do all its
/// callers. One coroutine reads (receive), another writes (run_writer, started by the connection); send()
/// only queues.
class Socket {
 public:
  Socket(Transport& transport, std::string unread, const SocketLimits& limits);

  /// The next text or binary message; nothing when the conversation is over. Answers pings and closes by
  /// itself.
  Task<std::optional<MessageAssembler::Message>> receive();

  /// Queues a frame for the writer, which sends all it finds in one gathering write. False: the outbox is
  /// full or the socket is closing; the caller decides what that means. A peer that takes nothing for
  /// `SocketLimits::stall` is cut off with 4008 by the sweep.
  bool send(SharedFrame frame);
  /// Sends what is queued, then the close frame. `now`: drops the queue first, as for a peer that is too
  /// slow.
  void close(CloseCode code, std::string_view reason, bool now = false);

  bool half_free() const { return queued_.half_free(); }
  const SocketLimits& limits() const { return limits_; }
  /// Waits until half of the outbox is free. False: the socket is closing. One waiter at a time.
  Task<bool> wait_for_room();

  /// Cuts the connection at once, with a TCP reset instead of a closing handshake.
  void abort();

  bool closing() const { return close_frame_ != nullptr || dead_; }
  /// Ends when the close frame is out or the connection is lost.
  Task<void> run_writer();
  /// About once a second, from the connection's sweep: pings a quiet peer, ends a dead one.
  void sweep(std::chrono::steady_clock::time_point now);

 private:
  void fail(const FrameError& error);
  Task<void> write_batch();
  Task<void> discard();
  void queue(SharedFrame frame);

  Transport& transport_;
  SocketLimits limits_;
  std::string in_;
  std::size_t in_used_ = 0;
  MessageAssembler assembler_;
  std::deque<SharedFrame> outbox_;
  QueueMeter queued_;  // of outbox_
  std::vector<SharedFrame> writing_;
  std::vector<net::const_buffer> buffers_;
  Signal wake_;
  Signal written_;
  bool sending_ = false;                              // the kernel has been offered bytes
  std::chrono::steady_clock::time_point last_taken_;  // when that began, or it last took some
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
