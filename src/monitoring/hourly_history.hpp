#pragma once

#include <chrono>
#include <map>
#include <span>
#include <vector>

#include "monitoring/hourly_figures.hpp"
#include "monitoring/hourly_store.hpp"
#include "monitoring/request_metrics.hpp"
#include "platform/base/notifier.hpp"
#include "platform/base/trusted_clock.hpp"
#include "platform/log/logger.hpp"

namespace papi::monitoring {

/// The figures of each hour of the last 400 days. It stores the present hour once a minute and when it ends.
/// In memory it has one sum for each day in UTC, so an answer asks no database. What several processes count
/// in the same hour is added. All members run on the executor's thread.
class HourlyHistory {
 public:
  static constexpr std::chrono::days kept{400};
  static constexpr std::chrono::minutes save_every{1};

  struct Dependencies {
    Executor executor;
    const RequestMetrics& requests;
    HourlyStore& store;
    TrustedClock& trusted_clock;  // nothing is deleted while the clock is not trusted
    Logger& log;
    const Clock& clock;
  };
  explicit HourlyHistory(const Dependencies& deps);

  /// Takes a measurement: the sums since the start, as RequestMetrics::sums() with the OutsideSums behind
  /// them, and the extremes since the last call. Call it about once a second.
  void advance(std::span<const std::uint64_t> sums, metrics::Extremes extremes);
  /// Takes a reading of the use of the machine and of the process.
  void note_use(std::uint64_t memory_bytes, std::uint64_t process_memory_bytes, double cpu_percent);

  /// Reads what is stored, and stores and deletes until stop(). Before it ends it stores the present hour.
  Task<void> run();
  void stop();
  /// Reads what is stored. Until it has succeeded, save() does nothing. Part of run().
  Task<Result<void>> load();
  /// Stores what is not stored yet. Part of run().
  Task<void> save();
  /// Deletes what is too old. Part of run().
  Task<void> erase_old();

  /// Returns the sum of the last `days` days in UTC and of the present one.
  HourlyFigures last(std::chrono::days days) const;

 private:
  /// What this process has counted in the present hour.
  HourlyFigures counted() const;
  void begin_hour(UnixMs hour, UnixMs now);

  const Dependencies deps_;
  UnixMs hour_ = 0;                          // when the present hour began
  UnixMs since_ = 0;                         // when this process began to count in it
  UnixMs now_ = 0;                           // of the last measurement
  std::vector<std::uint64_t> sums_;          // of the last measurement
  std::vector<std::uint64_t> begin_;         // sums_ at the beginning of the hour
  std::vector<std::uint64_t> begin_us_;      // RequestMetrics::endpoint_us() then
  HourlyFigures present_;                    // extremes and greatest uses of the hour
  HourlyFigures earlier_;                    // of the present hour, by earlier processes
  std::map<UnixMs, HourlyFigures> unsaved_;  // hours that are over
  std::map<UnixMs, HourlyFigures> later_;    // stored hours after the present one: the clock was set back
  std::map<UnixMs, HourlyFigures> days_;     // of hours that are over, by the day in which they are
  bool loaded_ = false;
  bool stopping_ = false;
  Notifier wake_;
};

}  // namespace papi::monitoring
