#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "events/event_filter.hpp"
#include "events/session_totals.hpp"
#include "platform/base/task.hpp"

namespace papi::events {

/// A session as it is stored.
struct StoredSession {
  SessionKey key;  // the store gives it; no two sessions ever have the same one
  std::string id;
  std::string epoch;
  std::string username;
  std::string room_id;  // text, as it is stored: digits, or empty or "0" if it is unknown
  std::string state;
  std::string reason;
  bool wait_until_live = false;
  UnixMs created_at = 0;
  UnixMs started_at = 0;
  std::string owner;       // id of the user who made it
  std::string started_by;  // the key, or the user, that connected it last
  // Read only: append() changes them.
  std::string cursor;     // upstream cursor after the session's last event
  UnixMs heard_at = 0;    // when TikTok was last heard from
  bool first_log = true;  // no other event log of this session id has ended
  Offset last_offset;
};

/// How many of its newest events a session still knows by id after a restart.
inline constexpr std::size_t remembered_events = 20'000;
/// How many events one step of a deletion takes at most.
inline constexpr std::int64_t events_per_trim = 500;

/// How far a room was read from TikTok. It belongs to the room, not to a session, and is saved with the
/// events that it covers. It is independent of session offsets.
struct UpstreamPosition {
  std::string room;        // key of the room: see live::RoomReference::key()
  std::string room_id;     // text, as StoredSession::room_id
  std::string cursor;      // empty: unknown; the stored cursor stays
  std::int64_t likes = 0;  // like total of the room
  UnixMs heard_at = 0;
  UnixMs platform_time = 0;  // newest time of a TikTok message, if the wall clock agreed with it; 0: none
};

/// A gift streak of one session that is open or has ended.
struct StreakChange {
  std::string streak_id;
  std::string body;  // newest gift event of the streak as JSON; empty: the streak has ended
};

/// A session of which the store still has rows.
struct KnownSession {
  SessionKey key;
  bool deleted = false;  // its deletion is not finished
};

/// Events of one session that are to be stored. The first offset must be the session's next one.
struct StoredBatch {
  SessionKey session_key;
  std::vector<EventPtr> events;
  std::vector<StreakChange> streaks;
  SessionTotals totals;  // what the events add to the sums of the session
};

/// What create_session() has stored.
struct CreatedSession {
  SessionKey key;
  bool first_log = true;  // see StoredSession
};

struct AppendResult {
  /// False if a batch did not begin at its session's next offset. Then nothing was stored.
  bool stored = true;
  std::vector<Offset> last_offsets;  // of each batch's session, as stored
  std::vector<bool> left_out;        // per batch: its session is deleted
};

/// A range of one session's events.
struct EventQuery {
  SessionKey session_key;
  Offset after;               // only offsets above this
  Offset up_to = max_offset;  // and up to this
  std::size_t limit = 500;
  std::size_t max_bytes = 4 * 1024 * 1024;  // the page ends with the event that exceeds it
  EventFilter filter;
  UnixMs since = 0;
  UnixMs until = std::numeric_limits<UnixMs>::max();
  std::string caller;  // the key or user that waits for the result; empty: the service itself
};
struct EventPage {
  std::vector<EventPtr> events;
  Offset next_after;  // `after` of the next page
  Offset first_kept;  // of the session; 0: no event is kept
  bool more = false;  // there are events after this page
};

/// What is known of a session's past when it follows a room again.
struct SessionPast {
  std::vector<std::uint64_t> ids;         // ids of its newest messages, oldest first
  std::vector<std::string> open_streaks;  // newest gift event of each, as JSON
  struct EndedStreak {
    std::string streak_id;
    std::int64_t count = 0;
    UnixMs time = 0;
  };
  std::vector<EndedStreak> ended_streaks;                      // of its newest events, oldest first
  std::vector<std::pair<std::string, std::string>> envelopes;  // id and action of the newest, oldest first
  UpstreamPosition own;   // after its last event; an empty cursor: unknown
  UpstreamPosition room;  // of the room that it is about to follow
};

/// How much of a session's events is kept. 0: no limit.
struct Retention {
  std::chrono::milliseconds max_age{0};
  std::int64_t max_events = 0;
  std::int64_t max_bytes = 0;
  bool any() const { return max_age.count() > 0 || max_events > 0 || max_bytes > 0; }
};

/// Keeps the sessions and their events.
///
/// If an operation returns a value, its change is stored, and no crash of the program takes it.
/// EVENTS_DURABILITY says what a power cut may take. If an operation returns an Error, it has changed
/// nothing, or its outcome is unknown: the caller reads, or tries again. (append() finds out by itself,
/// because offsets have no holes.) If an operation is begun after another has returned, it sees what that one
/// stored.
///
/// All operations may be called from any thread and resume on `executor`, which is that of the caller. They
/// fail with UNAVAILABLE if too many of them wait.
class EventStore {
 public:
  EventStore() = default;
  EventStore(const EventStore&) = delete;
  EventStore& operator=(const EventStore&) = delete;
  virtual ~EventStore() = default;

