#pragma once

// All rooms ask one sign server: how fast, and which room comes first.

#include <chrono>
#include <functional>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/base/signal.hpp"

namespace papi::live {

/// When the next signature may be asked for. A token bucket that holds a quarter of a minute's signatures, at
/// least one; the server's answers override it. Pure.
class SignPace {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  SignPace(std::int64_t per_minute, const Clock& clock);

  /// Takes a signature if one may be asked for now.
  bool take();
  /// When take() will give one; a time that has passed: now.
  TimePoint next() const;
  /// The server wants nobody to ask for so long. Afterwards the bucket is empty: signatures come one by one.
  void pause(std::chrono::milliseconds time);
  /// How long the server's word still holds.
  std::chrono::milliseconds paused() const;

 private:
  std::chrono::nanoseconds interval_;
  std::chrono::nanoseconds burst_;  // how far full_ may lie ahead of now
  const Clock& clock_;
  TimePoint full_;  // when the bucket will be full
  TimePoint paused_until_;
};

class SignBudget;

/// One room's place in the line. It outlives its wait; both live on the live thread.
class SignTurn {
 public:
  /// How many readers the room has, asked whenever a signature comes free.
  using Readers = std::function<std::size_t()>;

  SignTurn(Executor executor, Readers readers) : wake_(executor), readers_(std::move(readers)) {}
  /// Ends the wait at once, with an error, and every later one.
  void give_up() { given_up_ = true, wake_.notify(); }

 private:
  friend class SignBudget;
  Signal wake_;
  Readers readers_;
  bool given_up_ = false;
};

/// The line of rooms that want a signature: the room with the most readers first, then the one that came
/// first.
class SignBudget {
 public:
  /// Longer pauses than this are told to the caller instead of being waited for.
  static constexpr std::chrono::milliseconds patience{10'000};

  SignBudget(std::int64_t per_minute, const Clock& clock) : pace_(per_minute, clock), clock_(clock) {}

  /// Returns when the room may ask. Errors: sign_rate_limited (details.retry_after) while the server wants a
  /// longer pause, unavailable after give_up() or cancel_all().
  Task<Result<void>> acquire(SignTurn& turn);
  /// Whether a room that came now would have to wait.
  bool must_wait() const { return !waiting_.empty() || pace_.next() > clock_.steady(); }
  void pause(std::chrono::milliseconds time);
  void cancel_all();
  std::size_t waiting() const { return waiting_.size(); }

 private:
  SignTurn* first() const;
  void leave(SignTurn& turn);

  SignPace pace_;
  const Clock& clock_;
  std::vector<SignTurn*> waiting_;  // in the order of arrival
  bool cancelled_ = false;
};

}  // namespace papi::live
