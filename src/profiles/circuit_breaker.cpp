#include "profiles/circuit_breaker.hpp"

#include <algorithm>

namespace papi::profiles {

CircuitBreaker::State CircuitBreaker::state() const {
  if (failures_ < limits_.failures) return State::closed;
  return clock_.steady() < open_until_ ? State::open : State::half_open;
}

bool CircuitBreaker::may_try() {
  switch (state()) {
    case State::closed:
      return true;
    case State::open:
      return false;
    case State::half_open:
      break;
  }
  if (trying_) return false;
  trying_ = true;
  return true;
}

void CircuitBreaker::succeeded() {
  failures_ = 0;
  pause_ = pause_.zero();
  open_until_ = {};
  trying_ = false;
}

void CircuitBreaker::failed(bool plainly) {
  // If the breaker has opened meanwhile, results of earlier requests are ignored.
  const bool decides = trying_ || state() == State::closed;
  trying_ = false;
  if (!decides) return;
  failures_ = plainly ? limits_.failures : std::min(failures_ + 1, limits_.failures);
  if (failures_ < limits_.failures) return;
  pause_ = std::clamp(pause_ * 2, limits_.first_pause, limits_.longest_pause);
  open_until_ = clock_.steady() +
                std::chrono::milliseconds(random_.between(pause_.count() * 3 / 4, pause_.count() * 5 / 4));
}

bool RequestBudget::take() {
  const UnixMs now = clock_.now_ms();
  const double gained =
      static_cast<double>(std::max<UnixMs>(now - at_, 0)) * static_cast<double>(per_minute_) / 60'000;
  at_ = now;
  tokens_ = std::min(tokens_ + gained, static_cast<double>(per_minute_));
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

std::chrono::milliseconds RequestBudget::until_next() const {
  return std::chrono::milliseconds(
      static_cast<std::int64_t>((1 - tokens_) * 60'000 / static_cast<double>(per_minute_)) + 1);
}

}  // namespace papi::profiles
