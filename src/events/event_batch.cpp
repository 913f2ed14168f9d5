#include "events/event_batch.hpp"

namespace papi::events {

websocket::SharedFrame array_frame_of(const std::vector<EventPtr>& events) {
  std::size_t size = events.size() + 1;
  for (const EventPtr& event : events) size += event->json().size();
  std::string array;
  array.reserve(size);
  for (const EventPtr& event : events) {
    array += array.empty() ? '[' : ',';
    array += event->json();
  }
  return websocket::text_frame(array + "]");
}

const websocket::SharedFrame& EventBatch::array_frame() const {
  std::call_once(once_, [this] { array_ = array_frame_of(events_); });
  return array_;
}

}  // namespace papi::events
