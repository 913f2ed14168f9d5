#pragma once

#include "events/event_store.hpp"
#include "platform/base/signal.hpp"
#include "platform/base/trusted_clock.hpp"
#include "platform/log/logger.hpp"

namespace papi::events {

/// Deletes what is too old or too much of every session's events, now and again, in small steps that wait in
/// the writer's queue like everybody's. Also finishes deletions that a crash has cut short. While the wall
/// clock is unproved nothing is deleted for its age. Lives on one thread.
class Retainer {
 public:
  struct Parts {
    EventStore& store;
    Executor executor;
    const Clock& clock;
    TrustedClock& trusted;  // learns the newest stored time from here
    Logger& log;
  };
  Retainer(const Parts& parts, Retention limits, std::chrono::milliseconds interval)
      : store_(parts.store),
        executor_(parts.executor),
        clock_(parts.clock),
        trusted_(parts.trusted),
        log_(parts.log),
        limits_(limits),
        interval_(interval),
        wake_(parts.executor) {}

  /// Until stop().
  Task<void> run();
  void stop();

 private:
  Task<void> look_through();
  Task<void> look_for_newest();
  Retention limits_now();

  EventStore& store_;
  const Executor executor_;
  const Clock& clock_;
  TrustedClock& trusted_;
  Logger& log_;
  const Retention limits_;
  const std::chrono::milliseconds interval_;
  Signal wake_;
  bool stopping_ = false;
  bool newest_known_ = false;
  bool told_ = false;  // that retention by age waits
};

}  // namespace papi::events
