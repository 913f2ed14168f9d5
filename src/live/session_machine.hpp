#pragma once

#include "live/room_status.hpp"

namespace papi::live {

/// What can change a session's state. A room has the states of its `room_…` events; it is never disconnected.
enum class SessionEvent {
  connect,          // /connect starts it
  resume,           // the program starts and continues it
  start_stopped,    // the program starts and does not continue it (LIVE_RESUME_SESSIONS)
  room_connecting,  // its room reports a status
  room_waiting,
  room_connected,
  room_reconnecting,
  room_ended,
  room_failed,
  connect_limit,  // /connect has waited as long as it may
  disconnect,     // somebody who manages it ends it
  remove,         // it is deleted, or replaced by a session of another room
  shutdown,       // the program stops; the session stays as it is and is resumed
};

/// What follows from an event, in this order.
struct SessionEffects {
  bool leave_room = false;
  bool publish = false;       // write the change to the event log and save the row
  bool end_streaks = false;   // of its gifts, after the time in which it might return
  bool wake_waiters = false;  // /connect calls that wait for the session
  /// Of the published change: how long no data came before they flow again.
  std::optional<std::chrono::milliseconds> gap;
};

/// The state that an event leads to, and the effects.
struct SessionTransition {
  RoomState to;
  SessionEffects effects;
};
/// Returns nullopt if the event is not allowed in the state `from`.
std::optional<SessionTransition> session_transition(RoomState from, SessionEvent event);

/// The state of one session, and what is reported of it: reason, last error, when data last arrived. Nothing
/// else writes the state.
///
/// Pure: the caller passes the time and performs the effects. An event that is not allowed in the present
/// state returns nullopt and changes nothing.
class SessionMachine {
 public:
  using Effects = std::optional<SessionEffects>;

  /// A new session: it is `disconnected`.
  SessionMachine();
  /// A session of the database.
  SessionMachine(RoomStatus status, UnixMs started_at, UnixMs heard_at);

  Effects on_connect(events::RoomId room_id, UnixMs now);
  Effects on_resume(events::RoomId room_id);
  Effects on_start_stopped();
  /// The session's room has this status. If the room waits for its next stream and the session does not want
  /// to (`waits_for_stream`), the session has ended or failed. `heard_at` is when the room last received
  /// data.
  Effects on_room_status(RoomStatus status, bool waits_for_stream, UnixMs heard_at, UnixMs now);
  Effects on_connect_limit(std::string reason);
  Effects on_disconnect(std::string reason, UnixMs heard_at);
  Effects on_remove();
  Effects on_shutdown();

  /// The database did not answer when the session's past was read. It is read again; the state stays.
  void on_database_error(Error error);
  void on_database_works() { status_.error.reset(); }
  /// Says why the session does not continue from its stored position. It becomes the reason of the next
  /// `connected` state.
  void set_note(std::string note) { note_ = std::move(note); }

  const RoomStatus& status() const { return status_; }
  RoomState state() const { return status_.state; }
  bool running() const { return is_running(status_.state); }
  UnixMs started_at() const { return started_at_; }
  const std::string& last_error() const { return last_error_; }
  /// Data have flowed since its last start. A resumed session counts as connected.
  bool was_connected() const { return was_connected_; }

 private:
  Effects begin(SessionEvent event, events::RoomId room_id, std::string reason);
  Effects enter(SessionEvent event, std::string reason);

  RoomStatus status_;
  UnixMs started_at_ = 0;
  UnixMs heard_at_ = 0;  // if no data flow: when data last arrived; 0: never
  std::string last_error_;
  std::string note_;
  bool was_connected_ = false;
};

}  // namespace papi::live
