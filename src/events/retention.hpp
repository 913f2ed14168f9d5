#pragma once

#include "events/event_store.hpp"
#include "platform/base/signal.hpp"

namespace papi::events {

/// Deletes what is too old or too much of every session's events, now and again, in small steps that wait in
/// the writer's queue like everybody's. Also finishes deletions that a crash has cut short. Lives on one
/// thread.
class Retainer {
 public:
  Retainer(EventStore& store, Executor executor, const Clock& clock, Retention limits,
           std::chrono::milliseconds interval)
      : store_(store),
        executor_(executor),
        clock_(clock),
        limits_(limits),
        interval_(interval),
        wake_(executor) {}

  /// Until stop().
  Task<void> run();
  void stop();

 private:
  Task<void> look_through();

  EventStore& store_;
  const Executor executor_;
  const Clock& clock_;
  const Retention limits_;
  const std::chrono::milliseconds interval_;
  Signal wake_;
  bool stopping_ = false;
};

}  // namespace papi::events
