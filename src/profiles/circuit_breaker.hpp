#pragma once

#include <chrono>

#include "platform/base/clock.hpp"
#include "platform/base/random.hpp"

namespace papi::profiles {

/// Stops asking a source that keeps failing. After several failures in a row the source is not asked for a
/// pause. The pause doubles each time, with jitter. Then one request decides whether the source is asked
/// again. One thread.
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

  /// Returns whether the source may be asked now. In the half-open state only the first caller may try.
  bool may_try();
  /// Reports a success. The breaker closes, and the pause starts again at its first length.
  void succeeded();
  /// Reports a failure. Set `plainly` if the source itself says that it refuses us: the breaker then opens at
  /// once.
  void failed(bool plainly = false);
  /// Reports that the request neither succeeded nor failed. In the half-open state another caller may then
  /// try.
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

/// Limits the requests per minute: a token bucket that holds the tokens of one minute.
class RequestBudget {
 public:
  RequestBudget(std::int64_t per_minute, const Clock& clock)
      : per_minute_(per_minute),
        clock_(clock),
        tokens_(static_cast<double>(per_minute)),
        at_(clock.now_ms()) {}
  /// Takes a token. Returns false if no token is left.
  bool take();
  /// After take() has returned false: returns the time until the next token.
  std::chrono::milliseconds until_next() const;

 private:
  const std::int64_t per_minute_;
  const Clock& clock_;
  double tokens_;
  UnixMs at_;
};

}  // namespace papi::profiles
