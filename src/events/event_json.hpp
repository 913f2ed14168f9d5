#pragma once

#include <memory>
#include <string>

#include "events/event.hpp"
#include "events/picture_keys.hpp"
#include "platform/websocket/socket.hpp"

namespace papi::events {

/// What a session adds to an event.
struct Position {
  std::uint64_t offset = 0;  // 1, 2, 3, … in its session
  std::string_view epoch;
  std::string_view session_id;
};

/// A decoded event and its encoding without the session's part, shared by all sessions of a room.
struct PreparedEvent {
  Event event;
  std::string common;
};
using PreparedEventPtr = std::shared_ptr<const PreparedEvent>;

/// An event encoded once, for storage and for every subscriber. Immutable; shared between threads.
struct EncodedEvent {
  std::uint64_t offset = 0;
  std::uint64_t id = 0;
  UnixMs time = 0;
  EventType type = EventType::unknown;
  std::uint64_t user_id = 0;             // 0: nobody
  std::string username;                  // lower case
  std::int64_t amount = 0;               // what it adds to its person's score: see amount_of()
  PreparedEventPtr source;               // empty where the event was read back
  websocket::SharedFrame frame;          // the event object as a text frame
  websocket::SharedFrame comment_frame;  // comments and emotes only: the shape of /ws/comments
  std::size_t json_at = 0;               // where the JSON begins in *frame

  std::string_view json() const { return std::string_view(*frame).substr(json_at); }
};
using EventPtr = std::shared_ptr<const EncodedEvent>;

/// The members that do not depend on the session, without braces: encoded once for all sessions of a room.
/// Without `pictures` no user has a `picture`.
std::string encode_common(const Event& event, const PictureKeys* pictures = nullptr);

EventPtr encode(PreparedEventPtr prepared, const Position& position);

/// Diamonds of a finished streak, taps of a like, viewers of a count, 1 of everything else; 0 of a gift that
/// goes on.
std::int64_t amount_of(const Event& event);

/// From what was stored.
struct StoredEvent {
  std::uint64_t offset = 0;
  std::uint64_t id = 0;
  UnixMs time = 0;
  EventType type = EventType::unknown;
  std::uint64_t user_id = 0;
  std::string_view username, json;
};
EventPtr restore(const StoredEvent& stored);

/// A gift event out of its JSON, for those who have to go on with a streak. Nothing: it is not one.
std::optional<Event> read_gift(std::string_view json);

}  // namespace papi::events
