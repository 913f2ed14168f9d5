#pragma once

#include <mutex>
#include <optional>

#include "platform/base/clock.hpp"

namespace papi {

/// Decides whether the wall clock may be believed by those who delete what is old: a clock that is wrong by
/// days would make them delete what is needed.
///
/// The clock is unproved until a stored time is known, after a start that is far from the newest stored time,
/// after a jump against the steady clock, and when the platform's time contradicts it. It is proved by the
/// platform's time, or by a day without such a doubt. Any thread.
class TrustedClock {
 public:
  static constexpr UnixMs jump_ms = 5 * 60'000;
  static constexpr UnixMs stored_ahead_ms = 3'600'000;
  static constexpr UnixMs platform_ms = 3'600'000;
  static constexpr UnixMs quiet_ms = 86'400'000;

  enum class Doubt { none, nothing_stored, far_from_stored, jumped, far_from_platform };

  explicit TrustedClock(const Clock& clock);

  /// The newest time in the database that was not taken from this machine's clock. 0: there is none. Once, at
  /// start.
  void heard_stored_time(UnixMs newest);
  /// The time that the platform gave to a message. `live`: it was said just now; another may have waited.
  /// Returns true if the wall clock agrees with it.
  bool heard_platform_time(UnixMs platform, bool live);

  /// Compares the clocks. Returns why the wall clock must not be believed now, or none.
  Doubt doubt();
  bool proved() { return doubt() == Doubt::none; }

 private:
  struct Moment {
    UnixMs wall = 0;
    std::chrono::steady_clock::time_point steady;
  };
  Moment now() const { return {clock_.now_ms(), clock_.steady()}; }
  void compare(const Moment& now);

  const Clock& clock_;
  std::mutex mutex_;
  Moment anchor_;  // the clocks are compared with this
  Doubt doubt_ = Doubt::nothing_stored;
};

/// For a log line.
std::string_view to_string(TrustedClock::Doubt doubt);

}  // namespace papi
