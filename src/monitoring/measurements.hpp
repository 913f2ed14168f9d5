#pragma once

#include <functional>
#include <string>

#include "monitoring/hourly_history.hpp"
#include "monitoring/outside_sums.hpp"
#include "monitoring/request_metrics.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/notifier.hpp"
#include "platform/metrics/machine.hpp"
#include "platform/metrics/window.hpp"

namespace papi::monitoring {

/// Takes a measurement every second, and writes what /monitoring/metrics and /metrics answer. All members run
/// on the executor's thread, which must not wait for anything.
class Measurements {
 public:
  /// Writes the families of other parts, after those of the requests.
  using WriteFamilies = std::function<void(metrics::Exposition&)>;
  struct Dependencies {
    Executor executor;
    RequestMetrics& requests;
    HourlyHistory& history;                // gets every measurement
    std::function<OutsideSums()> outside;  // any thread
    WriteFamilies families;
    std::function<metrics::MachineUse()> machine;
    std::function<metrics::ProcessUse()> process;
    std::function<std::optional<metrics::DiskUse>()> disk;  // of the folder of the database
    const Clock& clock;
  };
  explicit Measurements(Dependencies deps);

  /// Measures until stop().
  Task<void> run();
  void stop();

  /// The last measurements as the guide shows them.
  std::string json(std::chrono::minutes length);
  /// The same of the present day in UTC and of `days` days before it, with the average durations of the
  /// endpoints and the greatest uses.
  std::string json_of_days(std::chrono::days days);
  std::string page(metrics::Format format);
  Executor executor() const { return deps_.executor; }
  const metrics::Window& window() const { return window_; }

 private:
  /// A reading of what is shared with other processes.
  struct Reading {
    metrics::MachineUse use;
    std::chrono::steady_clock::time_point at;
  };
  /// What one answer says of requests and of other parts.
  struct Shown {
    std::chrono::minutes length{0};
    RequestMetrics::View requests;
    metrics::Extremes extremes;
    std::chrono::milliseconds covered{0};
    std::span<const std::uint64_t> outside;
    const HourlyFigures* hours = nullptr;  // of json_of_days()
  };
  std::string text_of(const Shown& shown) const;
  void measure();
  void read_machine();
  double cpu_percent() const;

  const Dependencies deps_;
  metrics::Window window_;
  Reading before_, last_;  // some seconds apart
  std::chrono::steady_clock::time_point process_read_at_;
  Notifier wake_;
  bool stopping_ = false;
};

}  // namespace papi::monitoring
