#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

#include "platform/base/completion.hpp"
#include "platform/base/error.hpp"

namespace papi::auth {

/// One look at a username's password at a time: then "failures in a row" means something, and several right
/// logins at once are several right logins. Any thread.
class LoginTurns {
 public:
  static constexpr std::size_t max_waiting = 10;  // for one username

  /// Ends the turn.
  class Turn {
   public:
    Turn(LoginTurns& turns, std::string username) : turns_(&turns), username_(std::move(username)) {}
    Turn(Turn&& other) noexcept
        : turns_(std::exchange(other.turns_, nullptr)), username_(std::move(other.username_)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_) turns_->end(username_);
    }

   private:
    LoginTurns* turns_;
    std::string username_;
  };

  /// Waits until it is this one's turn. UNAVAILABLE: too many wait. `username` in lower case.
  Task<Result<Turn>> take(Executor executor, std::string username);

 private:
  void end(const std::string& username);

  std::mutex mutex_;
  std::unordered_map<std::string, std::deque<Completion<bool>>> waiting_;  // by who has a turn
};

}  // namespace papi::auth
