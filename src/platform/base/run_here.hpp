#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>

#include "platform/base/task.hpp"

namespace papi {

/// Runs coroutines on the calling thread, which has no event loop: for commands and for the start of the
/// program. It must outlive every thread that a coroutine waits for, because such a thread posts to it.
class RunHere {
 public:
  template <class T>
  using Make = std::function<Task<T>(Executor)>;

  RunHere() : context_(1) {}

  /// Runs the coroutine that `make` returns to its end. Blocks while the coroutine waits for other threads.
  /// An exception of the coroutine is thrown here.
  template <class T>
  T blocking(const Make<T>& make) {
    return run<T>(make, [this] { context_.run(); });
  }

  /// Runs a coroutine that never waits: everything that it awaits is done at once. Throws std::logic_error if
  /// it waits all the same.
  template <class T>
  static T without_waiting(const Make<T>& make) {
    RunHere here;
    return here.run<T>(make, [&here] { here.context_.poll(); });
  }

 private:
  template <class T, class Drive>
  T run(const Make<T>& make, Drive drive) {
    context_.restart();
    std::exception_ptr escaped;
    std::optional<T> result;
    net::co_spawn(context_, make(context_.get_executor()), [&](std::exception_ptr error, T value) {
      escaped = error;
      result.emplace(std::move(value));
    });
    drive();
    if (escaped) std::rethrow_exception(escaped);
    if (!result) throw std::logic_error("a coroutine that must not wait has waited");
    return std::move(*result);
  }

  net::io_context context_;
};

}  // namespace papi
