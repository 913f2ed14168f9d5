#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/base/signal.hpp"

namespace papi {

/// A mutex for coroutines of one thread. Waiters get it in the order in which they asked. It must outlive
/// its holders and waiters.
class AsyncLock {
 public:
  explicit AsyncLock(Executor executor) : executor_(executor) {}
  AsyncLock(const AsyncLock&) = delete;
  AsyncLock& operator=(const AsyncLock&) = delete;

  /// Returns false if somebody holds it.
  bool try_lock() { return !std::exchange(locked_, true); }
  Task<void> lock() {
    if (try_lock()) co_return;
    const auto turn = std::make_shared<SteadyTimer>(executor_, SteadyTimer::time_point::max());
    waiting_.push_back(turn);
    co_await turn->async_wait(as_result);  // unlock() hands the lock over
  }
  void unlock() {
    if (waiting_.empty()) {
      locked_ = false;
      return;
    }
    const auto next = waiting_.front();
    waiting_.erase(waiting_.begin());
    next->cancel();
  }

 private:
  const Executor executor_;
  bool locked_ = false;
  std::vector<std::shared_ptr<SteadyTimer>> waiting_;  // a deque takes 600 bytes while it is empty
};

/// Holds several locks until it goes. Everybody must list them in the same order, so that two holders never
/// wait for each other.
class AsyncLocks {
 public:
  explicit AsyncLocks(std::vector<AsyncLock*> locks) : locks_(std::move(locks)) {}
  ~AsyncLocks() {
    for (std::size_t i = 0; i < held_; ++i) locks_[i]->unlock();
  }
  AsyncLocks(const AsyncLocks&) = delete;
  AsyncLocks& operator=(const AsyncLocks&) = delete;

  Task<void> take() {
    for (AsyncLock* lock : locks_) {
      if (!lock->try_lock()) co_await lock->lock();
      ++held_;
    }
  }

 private:
  const std::vector<AsyncLock*> locks_;
  std::size_t held_ = 0;
};

/// A lock for each key in use. One thread.
class KeyedLock {
  struct State {
    Executor executor;
    std::map<std::string, std::shared_ptr<AsyncLock>> by_key;
  };

 public:
  explicit KeyedLock(Executor executor) : state_(std::make_shared<State>(State{executor, {}})) {}

  /// Holds the key's lock from take() until it goes. It may outlive the KeyedLock.
  class Turn {
   public:
    Turn(const KeyedLock& locks, std::string key) : state_(locks.state_), key_(std::move(key)) {}
    ~Turn() {
      if (held_) held_->unlock();
      held_.reset();
      const auto found = state_->by_key.find(key_);
      if (found != state_->by_key.end() && found->second.use_count() == 1) state_->by_key.erase(found);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    Task<void> take() {
      auto& slot = state_->by_key[key_];
      if (!slot) slot = std::make_shared<AsyncLock>(state_->executor);
      const std::shared_ptr<AsyncLock> lock = slot;
      if (!lock->try_lock()) co_await lock->lock();
      held_ = lock;
    }

   private:
    const std::shared_ptr<State> state_;
    const std::string key_;
    std::shared_ptr<AsyncLock> held_;
  };

 private:
  const std::shared_ptr<State> state_;
};

}  // namespace papi
