#include "platform/metrics/histogram.hpp"

#include <algorithm>
#include <numeric>

namespace papi::metrics {

std::uint64_t HistogramCounts::count() const noexcept {
  return std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0});
}

void Histograms::record(std::size_t row, std::chrono::nanoseconds duration) noexcept {
  if (duration.count() < 0) duration = {};
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), duration);
  const std::size_t first = row * width();
  cells_.add(first + static_cast<std::size_t>(bound - bounds_.begin()));
  cells_.add(first + bounds_.size() + 1, static_cast<std::uint64_t>(duration.count()));
}

HistogramCounts Histograms::counts(std::size_t row) const {
  HistogramCounts out;
  out.bounds = bounds_;
  const std::size_t first = row * width();
  for (std::size_t i = 0; i <= bounds_.size(); ++i) out.buckets.push_back(cells_.sum(first + i));
  out.sum = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::nanoseconds(static_cast<std::int64_t>(cells_.sum(first + bounds_.size() + 1))));
  return out;
}

}  // namespace papi::metrics
