#pragma once

#include <chrono>

#include "platform/base/clock.hpp"
#include "platform/base/random.hpp"

namespace papi::profiles {

/// Keeps a failing source from costing anything: after some failures in a row it is left alone for a pause
/// that doubles each time, with jitter; then one try decides. One thread.
class CircuitBreaker {
 public:
  struct Limits {
    int failures = 3;
    std::chrono::milliseconds first_pause{30'000};
    std::chrono::milliseconds longest_pause{900'000};
  };
  enum class State { closed, open, half_open };

  CircuitBreaker(Limits limits, const Clock& clock, Random& random)
      : limits_(limits), clock_(clock), random_(random) {}

  /// Whether the source may be asked now. Where one try decides, it is the first who asks who may.
  bool may_try();
  void succeeded();
  /// `plainly`: the source says itself that we are not welcome; no more tries are needed to know.
  void failed(bool plainly = false);
  /// Asked, but neither of the above: the try is given back.
  void gave_up() { trying_ = false; }

  State state() const;
  std::chrono::steady_clock::time_point open_until() const { return open_until_; }

 private:
  const Limits limits_;
  const Clock& clock_;
  Random& random_;
  int failures_ = 0;
  std::chrono::milliseconds pause_{0};
  std::chrono::steady_clock::time_point open_until_{};
  bool trying_ = false;
};

/// How many requests a minute: a token bucket that holds one minute's worth.
class RequestBudget {
 public:
  RequestBudget(std::int64_t per_minute, const Clock& clock)
      : per_minute_(per_minute),
        clock_(clock),
        tokens_(static_cast<double>(per_minute)),
        at_(clock.now_ms()) {}
  bool take();
  /// After take() refused: when it may give.
  std::chrono::milliseconds until_next() const;

 private:
  const std::int64_t per_minute_;
  const Clock& clock_;
  double tokens_;
  UnixMs at_;
};

}  // namespace papi::profiles
