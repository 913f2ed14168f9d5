#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

#include "platform/base/error.hpp"
#include "platform/base/promise.hpp"

namespace papi::auth {

/// A keyed mutex: only one password of a username is verified at a time. So "failures in a row" has a clear
/// meaning, and several correct logins at once all succeed. Any thread. Must outlive its locks.
class LoginMutex {
 public:
  static constexpr std::size_t max_waiting = 10;  // per username

  /// Unlocks when it is destroyed.
  class Lock {
   public:
    Lock(LoginMutex& mutex, std::string username) : mutex_(&mutex), username_(std::move(username)) {}
    Lock(Lock&& other) noexcept
        : mutex_(std::exchange(other.mutex_, nullptr)), username_(std::move(other.username_)) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock() {
      if (mutex_) mutex_->end(username_);
    }

   private:
    LoginMutex* mutex_;
    std::string username_;
  };

  /// Waits for the lock of `username`, which must be in lower case. Fails with UNAVAILABLE if `max_waiting`
  /// already wait.
  Task<Result<Lock>> take(Executor executor, std::string username);

 private:
  void end(const std::string& username);

  std::mutex mutex_;
  std::unordered_map<std::string, std::deque<Promise<bool>>> waiting_;  // by locked username
};

}  // namespace papi::auth
