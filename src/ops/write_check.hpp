#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/base/notifier.hpp"

namespace papi::ops {

/// Commits a row with that time in a table of its own, on the way that all other writes take. `executor` is
/// the caller's. Fails with UNAVAILABLE only if too many writes are waiting; the reason of another failure is
/// in the application log.
using WriteProbe = std::function<Task<Result<void>>(Executor executor, UnixMs now)>;

/// What may be wrong, in words of the storage engine. It is shown to anybody, so it names no host, user or
/// path.
struct WriteFaultReasons {
  std::function<std::string()> late;  // why a write is not committed now. Called on the check's thread.
  std::string failed;                 // why the engine refuses a write
};

/// Finds out whether the database takes writes. This notices a full disk, a read-only file, a server that is
/// away and a lock of another program, which a read would not notice. The row is written only if somebody
/// asks, and the outcome is reused for a while.
///
/// All members run on the executor's thread, which must not wait for the database. What the probe uses must
/// outlive it.
class WriteCheck {
 public:
  struct Options {
    std::chrono::milliseconds keep{3'000};    // an outcome is reused for this long
    std::chrono::milliseconds max_wait{500};  // how long a caller waits for a new outcome
    std::chrono::milliseconds late{2'000};    // a write that takes longer than this is a fault
  };

  WriteCheck(Executor executor, WriteProbe probe, WriteFaultReasons reasons, const Clock& clock,
             Options options);

  /// Returns nullopt if writes are committed, else the reason. The reason may be shown to anybody.
  Task<std::optional<std::string>> fault();
  Executor executor() const { return executor_; }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  Task<void> write();

  const Executor executor_;
  const WriteProbe probe_;
  const WriteFaultReasons reasons_;
  const Clock& clock_;
  const Options options_;
  bool writing_ = false;
  TimePoint began_{};
  std::optional<TimePoint> ended_;
  std::optional<std::string> fault_;  // of the last write that has ended
  std::vector<std::shared_ptr<SteadyTimer>> waiting_;
};

}  // namespace papi::ops
