#pragma once

#include <memory>
#include <optional>

#include "platform/base/signal.hpp"

namespace papi {

/// One value that another thread owes a coroutine. Copies share the same debt; set() may come from any
/// thread, once; get() is awaited by one coroutine on `executor`.
template <class T>
class Completion {
 public:
  explicit Completion(Executor executor) : state_(std::make_shared<State>(executor)) {}

  void set(T value) const {
    auto state = state_;
    auto shared = std::make_shared<T>(std::move(value));
    net::post(state->executor, [state, shared] {
      state->value.emplace(std::move(*shared));
      state->signal.notify();
    });
  }
  Task<T> get() const {
    auto state = state_;
    while (!state->value) co_await state->signal.wait();
    co_return std::move(*state->value);
  }

 private:
  struct State {
    explicit State(Executor e) : executor(e), signal(e) {}
    Executor executor;
    Signal signal;
    std::optional<T> value;
  };
  std::shared_ptr<State> state_;
};

}  // namespace papi
