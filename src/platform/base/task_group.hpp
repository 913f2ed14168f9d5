#pragma once

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <functional>

#include "platform/base/notifier.hpp"

namespace papi {

/// The parent of coroutines that nobody awaits one by one. It counts them and waits for the last one. An
/// exception of a task goes to `on_escape`. For one thread. It must outlive its tasks: await join() before it
/// is destroyed.
class TaskGroup {
 public:
  using OnEscape = std::function<void(std::exception_ptr)>;
  TaskGroup(Executor executor, OnEscape on_escape)
      : executor_(executor), changed_(executor), on_escape_(std::move(on_escape)) {}

  void spawn(Task<void> task) {
    ++running_;
    net::co_spawn(executor_, std::move(task), [this](std::exception_ptr escaped) {
      if (escaped) on_escape_(escaped);
      --running_;
      changed_.notify();
    });
  }
  Task<void> join() {
    while (running_ > 0) co_await changed_.wait();
  }

 private:
  Executor executor_;
  Notifier changed_;
  OnEscape on_escape_;
  std::size_t running_ = 0;
};

}  // namespace papi
