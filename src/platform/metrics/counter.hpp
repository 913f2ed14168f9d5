#pragma once

#include "platform/metrics/cells.hpp"

namespace papi::metrics {

/// A number that only grows. Any thread.
class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept { cells_.add(0, n); }
  std::uint64_t value() const noexcept { return cells_.sum(0); }

 private:
  Cells cells_{1};
};

/// A number that grows and shrinks, such as how many there are. Any thread.
class Gauge {
 public:
  void add(std::int64_t n) noexcept { cells_.add(0, static_cast<std::uint64_t>(n)); }
  std::int64_t value() const noexcept { return static_cast<std::int64_t>(cells_.sum(0)); }

 private:
  Cells cells_{1};
};

}  // namespace papi::metrics
