#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/signal.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::ops {

/// Knows whether the database takes writes, by letting the writer commit a row of its own table. A full disk,
/// a read-only file and a lock of another program are noticed, which a read would not. The row is written
/// only if somebody asks, and the outcome answers everybody for a while.
/// All members run on the executor's thread, which must not wait for the database. The writer outlives it.
class WriteCheck {
 public:
  struct Options {
    std::chrono::milliseconds keep{3'000};    // an outcome answers for so long
    std::chrono::milliseconds patience{500};  // nobody waits longer for a fresh one
    std::chrono::milliseconds late{2'000};    // a write that takes longer than this is a fault
  };

  WriteCheck(Executor executor, sqlite::Writer& writer, const Clock& clock, Options options);

  /// Makes the table.
  static Result<void> prepare(sqlite::Database& database);

  /// Returns nullopt if writes are committed, else the reason, which anybody may read.
  Task<std::optional<std::string>> fault();
  Executor executor() const { return executor_; }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  Task<void> write();

  const Executor executor_;
  sqlite::Writer& writer_;
  const Clock& clock_;
  const Options options_;
  bool writing_ = false;
  TimePoint began_{};
  std::optional<TimePoint> ended_;
  std::optional<std::string> fault_;  // of the last write that has ended
  std::vector<std::shared_ptr<SteadyTimer>> waiting_;
};

}  // namespace papi::ops
