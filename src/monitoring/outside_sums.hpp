#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace papi::monitoring {

/// What other parts count, and /monitoring/metrics shows for a window.
enum class OutsideSum : std::size_t {
  cache_hits,
  cache_misses,
  database_operations,
  database_failures,
  database_us,              // of all operations together
  authenticated,            // requests with valid credentials
  authentication_failures,  // refused credentials
  rate_limit_violations,
};
inline constexpr std::size_t outside_sum_count = 8;

/// The sums since the start, by OutsideSum.
using OutsideSums = std::array<std::uint64_t, outside_sum_count>;

}  // namespace papi::monitoring
