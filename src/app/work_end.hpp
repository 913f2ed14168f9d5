#pragma once

#include <chrono>
#include <future>

#include "platform/log/logger.hpp"

namespace papi::app {

/// How long a short job gets to end when the service stops.
inline constexpr std::chrono::seconds short_wait{1};

/// Waits until `work` has ended, at most until `deadline` and at least for `short_wait`. Returns false, and
/// logs `late`, if it goes on.
inline bool ended_in_time(const std::future<void>& work, std::chrono::steady_clock::time_point deadline,
                          const char* late, Logger& log) {
  const auto soon = std::chrono::steady_clock::now() + short_wait;
  if (work.wait_until(std::max(deadline, soon)) == std::future_status::ready) return true;
  log.warning(late);
  return false;
}

/// The same for a job that gets `short_wait`.
inline bool ended_soon(const std::future<void>& work, const char* late, Logger& log) {
  return ended_in_time(work, std::chrono::steady_clock::time_point(), late, log);
}

}  // namespace papi::app
