#pragma once

#include "events/event_store.hpp"
#include "platform/base/notifier.hpp"
#include "platform/base/trusted_clock.hpp"
#include "platform/log/logger.hpp"

namespace papi::events {

/// The retention job: at intervals it deletes the events of every session that exceed the limits of age,
/// number or size. It works in small steps that wait in the writer's queue like other writes. It also
/// finishes deletions that a crash interrupted. While the wall clock has not proved itself, nothing is
/// deleted for its age. Lives on one thread.
class RetentionJob {
 public:
  struct Dependencies {
    EventStore& store;
    Executor executor;
    const Clock& clock;
    TrustedClock& trusted;  // gets the newest stored time from this job
    Logger& log;
  };
  RetentionJob(const Dependencies& deps, Retention limits, std::chrono::milliseconds interval)
      : store_(deps.store),
        executor_(deps.executor),
        clock_(deps.clock),
        trusted_(deps.trusted),
        log_(deps.log),
        limits_(limits),
        interval_(interval),
        wake_(deps.executor) {}

  /// Runs until stop(). Both must be called on the executor's thread.
  Task<void> run();
  void stop();

 private:
  Task<void> sweep();
  Task<void> read_newest_time();
  Retention limits_now();

  EventStore& store_;
  const Executor executor_;
  const Clock& clock_;
  TrustedClock& trusted_;
  Logger& log_;
  const Retention limits_;
  const std::chrono::milliseconds interval_;
  Notifier wake_;
  bool stopping_ = false;
  bool newest_known_ = false;
  bool logged_ = false;  // the application log says that retention by age waits
};

}  // namespace papi::events
