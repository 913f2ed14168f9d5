#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "events/event_json.hpp"

namespace papi::events {

/// Events that were committed together. Immutable; shared between threads.
class EventBatch {
 public:
  /// `owner`: whose session they are of.
  explicit EventBatch(std::vector<EventPtr> events, std::string owner = {})
      : events_(std::move(events)), owner_(std::move(owner)) {}

  const std::vector<EventPtr>& events() const { return events_; }
  const std::string& owner() const { return owner_; }
  /// All of them as one array in one text frame: made when it is first asked for, and shared by all who ask.
  const websocket::SharedFrame& array_frame() const;

 private:
  const std::vector<EventPtr> events_;
  const std::string owner_;
  mutable std::once_flag once_;
  mutable websocket::SharedFrame array_;
};
using EventBatchPtr = std::shared_ptr<const EventBatch>;

/// `[event,event,…]` as a text frame.
websocket::SharedFrame array_frame_of(const std::vector<EventPtr>& events);

}  // namespace papi::events
