#include "live/sign_budget.hpp"

#include <algorithm>

namespace papi::live {
namespace {

using std::chrono::milliseconds;

Error limited(milliseconds wait) {
  const std::int64_t seconds = (wait.count() + 999) / 1'000;
  json::object details;
  details["retry_after"] = seconds;
  return Error(ErrorCode::sign_rate_limited,
               "The sign server's limit is reached; next try in " + std::to_string(seconds) + " s",
               std::move(details));
}

}  // namespace

SignPace::SignPace(std::int64_t per_minute, const Clock& clock)
    : interval_(std::chrono::nanoseconds(std::chrono::minutes(1)) / std::max<std::int64_t>(per_minute, 1)),
      burst_(interval_ * std::max<std::int64_t>(per_minute / 4, 1)),
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

SignTurn* SignBudget::first() const {
  SignTurn* best = nullptr;
  std::size_t most = 0;
  for (SignTurn* turn : waiting_) {
    const std::size_t readers = turn->readers_();
    if (!best || readers > most) best = turn, most = readers;
  }
  return best;
}

void SignBudget::leave(SignTurn& turn) {
  std::erase(waiting_, &turn);
  // The first in the line waits for the next signature.
  if (SignTurn* next = first()) next->wake_.notify();
}

void SignBudget::pause(milliseconds time) {
  if (time.count() <= 0) return;
  pace_.pause(time);
  for (SignTurn* turn : waiting_) turn->wake_.notify();
}

void SignBudget::cancel_all() {
  cancelled_ = true;
  for (SignTurn* turn : waiting_) turn->wake_.notify();
}

Task<Result<void>> SignBudget::acquire(SignTurn& turn) {
  waiting_.push_back(&turn);
  for (;;) {
    Result<void> verdict;
    if (cancelled_ || turn.given_up_) {
      verdict = Error(ErrorCode::unavailable, "The wait for a signature was given up");
    } else if (pace_.paused() > patience) {
      verdict = limited(pace_.paused());
    } else if (SignTurn* best = first(); best != &turn) {
      // The time may have come while another room got more readers.
      best->wake_.notify();
      co_await turn.wake_.wait();
      continue;
    } else if (!pace_.take()) {
      const auto rest = std::chrono::ceil<milliseconds>(pace_.next() - clock_.steady());
      co_await turn.wake_.wait_for(rest);
      continue;
    }
    leave(turn);
    co_return verdict;
  }
}

}  // namespace papi::live
