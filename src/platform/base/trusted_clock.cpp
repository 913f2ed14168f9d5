#include "platform/base/trusted_clock.hpp"

#include <cstdlib>

namespace papi {
namespace {

UnixMs passed(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

}  // namespace

TrustedClock::TrustedClock(const Clock& clock) : clock_(clock), anchor_(now()) {}

void TrustedClock::heard_stored_time(UnixMs newest) {
  std::lock_guard lock(mutex_);
  compare(now());
  if (doubt_ != Doubt::nothing_stored || newest == 0) return;
  const UnixMs ahead = clock_.now_ms() - newest;
  doubt_ = ahead > stored_ahead_ms || ahead < -jump_ms ? Doubt::far_from_stored : Doubt::none;
}

bool TrustedClock::heard_platform_time(UnixMs platform, bool live) {
  std::lock_guard lock(mutex_);
  const Moment moment = now();
  compare(moment);
  const bool agrees = std::abs(moment.wall - platform) <= platform_ms;
  if (agrees) {
    doubt_ = Doubt::none;
  } else if (live) {
    doubt_ = Doubt::far_from_platform;
    anchor_ = moment;  // a new day without a doubt begins
  }
  return agrees;
}

TrustedClock::Doubt TrustedClock::doubt() {
  std::lock_guard lock(mutex_);
  compare(now());
  return doubt_;
}

void TrustedClock::compare(const Moment& now) {
  const UnixMs steady = passed(anchor_.steady, now.steady);
  if (std::abs(now.wall - anchor_.wall - steady) > jump_ms) {
    doubt_ = Doubt::jumped;
    anchor_ = now;
  } else if (steady >= quiet_ms) {
    // The anchor moves once a day. So small adjustments never add up to a jump, however long the process
    // runs.
    doubt_ = Doubt::none;
    anchor_ = now;
  }
}

std::string_view to_string(TrustedClock::Doubt doubt) {
  switch (doubt) {
    case TrustedClock::Doubt::none:
      return "none";
    case TrustedClock::Doubt::nothing_stored:
      return "no time is known to compare it with";
    case TrustedClock::Doubt::far_from_stored:
      return "it is earlier, or more than an hour later, than the newest message of the upstream server that "
             "is stored";
    case TrustedClock::Doubt::jumped:
      return "it jumped";
    case TrustedClock::Doubt::far_from_platform:
      return "it is more than an hour off the upstream server's";
  }
  return "";
}

}  // namespace papi
