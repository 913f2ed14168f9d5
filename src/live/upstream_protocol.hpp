#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "events/ids.hpp"
#include "live/moment.hpp"
#include "live/reconnect_policy.hpp"

namespace papi::live {

/// What the protocol needs to know of a fetch result. The messages stay with the caller.
struct ResultSummary {
  std::string cursor;         // empty: none
  std::string internal_ext;   // the text of its acknowledgement
  bool has_messages = false;  // at least one
  bool need_ack = false;
  std::chrono::milliseconds heartbeat{0};  // the interval that the server asks for; 0: none
};

/// A WebSocket message of the server, sorted by what it is.
struct ServerFrame {
  enum class Kind {
    unreadable,         // not a push frame
    other,              // the answer to a heartbeat, an empty result, or a type that is not known
    unreadable_result,  // a result whose payload cannot be read
    result,             // `msg`
    backlog,            // `im_enter_room_resp`: the rest of the backlog
    close,              // the server wants the client to leave
  };
  Kind kind = Kind::unreadable;
  std::uint64_t log_id = 0;  // the acknowledgement repeats it
  ResultSummary result;      // of `result` and `backlog`
};

/// Selects the open gift streaks that end now.
struct StreakEnd {
  using TimePoint = std::chrono::steady_clock::time_point;
  std::chrono::milliseconds idle{0};  // streaks without a message for this long before `heard`
  TimePoint heard = TimePoint::max();
  UnixMs now = 0;             // the time of the end events; the caller sets it
  bool leaving_only = false;  // only in sessions that do not wait for the next stream
};

// What the caller does next.
struct SendEnterRoom {
  events::RoomId room_id;
  std::string cursor;
};
struct SendHeartbeat {
  events::RoomId room_id;
  std::uint64_t number = 0;
};
struct SendAcknowledgement {
  std::uint64_t log_id = 0;
  std::string internal_ext;
};
/// Store the result with this cursor, then call on_stored() or on_not_stored().
struct StoreResult {
  std::string cursor;
  bool history = false;  // the messages are older than the first follow of the room
  bool live = false;     // the messages are current, not missed data
};
/// Data flow for the first time on this connection.
struct ReportConnected {
  std::string note;  // why the room did not continue from its cursor; empty: it did
};
/// Nothing was received for `time`. Open streaks wait that much longer.
struct DelayStreaks {
  std::chrono::steady_clock::duration time{0};
};
struct EndStreaks {
  StreakEnd which;
};
/// Close the socket. Its reader then reports on_peer_closed().
struct CloseSocket {};
struct EndAttempt {
  Attempt attempt;
};
using UpstreamAction = std::variant<SendEnterRoom, SendHeartbeat, SendAcknowledgement, StoreResult,
                                    ReportConnected, DelayStreaks, EndStreaks, CloseSocket, EndAttempt>;
using UpstreamActions = std::vector<UpstreamAction>;

/// Decides what the conversation with TikTok about one room does next (docs/webcast-protocol.md §3.3 to
/// §3.5). It outlives the single connections. ReconnectPolicy decides what follows an attempt.
///
/// Pure: it has no clock, no socket and no database. The caller reports what happens, and performs the
/// returned actions in their order. One result at a time: between StoreResult and on_stored() or
/// on_not_stored() the caller passes no further frame. on_time() and on_stop() may be called meanwhile.
class UpstreamProtocol {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Timing {
    std::chrono::milliseconds silence{60'000};      // no data for this long: the connection counts as dead
    std::chrono::milliseconds heartbeat{10'000};    // the server may ask for a shorter interval
    std::chrono::milliseconds streak_idle{30'000};  // a streak without a message for this long has ended
    // The same while nothing is received from the room. Missed messages may still come.
    std::chrono::milliseconds streak_idle_offline{600'000};
  };

  UpstreamProtocol(const Timing& timing, TimePoint now);

  /// Continues from a stored position. Call it before the first attempt. Set `resumed` if the room was
  /// followed when the program ended.
  void start_from(events::RoomId room_id, std::string cursor, UnixMs heard_at, bool resumed);

  /// An attempt begins: the look-up found the host's room. Another room id than before is a new stream; the
  /// cursor of the old one does not apply to it (docs/webcast-protocol.md §3.5).
  UpstreamActions on_room_found(events::RoomId room_id);
  /// The fetch result that came before the socket. The socket's URL acknowledges it.
  UpstreamActions on_first_result(const ResultSummary& result);
  UpstreamActions on_socket_opened(TimePoint now);
  UpstreamActions on_frame(const ServerFrame& frame, Moment now);
  /// The result of the last StoreResult is committed. Set `stream_ended` if it holds the end of the stream.
  UpstreamActions on_stored(bool stream_ended, TimePoint now);
  UpstreamActions on_not_stored(Error error);
  /// Call it at next_time(), and as often as wanted.
  UpstreamActions on_time(TimePoint now);
  /// Returns when on_time() has something to do, or nullopt if it has nothing to do on this connection.
  std::optional<TimePoint> next_time() const;
  /// The socket was lost, or it was closed here.
  UpstreamActions on_peer_closed(Error error, TimePoint now);
  /// The caller waits before the next attempt.
  UpstreamActions on_pause(RoomState state, TimePoint now) const;
  /// There will be no further attempt, because the room has ended or failed.
  UpstreamActions on_over(RoomState state) const;
  /// The session or the program leaves the room.
  UpstreamActions on_stop();

  bool stopped() const { return stopped_; }
  /// Data have flowed on this or an earlier connection, also of an earlier run of the program.
  bool was_connected() const { return was_connected_; }
  /// The cursor after the last stored result.
  const std::string& cursor() const { return cursor_; }
  /// The stream of the last attempt, or the one that the cursor belongs to; 0: none.
  events::RoomId room_id() const { return room_id_; }
  /// When data last arrived; 0: never.
  UnixMs heard_at() const { return heard_at_; }

 private:
  /// The state of one connection.
  struct Connection {
    bool open = false;     // the socket is open, and nobody wants to close it
    bool heard = false;    // a frame has arrived
    bool flowing = false;  // data have arrived
    TimePoint first_data;
    TimePoint last_data;
    TimePoint heard_since;  // first frame
    TimePoint next_heartbeat;
    TimePoint next_streak_check;
    std::uint64_t heartbeats = 0;
  };
  /// The result that is being stored.
  struct Pending {
    std::string cursor;
    std::optional<SendAcknowledgement> acknowledgement;
  };

  void note_heard(bool data, TimePoint now, UpstreamActions& actions);
  void take_result(const ServerFrame& frame, Moment now, UpstreamActions& actions);
  void adopt_heartbeat(const ResultSummary& result);
  StoreResult store(const ResultSummary& result);
  EndAttempt end(Attempt::End how, Error error = {});
  /// How an attempt ends that was not ended by the stream.
  Attempt::End lost() const;

  Timing timing_;
  Connection conn_;
  Pending pending_;
  std::string cursor_;
  events::RoomId room_id_;
  UnixMs heard_at_ = 0;
  std::string note_;                     // of the next ReportConnected
  std::chrono::milliseconds heartbeat_;  // the interval in use
  TimePoint last_heard_;                 // last frame of this or an earlier connection
  bool began_without_cursor_ = false;    // so the backlog of this attempt is history
  bool was_connected_ = false;
  bool stopped_ = false;
};

}  // namespace papi::live
