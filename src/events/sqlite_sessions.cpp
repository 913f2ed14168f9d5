// The rows of sessions: how they are made, saved and deleted.

#include "events/ended_logs.hpp"
#include "events/log_identity.hpp"
#include "events/sqlite_event_store.hpp"
#include "events/sqlite_session_keys.hpp"
#include "events/sqlite_session_past.hpp"
#include "events/sqlite_share_store.hpp"
#include "events/sqlite_totals.hpp"

namespace papi::events {
namespace {

constexpr std::string_view insert_session = R"sql(
    INSERT INTO sessions(key, session_id, epoch, username, room_id, state, reason, wait_until_live, created_at,
                         started_at, owner, started_by)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    )sql";

constexpr std::string_view update_session = R"sql(
    UPDATE sessions SET username = ?4, state = ?6, reason = ?7, wait_until_live = ?8, started_at = ?10,
      started_by = ?12
    WHERE key = ?1 AND state <> 'deleted'
    )sql";

/// Deletes the position of the session's room, unless another session follows that room.
constexpr std::string_view forget_position = R"sql(
    DELETE FROM upstream_positions WHERE room IN (
      SELECT CASE username WHEN '' THEN '#' || room_id ELSE lower(username) END FROM sessions WHERE key = ?1
      EXCEPT
      SELECT CASE username WHEN '' THEN '#' || room_id ELSE lower(username) END FROM sessions
        WHERE key <> ?1 AND state <> 'deleted')
    )sql";

/// Binds all but the key.
void bind_session(sqlite::Statement& statement, const StoredSession& s) {
  statement.bind(2, s.id).bind(3, s.epoch).bind(4, s.username).bind(5, s.room_id);
  statement.bind(6, s.state).bind(7, s.reason).bind(8, std::int64_t{s.wait_until_live});
  statement.bind(9, s.created_at).bind(10, s.started_at).bind(11, s.owner).bind(12, s.started_by);
}

std::vector<StoredSession> read_sessions(sqlite::Database& database, std::size_t limit) {
  std::vector<StoredSession> sessions;
  auto query = database.prepare(
      "SELECT key, session_id, epoch, username, room_id, state, reason, wait_until_live, created_at, "
      "started_at,"
      " last_offset, cursor, owner, started_by, heard_at, NOT EXISTS (SELECT 1 FROM ended_logs l WHERE "
      "l.session_id = s.session_id) FROM (SELECT * FROM sessions WHERE state <> 'deleted' "
      "ORDER BY key "
      "DESC LIMIT ?1) s"
      " ORDER BY key");
  query.bind(1, static_cast<std::int64_t>(limit));
  while (query.step()) {
    StoredSession s;
    s.key = SessionKey(query.integer(0));
    s.id = query.text(1);
    s.epoch = query.text(2);
    s.username = query.text(3);
    s.room_id = query.text(4);
    s.state = query.text(5);
    s.reason = query.text(6);
    s.wait_until_live = query.integer(7) != 0;
    s.created_at = query.integer(8);
    s.started_at = query.integer(9);
    s.last_offset = Offset(static_cast<std::uint64_t>(query.integer(10)));
    s.cursor = query.text(11);
    s.owner = query.text(12);
    s.started_by = query.text(13);
    s.heard_at = query.integer(14);
    s.first_log = query.integer(15) != 0;
    sessions.push_back(std::move(s));
  }
  return sessions;
}

/// Ends a session for all but delete_rows().
void hide_session(sqlite::Database& database, SessionKey session_key, UnixMs now) {
  auto session = database.prepare("SELECT session_id FROM sessions WHERE key = ?1");
  session.bind(1, session_key);
  if (session.step()) note_ended_log(database, std::string(session.text(0)), now);
  count_deletion(database);
  delete_totals(database, session_key);
  SqliteShareStore::delete_session(database, session_key);
  auto mark = database.prepare("UPDATE sessions SET state = 'deleted' WHERE key = ?1");
  mark.bind(1, session_key).run();
}

}  // namespace

