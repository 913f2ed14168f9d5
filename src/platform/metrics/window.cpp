#include "platform/metrics/window.hpp"

#include <algorithm>
#include <stdexcept>

namespace papi::metrics {
namespace {

constexpr unsigned growth_bits = 48;
constexpr std::uint64_t max_growth = (std::uint64_t{1} << growth_bits) - 1;
constexpr UnixMs second_ms = 1'000;
constexpr UnixMs minute_ms = 60'000;

}  // namespace

void Extremes::include(const Extremes& other) {
  least = std::min(least, other.least);
  greatest = std::max(greatest, other.greatest);
}

Window::Window(std::size_t cells, UnixMs now) : began_(now), now_(now), sums_(cells) {
  if (cells > max_cells) throw std::logic_error("a window has too many cells");
  seconds_.open = now / second_ms;
  minutes_.open = now / minute_ms;
  seconds_.sums.resize(cells);
  minutes_.sums.resize(cells);
}

Window::Slice Window::close(const Level& level, std::span<const std::uint64_t> sums) {
  Slice slice;
  slice.number = level.open;
  slice.extremes = level.extremes;
  const auto grown = [&](std::size_t i) { return sums[i] != level.sums[i]; };
  std::size_t count = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) count += grown(i) ? 1 : 0;
  slice.growths.reserve(count);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (!grown(i)) continue;
    const std::uint64_t growth = std::min(sums[i] - level.sums[i], max_growth);
    slice.growths.push_back(static_cast<Growth>(i) << growth_bits | growth);
  }
  return slice;
}

/// Ends the present slice if the time has left it. `kept` is how many slices are kept.
void Window::turn(Level& level, std::int64_t number, std::int64_t kept, std::span<const std::uint64_t> sums) {
  if (number <= level.open) return;
  Slice slice = close(level, sums);
  if (!slice.growths.empty()) level.past.push_back(std::move(slice));
  level.open = number;
  level.extremes = {};
  level.sums.assign(sums.begin(), sums.end());
  const std::int64_t oldest = number - kept;
  while (!level.past.empty() && level.past.front().number < oldest) level.past.pop_front();
}

void Window::advance(UnixMs now, std::span<const std::uint64_t> sums, Extremes extremes) {
  now_ = std::max(now_, now);
  sums_.assign(sums.begin(), sums.end());
  seconds_.extremes.include(extremes);
  minutes_.extremes.include(extremes);
  turn(seconds_, now_ / second_ms, std::chrono::seconds(by_seconds).count(), sums);
  turn(minutes_, now_ / minute_ms, longest.count(), sums);
}

WindowSums Window::sum_up(const Level& level, std::int64_t first) const {
  WindowSums out;
  out.cells.resize(sums_.size());
  for (std::size_t i = 0; i < sums_.size(); ++i) out.cells[i] = sums_[i] - level.sums[i];
  out.extremes = level.extremes;
  const auto begin = std::partition_point(level.past.begin(), level.past.end(),
                                          [first](const Slice& slice) { return slice.number < first; });
  for (auto slice = begin; slice != level.past.end(); ++slice) {
    out.extremes.include(slice->extremes);
    for (const Growth growth : slice->growths) out.cells[growth >> growth_bits] += growth & max_growth;
  }
  return out;
}

WindowSums Window::last(std::chrono::minutes length) const {
  length = std::clamp(length, std::chrono::minutes(1), longest);
  const bool fine = length <= by_seconds;
  const Level& level = fine ? seconds_ : minutes_;
  const std::int64_t slices = fine ? std::chrono::seconds(length).count() : length.count();
  const UnixMs slice_ms = fine ? second_ms : minute_ms;
  const std::int64_t first = level.open - slices;
  WindowSums out = sum_up(level, first);
  out.covered = std::chrono::milliseconds(now_ - std::max(began_, first * slice_ms));
  return out;
}

std::size_t Window::bytes() const {
  std::size_t bytes =
      (sums_.capacity() + seconds_.sums.capacity() + minutes_.sums.capacity()) * sizeof(std::uint64_t);
  for (const Level* level : {&seconds_, &minutes_}) {
    for (const Slice& slice : level->past) bytes += sizeof(Slice) + slice.growths.capacity() * sizeof(Growth);
  }
  return bytes;
}

}  // namespace papi::metrics
