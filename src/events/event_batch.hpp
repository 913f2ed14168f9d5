#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "events/event_json.hpp"
#include "events/session_access.hpp"

namespace papi::events {

/// Events that were committed together. Immutable; shared between threads.
class EventBatch {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  /// `access`: who may read the session of these events. `received`: when they came from the platform;
  /// nullopt: they did not, or it is not known.
  explicit EventBatch(std::vector<EventPtr> events, SessionAccessPtr access = {},
                      std::optional<TimePoint> received = {})
      : events_(std::move(events)), access_(std::move(access)), received_(received) {}

  const std::vector<EventPtr>& events() const { return events_; }
  const SessionAccessPtr& access() const { return access_; }
  std::optional<TimePoint> received() const { return received_; }
  /// All events as one array in one text frame. The frame is made at the first call and shared afterwards.
  const websocket::SharedFrame& array_frame() const;

 private:
  const std::vector<EventPtr> events_;
  const SessionAccessPtr access_;
  const std::optional<TimePoint> received_;
  mutable std::once_flag once_;
  mutable websocket::SharedFrame array_;
};
using EventBatchPtr = std::shared_ptr<const EventBatch>;

/// `[event,event,…]` as a text frame.
websocket::SharedFrame array_frame_of(const std::vector<EventPtr>& events);

}  // namespace papi::events
