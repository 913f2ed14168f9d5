#pragma once

// Events and sessions for tests. Shared by the tests of all stores.

#include "events/event_store.hpp"

namespace papi::events::testing_log {

inline constexpr UnixMs event_time = 1'700'000'000'123;

inline std::vector<PreparedEventPtr> comments(std::uint64_t first_id, int count) {
  std::vector<PreparedEventPtr> out;
  for (int i = 0; i < count; ++i) {
    auto made = std::make_shared<PreparedEvent>();
    PreparedEvent& prepared = *made;
    prepared.event.id = first_id + static_cast<std::uint64_t>(i);
    prepared.event.time = event_time;
    prepared.event.room_id = RoomId(7'300'000'000'000'000'001);
    prepared.event.user.emplace();
    prepared.event.user->id = UserId(6'800'000'000'000'000'001);
    prepared.event.user->username = "ann.1";
    prepared.event.body = Comment{"hello", "en", {}, {}, {}};
    prepared.common = encode_common(prepared.event);
    out.push_back(std::move(made));
  }
  return out;
}

inline StoredSession session() {
  StoredSession s;
  s.key = SessionKey(1);
  s.id = "quiz";
  s.epoch = "e1";
  s.username = "ann";
  return s;
}

/// An event as append() takes it, of a session with the epoch e1.
inline EventPtr numbered(std::uint64_t offset, Event event) {
  auto prepared = std::make_shared<PreparedEvent>();
  prepared->common = encode_common(event);
  prepared->event = std::move(event);
  return encode(std::move(prepared), {Offset(offset), "e1", "quiz"});
}

/// An event of ann.1.
inline Event event_of(std::uint64_t id, EventBody body, UnixMs time = event_time) {
  Event event = comments(id, 1).front()->event;
  event.body = std::move(body);
  event.time = time;
  return event;
}

/// `count` comments of ann.1 with these offsets and, by default, with the same ids.
inline std::vector<EventPtr> numbered_comments(std::uint64_t first_offset, int count,
                                               std::uint64_t first_id = 0) {
  std::vector<EventPtr> events;
  const std::uint64_t id = first_id == 0 ? first_offset : first_id;
  for (const PreparedEventPtr& prepared : comments(id, count)) {
    const Position position{Offset(first_offset + events.size()), "e1", "quiz"};
    events.push_back(encode(prepared, position));
  }
  return events;
}

inline StoredBatch batch_of(SessionKey session_key, std::vector<EventPtr> events) {
  StoredBatch batch;
  batch.session_key = session_key;
  batch.events = std::move(events);
  return batch;
}

}  // namespace papi::events::testing_log
