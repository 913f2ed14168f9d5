#pragma once

#include <chrono>
#include <string_view>

#include "platform/metrics/histogram.hpp"

namespace papi::metrics {

/// The bounds for everything that a caller of a database waits for.
Bounds operation_bounds();

/// How long the reads and writes of a database took, from the call to its outcome, and how many failed. Any
/// thread.
class OperationTimes {
 public:
  enum class Operation : std::size_t { read, write };
  static constexpr std::size_t operations = 2;
  static std::string_view name_of(Operation operation);

  OperationTimes();
  void record(Operation operation, std::chrono::nanoseconds took, bool succeeded) noexcept;

  HistogramCounts counts(Operation operation) const;
  std::uint64_t failures(Operation operation) const noexcept;

 private:
  Histograms durations_;
  Cells failures_{operations};
};

/// Measures one operation, from its construction to its destruction. `times` may be nullptr.
class OperationTimer {
 public:
  OperationTimer(OperationTimes* times, OperationTimes::Operation operation)
      : times_(times), operation_(operation), began_(std::chrono::steady_clock::now()) {}
  ~OperationTimer() {
    if (times_) times_->record(operation_, std::chrono::steady_clock::now() - began_, succeeded_);
  }
  OperationTimer(const OperationTimer&) = delete;
  OperationTimer& operator=(const OperationTimer&) = delete;
  /// If it is not called, the operation has failed.
  void set_succeeded(bool succeeded) noexcept { succeeded_ = succeeded; }

 private:
  OperationTimes* const times_;
  const OperationTimes::Operation operation_;
  const std::chrono::steady_clock::time_point began_;
  bool succeeded_ = false;
};

}  // namespace papi::metrics
