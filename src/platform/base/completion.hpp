#pragma once

#include <boost/asio/post.hpp>
#include <memory>
#include <optional>

#include "platform/base/signal.hpp"

namespace papi {

/// One value that another thread owes a coroutine. Copies share the same debt; set() may come from any
/// thread, once, while the executor's context exists; get() is awaited by one coroutine on `executor`.
template <class T>
class Completion {
 public:
  explicit Completion(Executor executor) : state_(std::make_shared<State>(executor)) {}

  void set(T value) const {
    auto shared = std::make_shared<T>(std::move(value));
    net::post(state_->executor, [state = state_, shared] {
      state->value.emplace(std::move(*shared));
      if (state->waiter) state->waiter->notify();
    });
  }
  Task<T> get() const {
    // The timer behind the signal lives and dies here, on the waiter's own thread: whoever drops the last
    // copy of the state may be any thread, at any time.
    const auto state = state_;
    Signal signal(state->executor);
    state->waiter = &signal;
    while (!state->value) co_await signal.wait();
    state->waiter = nullptr;
    co_return std::move(*state->value);
  }

 private:
  struct State {
    explicit State(Executor e) : executor(e) {}
    const Executor executor;
    // On the executor's thread only:
    std::optional<T> value;
    Signal* waiter = nullptr;
  };
  std::shared_ptr<State> state_;
};

}  // namespace papi
