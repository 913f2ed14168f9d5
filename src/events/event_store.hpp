#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "events/event_filter.hpp"
#include "events/redaction.hpp"
#include "platform/sqlite/readers.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::events {

/// A session as it is kept. `key` is the row's number; events refer to it.
struct StoredSession {
  std::int64_t key = 0;
  std::string id;
  std::string epoch;
  std::string username;
  std::string room_id;
  std::string state;
  std::string reason;
  bool wait_until_live = false;
  UnixMs created_at = 0;
  UnixMs started_at = 0;
  std::string owner;       // the user who made it
  std::string started_by;  // the key, or the user, that last connected it
  // Read only: append() moves them.
  std::string cursor;     // of the upstream, behind the session's last event
  UnixMs heard_at = 0;    // when that was
  bool first_log = true;  // no other log of this id has ended
  std::uint64_t last_offset = 0;
};

/// How far a room was read from the platform. It belongs to the room and is saved with the events that it
/// covers. It is independent of session offsets.
/// Of how many of its newest events a session knows the ids after a restart.
inline constexpr std::size_t remembered_events = 20'000;
/// How many rows one step of a deletion takes.
inline constexpr std::int64_t rows_per_trim = 500;

struct UpstreamPosition {
  std::string room;  // the room's key: see live::RoomReference::key()
  std::string room_id;
  std::string cursor;      // empty: unknown, the saved one stays
  std::int64_t likes = 0;  // the room's like total
  UnixMs heard_at = 0;
  UnixMs platform_time =
      0;  // the newest that the platform gave to a message, by a clock that agreed; 0: none
};

/// A gift streak of one session that is open, or has ended.
struct StreakChange {
  std::string streak_id;
  std::string body;  // the streak's newest gift event as JSON; empty: it has ended
};

struct SessionKey {
  std::int64_t key = 0;
  bool deleted = false;  // a deletion that was not finished
};

/// Events of one session, to be kept. The first offset must be the session's next one.
struct StoredBatch {
  std::int64_t session_key = 0;
  std::vector<EventPtr> events;
  std::vector<StreakChange> streaks;
};

struct AppendResult {
  /// False: a batch did not begin at its session's next offset. Nothing was stored.
  bool stored = true;
  std::vector<std::uint64_t> last_offsets;  // of each batch's session, as stored now
  std::vector<bool> left_out;               // of each batch: its session is deleted
};

/// Figures that are kept beside the events and change in the same transaction: they can be neither ahead of
/// the log nor behind it. Runs on the writer's thread; throws DatabaseFault. Must be repeatable.
class Projection {
 public:
  virtual ~Projection() = default;
  virtual void apply(sqlite::Database& database, const StoredBatch& batch) = 0;
  /// The session's events are about to be deleted.
  virtual void forget(sqlite::Database& database, std::int64_t session_key) = 0;
  /// Adds the numbers that the person's name is known to belong to, and the nicknames. On a reader's thread.
  virtual void add_ids(sqlite::Database& database, ForgottenPerson& person) const = 0;
  /// The person is to lose name, nickname and picture.
  virtual void forget_person(sqlite::Database& database, const ForgottenPerson& person) = 0;
};

/// A stretch of one session's events.
struct EventQuery {
  std::int64_t session_key = 0;
  std::uint64_t after = 0;                                         // offsets above this…
  std::uint64_t up_to = std::numeric_limits<std::int64_t>::max();  // …and not above that
  std::size_t limit = 500;
  std::size_t max_bytes = 4 * 1024 * 1024;  // the page ends behind the event that passes it
  EventFilter filter;
  UnixMs since = 0;
  UnixMs until = std::numeric_limits<UnixMs>::max();
  std::string taker;  // who waits for it: see sqlite::Readers::read()
};
struct EventPage {
  std::vector<EventPtr> events;
  std::uint64_t next_after = 0;  // where the next page begins
  std::uint64_t first_kept = 0;  // of the session; 0: none is kept
  bool more = false;             // there are events behind this page
};

