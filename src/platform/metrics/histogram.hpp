#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "platform/metrics/cells.hpp"

namespace papi::metrics {

/// The upper bounds of the buckets in which durations are counted. Each is in the bucket, as in Prometheus.
/// Static storage, ascending.
using Bounds = std::span<const std::chrono::microseconds>;

/// The counts of one histogram at one moment.
struct HistogramCounts {
  Bounds bounds;
  std::vector<std::uint64_t> buckets;  // not added up; the last is for what is above every bound
  std::chrono::microseconds sum{0};

  std::uint64_t count() const noexcept;
};

/// Several histograms of durations with the same bounds, such as one for each route. Any thread.
class Histograms {
 public:
  Histograms(Bounds bounds, std::size_t rows) : bounds_(bounds), cells_(rows * width()), rows_(rows) {}

  void record(std::size_t row, std::chrono::nanoseconds duration) noexcept;
  HistogramCounts counts(std::size_t row) const;
  std::size_t rows() const noexcept { return rows_; }
  std::size_t bytes() const noexcept { return cells_.bytes(); }

 private:
  std::size_t width() const noexcept { return bounds_.size() + 2; }  // and what is above, and the sum

  const Bounds bounds_;
  Cells cells_;
  const std::size_t rows_;
};

/// One histogram of durations. Any thread.
class Histogram {
 public:
  explicit Histogram(Bounds bounds) : rows_(bounds, 1) {}
  void record(std::chrono::nanoseconds duration) noexcept { rows_.record(0, duration); }
  HistogramCounts counts() const { return rows_.counts(0); }

 private:
  Histograms rows_;
};

}  // namespace papi::metrics
