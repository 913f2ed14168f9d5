#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

#include "platform/base/notifier.hpp"

namespace papi::postgres {

/// Waits for a socket that libpq owns, until a deadline. One waiter at a time; one thread. It may be
/// destroyed while its timer runs, but not while a coroutine waits: call close() first.
class SocketWait {
 public:
  enum class Ready { yes, late, closed };
  using Deadline = std::chrono::steady_clock::time_point;

  explicit SocketWait(Executor executor) : state_(std::make_shared<State>(executor)) {}
  ~SocketWait() { close(); }
  SocketWait(const SocketWait&) = delete;
  SocketWait& operator=(const SocketWait&) = delete;

  /// Sets the deadline of all waits that follow. Arms one timer, however many there are.
  void set_deadline(Deadline deadline);
  void clear_deadline();
  /// `socket` is registered with the event loop and stays libpq's.
  void assign(int socket);
  /// Forgets the socket without closing it. To be called before libpq closes or changes it.
  void release();
  /// Ends a wait under way with `closed`, and every later one.
  void close();

  Task<Ready> readable();
  Task<Ready> writable();
  /// Waits until the socket can be read or written.
  Task<Ready> readable_or_writable();

 private:
  using Descriptor = net::posix::basic_stream_descriptor<Executor>;
  struct State {
    explicit State(Executor executor) : descriptor(executor), timer(executor) {}
    Descriptor descriptor;
    SteadyTimer timer;
    std::uint64_t deadlines = 0;  // an earlier one's timer must not end the waits of the next
    bool late = false;
    bool closed = false;
  };
  Task<Ready> wait(Descriptor::wait_type what);
  Ready verdict() const;

  const std::shared_ptr<State> state_;
};

}  // namespace papi::postgres
