#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <exception>
#include <optional>

#include "platform/base/error.hpp"
#include "platform/base/notifier.hpp"

namespace papi::http {

/// One request's wait for its middlewares. It has an end that does not depend on them: after give_up() the
/// request is answered, while the task may still run. Lives on the connection's thread. It must not be
/// destroyed before finish() has returned, and what the task uses must live as long.
class MiddlewareWait {
 public:
  explicit MiddlewareWait(Executor executor) : executor_(executor), changed_(executor) {}

  /// Runs `task` until it has ended or give_up() was called. Returns false if it was given up; refusal() has
  /// no meaning then. If the task throws an exception, throws it here. Call it once.
  Task<bool> run(Task<std::optional<Error>> task);
  /// The result of the task.
  const std::optional<Error>& refusal() const { return refusal_; }

  /// Ends run(), and cancels the task: its pending operation ends with operation_aborted. It may be called at
  /// any time, also again.
  void give_up();
  bool given_up() const { return given_up_; }

  /// Returns when the task has ended.
  Task<void> finish();

 private:
  const Executor executor_;
  Notifier changed_;
  net::cancellation_signal cancel_;
  std::optional<Error> refusal_;
  std::exception_ptr escaped_;
  bool running_ = false;
  bool given_up_ = false;
};

}  // namespace papi::http
