#include "platform/metrics/log_linear.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace papi::metrics::log_linear {

std::size_t bucket_of(std::uint64_t value) noexcept {
  value = std::min(value, max_value);
  if (value < per_octave) return static_cast<std::size_t>(value);
  const unsigned octave = static_cast<unsigned>(std::bit_width(value)) - 1 - octave_bits;
  const std::size_t within = static_cast<std::size_t>(value >> octave) - per_octave;
  return per_octave + octave * per_octave + within;
}

Range range_of(std::size_t bucket) noexcept {
  if (bucket < per_octave) return {bucket, bucket};
  const unsigned octave = static_cast<unsigned>((bucket - per_octave) / per_octave);
  const std::uint64_t within = per_octave + (bucket - per_octave) % per_octave;
  return {within << octave, ((within + 1) << octave) - 1};
}

double percentile(std::span<const std::uint64_t> counts, double q) noexcept {
  const std::uint64_t n = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  if (n == 0) return 0;
  const double wanted = std::ceil(q * static_cast<double>(n));
  const std::uint64_t rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, n);
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  for (; bucket + 1 < counts.size(); ++bucket) {
    seen += counts[bucket];
    if (seen >= rank) break;
  }
  const Range range = range_of(bucket);
  return (static_cast<double>(range.low) + static_cast<double>(range.high)) / 2;
}

}  // namespace papi::metrics::log_linear
