#pragma once

#include <memory>
#include <string>

#include "events/event.hpp"
#include "events/picture_keys.hpp"
#include "platform/websocket/socket.hpp"

namespace papi::events {

/// The members that a session adds to an event.
struct Position {
  Offset offset;  // 1, 2, 3, … in the session
  std::string_view epoch;
  std::string_view session_id;
};

/// A decoded event, and the part of its JSON that is the same in all sessions of a room.
struct PreparedEvent {
  Event event;
  std::string common;
};
using PreparedEventPtr = std::shared_ptr<const PreparedEvent>;

/// What goes out for an event of one session: the frame that every WebSocket of the session gets as it is,
/// with the JSON in it for storage, SSE and NDJSON, and beside it what filters and sums need, so that nobody
/// parses the JSON. The event itself, as a value, is `source`. Encoded once per session; immutable; shared
/// between threads. If it was read back from the database, `source`, `comment_frame` and `amount` are not
/// set.
struct EventFrame {
  Offset offset;
  std::uint64_t id = 0;
  UnixMs time = 0;
  EventType type = EventType::unknown;
  UserId user_id;                        // 0: nobody
  std::string username;                  // lower case
  std::int64_t amount = 0;               // what it adds to the person's score: amount_of()
  PreparedEventPtr source;               // empty if the event was read back
  websocket::SharedFrame frame;          // the event object as a text frame
  websocket::SharedFrame comment_frame;  // comments and emotes only: the form of /ws/comments
  std::size_t json_at = 0;               // where the JSON begins in *frame

  std::string_view json() const { return std::string_view(*frame).substr(json_at); }
};
using EventPtr = std::shared_ptr<const EventFrame>;

/// Returns the members that do not depend on the session, without braces. They are encoded once for all
/// sessions of a room. Without `pictures`, no person gets a `picture`.
std::string encode_common(const Event& event, const PictureKeys* pictures = nullptr);

EventPtr encode(PreparedEventPtr prepared, const Position& position);

/// Returns the diamonds of a finished streak, 0 for a gift of a streak that goes on, the taps of a like, the
/// number of viewers, and 1 for every other event.
std::int64_t amount_of(const Event& event);

/// An event as the database has it.
struct StoredEvent {
  Offset offset;
  std::uint64_t id = 0;
  UnixMs time = 0;
  EventType type = EventType::unknown;
  UserId user_id;
  std::string_view username, json;
};
EventPtr restore(const StoredEvent& stored);
/// If the stored event `json` has another epoch, returns it with `epoch`. Otherwise returns an empty text.
std::string with_epoch(std::string_view json, std::string_view epoch);

/// Reads a gift event back from its JSON, to continue its streak. Returns nullopt if `json` is not a gift
/// event.
std::optional<Event> read_gift(std::string_view json);

}  // namespace papi::events
