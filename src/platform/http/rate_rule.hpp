#pragma once

#include <chrono>
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
  std::chrono::seconds window{0};
  std::int64_t remaining = 0;
  std::chrono::seconds full_in{0};  // until the whole limit is available again
  std::chrono::seconds retry_after{0};
};

}  // namespace papi::http
