#pragma once

// The signature budget. All rooms use one sign server. This file decides how often it is asked and which room
// is next.

#include <chrono>
#include <functional>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/base/notifier.hpp"

namespace papi::live {

/// The signature budget, for people to read.
struct SignBudgetView {
  std::int64_t per_minute = 0;
  std::int64_t left = 0;              // signatures that may be requested now; at most a quarter of per_minute
  std::chrono::seconds resets_in{0};  // until `left` has its full value, if none is requested meanwhile
  bool operator==(const SignBudgetView&) const = default;
};

/// Decides when the next signature may be requested. A token bucket that holds the signatures of a quarter of
/// a minute, at least one. The answers of the sign server override it. Pure.
class SignPace {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  SignPace(std::int64_t per_minute, const Clock& clock);

  /// Takes a signature. Returns false if none may be requested now.
  bool take();
  /// Returns the time from which take() succeeds. A time in the past means now.
  TimePoint next() const;
  /// Stops requests for `time`, because the sign server asked for it. Afterwards the bucket is empty, so
  /// signatures come one by one.
  void pause(std::chrono::milliseconds time);
  /// Returns how long the pause that the sign server asked for still lasts.
  std::chrono::milliseconds paused() const;
  SignBudgetView view() const;

 private:
  std::int64_t per_minute_;
  std::chrono::nanoseconds interval_;
  std::chrono::nanoseconds burst_;  // how far full_ may be ahead of now
  const Clock& clock_;
  TimePoint full_;  // when the bucket will be full
  TimePoint paused_until_;
};

class SignBudget;

/// One room's place in the queue. It must live until its wait ends. The queue and the waiter live on the live
/// thread.
class SignWaiter {
 public:
  /// Returns how many readers the room has. It is called whenever a signature becomes free.
  using Readers = std::function<std::size_t()>;

  SignWaiter(Executor executor, Readers readers) : wake_(executor), readers_(std::move(readers)) {}
  /// Ends this wait and every later one at once with an error.
  void give_up() {
    given_up_ = true;
    wake_.notify();
  }

 private:
  friend class SignBudget;
  Notifier wake_;
  Readers readers_;
  bool given_up_ = false;
};

/// The queue of rooms that need a signature. The room with the most readers is first. If two have equally
/// many, the one that came first is first.
class SignBudget {
 public:
  /// If a pause is longer than this, acquire() fails at once and does not wait.
  static constexpr std::chrono::milliseconds max_wait{10'000};

  SignBudget(std::int64_t per_minute, const Clock& clock) : pace_(per_minute, clock), clock_(clock) {}

  /// Returns when the room may request a signature. Errors: sign_rate_limited (with details.retry_after) if
  /// the sign server asked for a longer pause; unavailable after give_up() or cancel_all().
  Task<Result<void>> acquire(SignWaiter& waiter);
  /// Returns whether a new room would have to wait now.
  bool must_wait() const { return !waiting_.empty() || pace_.next() > clock_.steady(); }
  /// Stops all requests for `time`, because the sign server asked for it.
  void pause(std::chrono::milliseconds time);
  /// Ends all waits and every later one with an error.
  void cancel_all();
  std::size_t waiting() const { return waiting_.size(); }
  SignBudgetView view() const { return pace_.view(); }

 private:
  SignWaiter* first() const;
  void leave(SignWaiter& waiter);

  SignPace pace_;
  const Clock& clock_;
  std::vector<SignWaiter*> waiting_;  // in the order of arrival
  bool cancelled_ = false;
};

}  // namespace papi::live
