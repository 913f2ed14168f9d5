#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "events/event_json.hpp"
#include "events/session_access.hpp"

namespace papi::events {

/// Events that were committed together. Immutable; shared between threads.
class EventBatch {
 public:
  /// `access`: who may read the session of these events.
  explicit EventBatch(std::vector<EventPtr> events, SessionAccessPtr access = {})
      : events_(std::move(events)), access_(std::move(access)) {}

  const std::vector<EventPtr>& events() const { return events_; }
  const SessionAccessPtr& access() const { return access_; }
  /// All events as one array in one text frame. The frame is made at the first call and shared afterwards.
  const websocket::SharedFrame& array_frame() const;

 private:
  const std::vector<EventPtr> events_;
  const SessionAccessPtr access_;
  mutable std::once_flag once_;
  mutable websocket::SharedFrame array_;
};
using EventBatchPtr = std::shared_ptr<const EventBatch>;

/// `[event,event,…]` as a text frame.
websocket::SharedFrame array_frame_of(const std::vector<EventPtr>& events);

}  // namespace papi::events