Result<std::vector<StoredSession>> SqliteEventStore::sessions_in(sqlite::Database& database,
                                                                 std::size_t limit) {
  try {
    return read_sessions(database, limit);
  } catch (const sqlite::DatabaseFault& fault) {
    return fault.as_error();
  }
}

Task<Result<std::vector<StoredSession>>> SqliteEventStore::load_sessions(Executor executor,
                                                                         std::size_t limit) {
  using Sessions = std::vector<StoredSession>;
  std::function<Sessions(sqlite::Database&)> job = [limit](sqlite::Database& database) {
    return read_sessions(database, limit);
  };
  co_return co_await readers_.read<Sessions>(executor, std::move(job));
}

Task<Result<CreatedSession>> SqliteEventStore::create_session(Executor executor, StoredSession session,
                                                              SessionKey replaced) {
  const auto created = std::make_shared<CreatedSession>();
  sqlite::Writer::Job job = [s = std::move(session), replaced, created](sqlite::Database& database) {
    created->key = take_session_key(database);
    if (replaced != SessionKey()) {
      SqliteShareStore::move(database, replaced, created->key, s.owner);
      hide_session(database, replaced, s.created_at);
    }
    created->first_log = !had_ended_log(database, s.id);
    auto statement = database.prepare(insert_session);
    bind_session(statement, s);
    statement.bind(1, created->key).run();
  };
  if (auto done = co_await writer_.write(executor, std::move(job)); !done) co_return done.error();
  co_return *created;
}

Task<Result<void>> SqliteEventStore::save_session(Executor executor, StoredSession session) {
  sqlite::Writer::Job job = [s = std::move(session)](sqlite::Database& database) {
    auto statement = database.prepare(update_session);
    bind_session(statement, s);
    statement.bind(1, s.key).run();
  };
  co_return co_await writer_.write(executor, std::move(job));
}

Task<Result<void>> SqliteEventStore::mark_deleted(Executor executor, SessionKey session_key, UnixMs now) {
  sqlite::Writer::Job job = [session_key, now](sqlite::Database& database) {
    hide_session(database, session_key, now);
  };
  co_return co_await writer_.write(executor, std::move(job));
}

Task<Result<void>> SqliteEventStore::delete_rows(Executor executor, SessionKey session_key) {
  const auto left = std::make_shared<bool>(true);
  while (*left) {
    if (stopping_)
      co_return Error(ErrorCode::unavailable,
                      "The service is stopping; the deletion continues after the next start");
    sqlite::Writer::Job step = [session_key, left](sqlite::Database& database) {
      auto remove = database.prepare(
          "DELETE FROM events WHERE session_key = ?1 AND \"offset\" IN"
          " (SELECT \"offset\" FROM events WHERE session_key = ?1 ORDER BY \"offset\" LIMIT ?2)");
      remove.bind(1, session_key).bind(2, events_per_trim).run();
      *left = sqlite3_changes(database.handle()) == events_per_trim;
      if (*left) return;
      database.prepare(forget_position).bind(1, session_key).run();
      forget_trimmed(database, session_key);
      for (const char* sql :
           {"DELETE FROM open_streaks WHERE session_key = ?1", "DELETE FROM sessions WHERE key = ?1"})
        database.prepare(sql).bind(1, session_key).run();
    };
    auto removed = co_await writer_.write(executor, std::move(step));
    if (!removed) co_return removed;
  }
  co_return Result<void>();
}

Task<Result<std::vector<KnownSession>>> SqliteEventStore::session_keys(Executor executor) {
  using Keys = std::vector<KnownSession>;
  std::function<Keys(sqlite::Database&)> job = [](sqlite::Database& database) {
    Keys keys;
    auto rows = database.prepare("SELECT key, state = 'deleted' FROM sessions");
    while (rows.step()) keys.push_back({SessionKey(rows.integer(0)), rows.integer(1) != 0});
    return keys;
  };
  co_return co_await readers_.read<Keys>(executor, std::move(job));
}

}  // namespace papi::events
