#pragma once

#include <boost/asio/post.hpp>
#include <memory>
#include <optional>

#include "platform/base/notifier.hpp"

namespace papi {

/// Delivers one value from another thread to a coroutine. Copies share one state. set() is called once, from
/// any thread, while the executor's context exists. get() is awaited by one coroutine, on `executor`.
template <class T>
class Promise {
 public:
  explicit Promise(Executor executor) : state_(std::make_shared<State>(executor)) {}

  void set(T value) const {
    auto shared = std::make_shared<T>(std::move(value));
    net::post(state_->executor, [state = state_, shared] {
      state->value.emplace(std::move(*shared));
      if (state->waiter) state->waiter->notify();
    });
  }
  Task<T> get() const {
    // The notifier has a timer, so it is made and destroyed on the waiter's own thread. The last copy of the
    // state may be dropped by any thread at any time.
    const auto state = state_;
    Notifier notifier(state->executor);
    state->waiter = &notifier;
    while (!state->value) co_await notifier.wait();
    state->waiter = nullptr;
    co_return std::move(*state->value);
  }

 private:
  struct State {
    explicit State(Executor e) : executor(e) {}
    const Executor executor;
    // Used on the executor's thread only:
    std::optional<T> value;
    Notifier* waiter = nullptr;
  };
  std::shared_ptr<State> state_;
};

}  // namespace papi
