#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "events/event_json.hpp"

namespace papi::events {

/// Events that were committed together. Immutable; shared between threads.
class EventBatch {
 public:
  explicit EventBatch(std::vector<EventPtr> events) : events_(std::move(events)) {}

  const std::vector<EventPtr>& events() const { return events_; }
  /// All of them as one array in one text frame: made when it is first asked for, and shared by all who ask.
  const websocket::SharedFrame& array_frame() const;

 private:
  const std::vector<EventPtr> events_;
  mutable std::once_flag once_;
  mutable websocket::SharedFrame array_;
};
using EventBatchPtr = std::shared_ptr<const EventBatch>;

/// `[event,event,…]` as a text frame.
websocket::SharedFrame array_frame_of(const std::vector<EventPtr>& events);

}  // namespace papi::events
