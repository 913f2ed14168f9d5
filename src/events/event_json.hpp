#pragma once

#include <memory>
#include <string>

#include "events/event.hpp"
#include "platform/websocket/socket.hpp"

namespace papi::events {

/// What a session adds to an event.
struct Position {
  std::uint64_t offset = 0;  // 1, 2, 3, … in its session
  std::string_view epoch;
  std::string_view session_id;
};

/// An event encoded once, for storage and for every subscriber. Immutable; shared between threads.
struct EncodedEvent {
  std::uint64_t offset = 0;
  std::uint64_t id = 0;
  UnixMs time = 0;
  EventType type = EventType::unknown;
  websocket::SharedFrame frame;          // the event object as a text frame
  websocket::SharedFrame comment_frame;  // comments only: the shape of /ws/comments
  std::size_t json_at = 0;               // where the JSON begins in *frame

  std::string_view json() const { return std::string_view(*frame).substr(json_at); }
};
using EventPtr = std::shared_ptr<const EncodedEvent>;

/// The members that do not depend on the session, without braces: encoded once for all sessions of a room.
std::string encode_common(const Event& event);

EventPtr encode(const Event& event, std::string_view common, const Position& position);

}  // namespace papi::events
