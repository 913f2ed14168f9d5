#include "live/sign_budget.hpp"

#include "live/error_codes.hpp"

#include <algorithm>

namespace papi::live {
namespace {

using std::chrono::milliseconds;

Error limited(milliseconds wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
  return retry_later(
      codes::sign_rate_limited,
      "The sign server's limit is reached; next try in " + std::to_string(seconds.count()) + " s", seconds);
}

}  // namespace

SignPace::SignPace(std::int64_t per_minute, const Clock& clock)
    : per_minute_(std::max<std::int64_t>(per_minute, 1)),
      interval_(std::chrono::nanoseconds(std::chrono::minutes(1)) / per_minute_),
      burst_(interval_ * std::max<std::int64_t>(per_minute_ / 4, 1)),
      clock_(clock),
      full_(clock.steady()),
      paused_until_(clock.steady()) {}

SignPace::TimePoint SignPace::next() const { return std::max(full_ + interval_ - burst_, paused_until_); }

bool SignPace::take() {
  const TimePoint now = clock_.steady();
  if (now < next()) return false;
  full_ = std::max(full_, now) + interval_;
  return true;
}

void SignPace::pause(milliseconds time) {
  if (time.count() <= 0) return;
  paused_until_ = std::max(paused_until_, clock_.steady() + time);
  full_ = std::max(full_, paused_until_ + burst_ - interval_);
}

milliseconds SignPace::paused() const {
  const auto left = std::chrono::ceil<milliseconds>(paused_until_ - clock_.steady());
  return std::max(left, milliseconds(0));
}

SignBudgetView SignPace::view() const {
  const TimePoint now = clock_.steady();
  const auto until_full = std::max(full_, now) - now;
  SignBudgetView view;
  view.per_minute = per_minute_;
  view.left = next() > now ? 0 : (burst_ - until_full) / interval_;
  view.resets_in =
      std::chrono::ceil<std::chrono::seconds>(std::max(std::max(full_, paused_until_), now) - now);
  return view;
}

SignWaiter* SignBudget::first() const {
  SignWaiter* best = nullptr;
  std::size_t most = 0;
  for (SignWaiter* waiter : waiting_) {
    const std::size_t readers = waiter->readers_();
    if (!best || readers > most) {
      best = waiter;
      most = readers;
    }
  }
  return best;
}

void SignBudget::leave(SignWaiter& waiter) {
  std::erase(waiting_, &waiter);
  // The first in the queue waits for the next signature.
  if (SignWaiter* next = first()) next->wake_.notify();
}

void SignBudget::pause(milliseconds time) {
  if (time.count() <= 0) return;
  pace_.pause(time);
  for (SignWaiter* waiter : waiting_) waiter->wake_.notify();
}

void SignBudget::cancel_all() {
  cancelled_ = true;
  for (SignWaiter* waiter : waiting_) waiter->wake_.notify();
}

Task<Result<void>> SignBudget::acquire(SignWaiter& waiter) {
  waiting_.push_back(&waiter);
  for (;;) {
    Result<void> verdict;
    if (cancelled_ || waiter.given_up_) {
      verdict = Error(ErrorCode::unavailable, "The wait for a signature was given up");
    } else if (pace_.paused() > max_wait) {
      verdict = limited(pace_.paused());
    } else if (SignWaiter* best = first(); best != &waiter) {
      // The signature may have become free while another room got more readers.
      best->wake_.notify();
      co_await waiter.wake_.wait();
      continue;
    } else if (!pace_.take()) {
      const auto rest = std::chrono::ceil<milliseconds>(pace_.next() - clock_.steady());
      co_await waiter.wake_.wait_for(rest);
      continue;
    }
    leave(waiter);
    co_return verdict;
  }
}

}  // namespace papi::live