  /// False with EVENTS_DURABILITY=off. Then append() stores nothing, and read() returns empty pages.
  virtual bool keeps_events() const = 0;

  // Sessions.

  /// Returns the newest `limit` sessions, oldest first, without deleted ones.
  virtual Task<Result<std::vector<StoredSession>>> load_sessions(Executor executor, std::size_t limit) = 0;
  /// Stores a new session and gives it a key, whatever `session.key` is. Keys ascend, and the key of a
  /// deleted session is not given again. `replaced`: the key of a session that is marked as deleted in the
  /// same transaction, or 0; if it has the same owner, its shares move to the new session.
  virtual Task<Result<CreatedSession>> create_session(Executor executor, StoredSession session,
                                                      SessionKey replaced) = 0;
  /// Updates the username, state, reason, `wait_until_live`, `started_at` and `started_by`. A deleted session
  /// stays deleted.
  virtual Task<Result<void>> save_session(Executor executor, StoredSession session) = 0;
  /// After success, load_sessions() does not return the session any more, append() leaves it out, and its
  /// sums and shares are gone. Its events stay until delete_rows().
  virtual Task<Result<void>> mark_deleted(Executor executor, SessionKey session_key, UnixMs now) = 0;
  /// Deletes all that is left of a session that is marked as deleted, in small steps. Also forgets the
  /// position of its room, unless another session follows that room. Fails with UNAVAILABLE after
  /// stop_long_work(); may be called again.
  virtual Task<Result<void>> delete_rows(Executor executor, SessionKey session_key) = 0;
  virtual Task<Result<std::vector<KnownSession>>> session_keys(Executor executor) = 0;

  // Events.

  /// Stores all batches with their streaks and totals, and the position, or nothing. Batches of sessions that
  /// are deleted, or that do not exist, are left out. If a batch does not begin at its session's next offset,
  /// nothing is stored and the answer has the stored offsets. A position without a room is not saved; of a
  /// position without a cursor, the stored cursor stays.
  virtual Task<Result<AppendResult>> append(Executor executor, std::vector<StoredBatch> batches,
                                            UpstreamPosition position) = 0;
  /// Returns the matching events in the order of their offsets, under the session's present epoch. A page may
  /// be empty although there is more: it ends after a bounded number of offsets too.
  virtual Task<Result<EventPage>> read(Executor executor, EventQuery query) = 0;
  /// Returns what the session has stored before. `limit`: how many of the newest offsets are looked at.
  /// `room`: the key of the room that the session is about to follow.
  virtual Task<Result<SessionPast>> past(Executor executor, SessionKey session_key, std::string room,
                                         std::size_t limit) = 0;
  /// Returns the keys of the sessions that have open gift streaks.
  virtual Task<Result<std::vector<SessionKey>>> sessions_with_open_streaks(Executor executor) = 0;
  /// Returns the newest UpstreamPosition::platform_time, or 0 if none is stored.
  virtual Task<Result<UnixMs>> newest_platform_time(Executor executor) = 0;

  // Deletion.

  /// Deletes the session's oldest events while they exceed `retention`, at most `events_per_trim`. Returns
  /// true if there may be more to delete. past() still knows the ids and ended streaks of deleted events.
  virtual Task<Result<bool>> trim(Executor executor, SessionKey session_key, Retention retention,
                                  UnixMs now) = 0;
  /// Erasure: removes the person's name from every stored event, open streak and sum (see redact()). Returns
  /// how many events were changed. May be called again; it then completes what a crash or stop_long_work()
  /// left undone. `username` is in lower case. `nickname`: one that is known from elsewhere, or empty.
  virtual Task<Result<std::size_t>> erase_person(Executor executor, std::string username,
                                                 std::string nickname) = 0;
  /// The service is about to stop: delete_rows() and erase_person() end soon, with UNAVAILABLE. Any thread.
  virtual void stop_long_work() = 0;
};

}  // namespace papi::events
