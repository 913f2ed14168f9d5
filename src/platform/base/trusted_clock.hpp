#pragma once

#include <mutex>
#include <optional>

#include "platform/base/clock.hpp"

namespace papi {

/// Decides whether the wall clock can be trusted by code that deletes old data. A clock that is wrong by days
/// would make that code delete data that is still needed.
///
/// The clock is not trusted until a stored time is known, after a start at a time far from the newest stored
/// time, after a jump against the steady clock, and while the upstream server's time contradicts it. It is
/// trusted again when the upstream's time agrees with it, or after a day without another doubt. Any thread
/// may call it.
class TrustedClock {
 public:
  static constexpr std::chrono::milliseconds max_jump = std::chrono::minutes(5);
  static constexpr std::chrono::milliseconds max_ahead_of_stored = std::chrono::hours(1);
  static constexpr std::chrono::milliseconds max_off_platform = std::chrono::hours(1);
  static constexpr std::chrono::milliseconds quiet = std::chrono::days(1);

  enum class Doubt { none, nothing_stored, far_from_stored, jumped, far_from_platform };

  explicit TrustedClock(const Clock& clock);

  /// Call once, at start, with the newest time in the database that did not come from this machine's clock.
  /// 0: there is none.
  void heard_stored_time(UnixMs newest);
  /// Takes the time that the upstream server gave to a message. `live`: the message was sent just now; other
  /// messages may have waited and can confirm the clock, but not contradict it. Returns true if the wall
  /// clock agrees.
  bool heard_platform_time(UnixMs platform, bool live);

  /// Compares the clocks. Returns why the wall clock cannot be trusted now, or Doubt::none.
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
  Moment anchor_;  // both clocks are compared with this
  Doubt doubt_ = Doubt::nothing_stored;
};

/// Returns the text for a line of the application log.
std::string_view to_string(TrustedClock::Doubt doubt);

}  // namespace papi
