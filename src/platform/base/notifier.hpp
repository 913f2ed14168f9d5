#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>

#include "platform/base/task.hpp"

namespace papi {

using SteadyTimer = net::basic_waitable_timer<std::chrono::steady_clock,
                                              net::wait_traits<std::chrono::steady_clock>, Executor>;

/// Wakes the one coroutine that waits for a condition on the same thread. The waiter checks its condition
/// again after each wake-up, as with a condition variable. A notify() without a waiter has no effect later.
/// It must outlive its waiter.
class Notifier {
 public:
  explicit Notifier(Executor executor) : timer_(executor) {}

  void notify() {
    if (waiting_) timer_.cancel();
  }
  Task<void> wait() { return wait_until(SteadyTimer::time_point::max()); }
  Task<void> wait_for(std::chrono::steady_clock::duration duration) {
    return wait_until(std::chrono::steady_clock::now() + duration);
  }

 private:
  Task<void> wait_until(SteadyTimer::time_point when) {
    timer_.expires_at(when);
    waiting_ = true;
    co_await timer_.async_wait(as_result);
    waiting_ = false;
  }

  SteadyTimer timer_;
  bool waiting_ = false;
};

}  // namespace papi
