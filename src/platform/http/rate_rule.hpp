#pragma once

#include <cstdint>

namespace papi::http {

/// The rate limit rule of a route. The values after these two belong to the product, which also gives all of
/// them their names.
enum class RateRule : std::uint8_t {
  none,      // nothing is counted
  standard,  // of a route that names no other rule
};

/// The result of a rate limit for one request, for the answer's headers.
struct RateVerdict {
  bool allowed = true;
  RateRule rule = RateRule::none;
  std::int64_t limit = 0;
  std::int64_t window_seconds = 0;
  std::int64_t remaining = 0;
  std::int64_t full_in_seconds = 0;  // until the whole limit is available again
  std::int64_t retry_after_seconds = 0;
};

}  // namespace papi::http
