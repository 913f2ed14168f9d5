#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "platform/base/clock.hpp"

namespace papi::metrics {

/// The least and the greatest value of some time. `least` is above `greatest` if there were none.
struct Extremes {
  std::uint64_t least = ~std::uint64_t{0};
  std::uint64_t greatest = 0;

  bool empty() const { return least > greatest; }
  void include(const Extremes& other);
};

/// What was counted in a window.
struct WindowSums {
  std::vector<std::uint64_t> cells;
  Extremes extremes;
  std::chrono::milliseconds covered{0};  // how much of the window this process has run
};

/// The past of a set of sums that only grow: what was added in the last minutes. The last hour is kept by
/// seconds, the last day by minutes. Seconds and minutes in which a cell did not grow cost nothing for it.
///
/// Pure: it gets the sums and the time, and starts no timer. The time between two calls of advance() belongs
/// to the second of the first, so call it soon after the beginning of each second. Not synchronised.
class Window {
 public:
  static constexpr std::chrono::minutes by_seconds{60};    // windows up to this have edges of 1 s
  static constexpr std::chrono::minutes longest{24 * 60};  // longer ones have edges of 1 min
  static constexpr std::size_t max_cells = 1u << 16;

  /// `cells`: at most max_cells. The window begins with sums of 0.
  Window(std::size_t cells, UnixMs now);

  /// `sums` is the present value of each cell. `extremes` covers the time since the last call. If the clock
  /// was set back, the present second goes on until the time is there again.
  void advance(UnixMs now, std::span<const std::uint64_t> sums, Extremes extremes);
  /// Returns what was added in the last `length`, up to the last advance(). The window ends there, and begins
  /// at an edge: with a second if `length` is at most by_seconds, else with a minute.
  WindowSums last(std::chrono::minutes length) const;

  /// Returns the memory that the past takes.
  std::size_t bytes() const;
  /// Returns the most memory that a window of `cells` can take, if all of them grow in every second.
  static constexpr std::size_t max_bytes(std::size_t cells) {
    constexpr auto slices = std::chrono::seconds(by_seconds).count() + longest.count() + 2;
    return static_cast<std::size_t>(slices) * (sizeof(Slice) + cells * sizeof(Growth)) +
           3 * cells * sizeof(std::uint64_t);
  }

 private:
  /// By how much one cell grew: the cell in the upper 16 bits, the growth in the lower 48.
  using Growth = std::uint64_t;
  /// A second or a minute in which something grew.
  struct Slice {
    std::int64_t number = 0;  // of the second or minute since the epoch
    std::vector<Growth> growths;
    Extremes extremes;
  };
  /// Slices of one length, and the one that is not over yet.
  struct Level {
    std::int64_t open = 0;            // the number of the present slice
    std::vector<std::uint64_t> sums;  // at the beginning of the present slice
    Extremes extremes;                // of the present slice
    std::deque<Slice> past;
  };
  static Slice close(const Level& level, std::span<const std::uint64_t> sums);
  void turn(Level& level, std::int64_t number, std::int64_t kept, std::span<const std::uint64_t> sums);
  WindowSums sum_up(const Level& level, std::int64_t first) const;

  const UnixMs began_;
  UnixMs now_;
  std::vector<std::uint64_t> sums_;  // at the last advance()
  Level seconds_;
  Level minutes_;
};

}  // namespace papi::metrics
