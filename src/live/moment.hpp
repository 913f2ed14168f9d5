#pragma once

#include "platform/base/clock.hpp"

namespace papi::live {

/// The same moment on both clocks. The steady clock measures pauses, the wall clock dates what is stored.
struct Moment {
  UnixMs unix_ms = 0;
  std::chrono::steady_clock::time_point steady;
};

}  // namespace papi::live
