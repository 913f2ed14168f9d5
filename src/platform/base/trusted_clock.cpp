#include "platform/base/trusted_clock.hpp"

namespace papi {
namespace {

using std::chrono::milliseconds;

milliseconds passed(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration_cast<milliseconds>(to - from);
}

}  // namespace

TrustedClock::TrustedClock(const Clock& clock) : clock_(clock), anchor_(now()) {}

void TrustedClock::heard_stored_time(UnixMs newest) {
  std::lock_guard lock(mutex_);
  compare(now());
  if (doubt_ != Doubt::nothing_stored || newest == 0) return;
  const milliseconds ahead(clock_.now_ms() - newest);
  doubt_ = ahead > max_ahead_of_stored || ahead < -max_jump ? Doubt::far_from_stored : Doubt::none;
}

bool TrustedClock::heard_platform_time(UnixMs platform, bool live) {
  std::lock_guard lock(mutex_);
  const Moment moment = now();
  compare(moment);
  const bool agrees = std::chrono::abs(milliseconds(moment.wall - platform)) <= max_off_platform;
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
  const milliseconds steady = passed(anchor_.steady, now.steady);
  if (std::chrono::abs(milliseconds(now.wall - anchor_.wall) - steady) > max_jump) {
    doubt_ = Doubt::jumped;
    anchor_ = now;
  } else if (steady >= quiet) {
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
