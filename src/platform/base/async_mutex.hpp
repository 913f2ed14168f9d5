#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/base/notifier.hpp"

namespace papi {

/// A mutex for coroutines of one thread. It suspends coroutines and blocks no thread (docs/threads.md, "Locks
/// of coroutines"). Waiters get it in the order in which they asked. It must outlive its holders and waiters.
class AsyncMutex {
 public:
  explicit AsyncMutex(Executor executor) : executor_(executor) {}
  AsyncMutex(const AsyncMutex&) = delete;
  AsyncMutex& operator=(const AsyncMutex&) = delete;

  /// Takes the mutex without waiting. Returns false if it is held.
  bool try_lock() { return !std::exchange(locked_, true); }
  Task<void> lock() {
    if (try_lock()) co_return;
    const auto waiter = std::make_shared<SteadyTimer>(executor_, SteadyTimer::time_point::max());
    waiting_.push_back(waiter);
    co_await waiter->async_wait(as_result);  // unlock() hands the lock over
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
  std::vector<std::shared_ptr<SteadyTimer>> waiting_;  // a vector, because an empty deque takes 600 bytes
};

/// Holds several mutexes until it is destroyed. All users must list the mutexes in the same order, so that
/// two holders never wait for each other. For one thread.
class AsyncScopedLock {
 public:
  explicit AsyncScopedLock(std::vector<AsyncMutex*> locks) : locks_(std::move(locks)) {}
  ~AsyncScopedLock() {
    for (std::size_t i = 0; i < held_; ++i) locks_[i]->unlock();
  }
  AsyncScopedLock(const AsyncScopedLock&) = delete;
  AsyncScopedLock& operator=(const AsyncScopedLock&) = delete;

  Task<void> take() {
    for (AsyncMutex* lock : locks_) {
      if (!lock->try_lock()) co_await lock->lock();
      ++held_;
    }
  }

 private:
  const std::vector<AsyncMutex*> locks_;
  std::size_t held_ = 0;
};

/// One mutex for each key that is in use. For one thread.
class KeyedMutex {
  struct State {
    Executor executor;
    std::map<std::string, std::shared_ptr<AsyncMutex>> by_key;
  };

 public:
  explicit KeyedMutex(Executor executor) : state_(std::make_shared<State>(State{executor, {}})) {}

  /// Holds the mutex of `key` from take() until it is destroyed. It may outlive the KeyedMutex.
  class Lock {
   public:
    Lock(const KeyedMutex& locks, std::string key) : state_(locks.state_), key_(std::move(key)) {}
    ~Lock() {
      if (held_) held_->unlock();
      held_.reset();
      const auto found = state_->by_key.find(key_);
      if (found != state_->by_key.end() && found->second.use_count() == 1) state_->by_key.erase(found);
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

    Task<void> take() {
      auto& slot = state_->by_key[key_];
      if (!slot) slot = std::make_shared<AsyncMutex>(state_->executor);
      const std::shared_ptr<AsyncMutex> lock = slot;
      if (!lock->try_lock()) co_await lock->lock();
      held_ = lock;
    }

   private:
    const std::shared_ptr<State> state_;
    const std::string key_;
    std::shared_ptr<AsyncMutex> held_;
  };

 private:
  const std::shared_ptr<State> state_;
};

}  // namespace papi