/// What a session's past tells about events to come.
struct SessionPast {
  std::vector<std::uint64_t> ids;         // of the platform's newest messages in it, oldest first
  std::vector<std::string> open_streaks;  // the newest gift event of each, as JSON
  struct EndedStreak {
    std::string streak_id;
    std::int64_t count = 0;
    UnixMs time = 0;
  };
  std::vector<EndedStreak> ended_streaks;                      // of its newest events, oldest first
  std::vector<std::pair<std::string, std::string>> envelopes;  // id and action of the newest, oldest first
  UpstreamPosition own;                                        // behind its last event; an empty cursor: none
  UpstreamPosition room;                                       // of the room that it is about to follow
};

/// How much is kept of a session. 0: no limit.
struct Retention {
  std::int64_t max_age_ms = 0;
  std::int64_t max_events = 0;
  std::int64_t max_bytes = 0;
  bool any() const { return max_age_ms > 0 || max_events > 0 || max_bytes > 0; }
};

/// Keeps sessions and their events in SQLite. Writes go through the writer thread in groups, reads through
/// the readers beside it.
class EventStore {
 public:
  /// Creates and migrates the tables. Blocking: at start only.
  static Result<void> prepare(sqlite::Database& database);
  /// The newest `limit` sessions, oldest first. Blocking: at start only.
  static Result<std::vector<StoredSession>> load_sessions(sqlite::Database& database, int limit);
  /// The largest key in use; 0: none. Blocking: at start only.
  static Result<std::int64_t> last_key(sqlite::Database& database);

  /// `keep_events` false (EVENTS_DURABILITY=off): sessions are kept, their events are not.
  EventStore(sqlite::Writer& writer, sqlite::Readers& readers, bool keep_events,
             Projection* projection = nullptr)
      : writer_(writer), readers_(readers), keep_events_(keep_events), projection_(projection) {}

  /// Inserts the session. `replaced`: the key of a session that is marked as deleted in the same transaction;
  /// 0: none. Returns StoredSession::first_log.
  Task<Result<bool>> create_session(Executor executor, StoredSession session, std::int64_t replaced = 0);
  /// Updates the session's row. A deleted session stays deleted.
  Task<Result<void>> save_session(Executor executor, StoredSession session);
  /// After success no reader and no later start of the program sees the session. Its rows stay on the disk
  /// until delete_rows().
  Task<Result<void>> mark_deleted(Executor executor, std::int64_t session_key, UnixMs now);
  /// Deletes the rows of a session that is marked as deleted, in small steps.
  Task<Result<void>> delete_rows(Executor executor, std::int64_t session_key);
  Task<Result<std::vector<SessionKey>>> session_keys(Executor executor);
  /// Stores all batches and the position, or nothing of it. Batches of sessions that are deleted, or whose
  /// rows are gone, are left out. A position without a room is not saved.
  Task<Result<AppendResult>> append(Executor executor, std::vector<StoredBatch> batches,
                                    UpstreamPosition position);
  Task<Result<EventPage>> read(Executor executor, EventQuery query);
  /// `limit`: of the ids. `room`: the key of the room that the session is about to follow.
  Task<Result<SessionPast>> past(Executor executor, std::int64_t session_key, std::string room,
                                 std::size_t limit);
  /// The keys of the sessions that have open gift streaks.
  Task<Result<std::vector<std::int64_t>>> sessions_with_open_streaks(Executor executor);
  /// Deletes one step's worth of what is too old. True: there is more to delete.
  Task<Result<bool>> trim(Executor executor, std::int64_t session_key, Retention retention, UnixMs now);

  /// Takes a person's name out of every stored event and figure (see redact()); how many events had it.
  /// Repeatable: what a crash leaves undone the next call does.
  /// `nickname`: one that is known elsewhere, or empty.
  Task<Result<std::size_t>> forget_person(Executor executor, std::string username, std::string nickname = {});

  /// The service is going: what takes long ends soon, with UNAVAILABLE. Any thread.
  void stop_long_work() { stopping_ = true; }

  bool keeps_events() const { return keep_events_; }
  sqlite::Readers& readers() { return readers_; }

 private:
  void hide(sqlite::Database& database, std::int64_t session_key, UnixMs now);
  Task<Result<ForgottenPerson>> person_of(Executor executor, std::string username, std::string nickname);

  sqlite::Writer& writer_;
  sqlite::Readers& readers_;
  const bool keep_events_;
  Projection* const projection_;
  std::atomic<bool> stopping_{false};
};

}  // namespace papi::events
