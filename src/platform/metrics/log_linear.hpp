#pragma once

// A log-linear histogram, as in HdrHistogram: each power of two is divided into the same number of buckets,
// so every value is known with the same relative error. Histograms are merged by adding their counts. The
// counts are a plain array; these functions say what its elements mean. Pure.

#include <cstddef>
#include <cstdint>
#include <span>

namespace papi::metrics::log_linear {

/// Buckets of each power of two. The middle of a bucket is at most 1/64 from any value in it: 1.6 %.
inline constexpr std::size_t per_octave = 32;
inline constexpr unsigned octave_bits = 5;
static_assert(per_octave == std::size_t{1} << octave_bits);
/// Values from here on are counted as this one. In microseconds it is 71 minutes.
inline constexpr std::uint64_t max_value = (std::uint64_t{1} << 32) - 1;
/// Values below 32 have a bucket each, the other 27 octaves 32 each.
inline constexpr std::size_t buckets = per_octave + (32 - octave_bits) * per_octave;

/// Returns the bucket that counts `value`.
std::size_t bucket_of(std::uint64_t value) noexcept;

/// The values of a bucket: `low` and all up to `high`.
struct Range {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};
Range range_of(std::size_t bucket) noexcept;

/// Returns the value below or at which the share `q` (from 0 to 1) of all values is, by nearest rank:
/// the ⌈q·n⌉-th smallest of n. Returns 0 if there are none. `counts` has an element for each bucket.
double percentile(std::span<const std::uint64_t> counts, double q) noexcept;

}  // namespace papi::metrics::log_linear
