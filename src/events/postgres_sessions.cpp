// The rows of sessions in PostgreSQL: how they are made, saved and deleted.

#include "events/postgres_event_store.hpp"
#include "events/postgres_values.hpp"

namespace papi::events {

using postgres::Row;
using postgres::Rows;
using postgres::Statement;
using postgres::Written;

namespace {

StoredSession read_session(const Row& row) {
  StoredSession s;
  s.key = SessionKey(row.get<std::int64_t>(0));
  s.id = row.get<std::string>(1);
  s.epoch = row.get<std::string>(2);
  s.username = row.get<std::string>(3);
  s.room_id = row.get<std::string>(4);
  s.state = row.get<std::string>(5);
  s.reason = row.get<std::string>(6);
  s.wait_until_live = row.get<bool>(7);
  s.created_at = row.get<std::int64_t>(8);
  s.started_at = row.get<std::int64_t>(9);
  s.last_offset = Offset(from_stored(row.get<std::int64_t>(10)));
  s.cursor = row.get<std::string>(11);
  s.owner = row.get<std::string>(12);
  s.started_by = row.get<std::string>(13);
  s.heard_at = row.get<std::int64_t>(14);
  s.first_log = row.get<bool>(15);
  return s;
}

}  // namespace

Task<Result<std::vector<StoredSession>>> PostgresEventStore::load_sessions(Executor, std::size_t limit) {
  Statement look = statement(
      "load_sessions",
      "SELECT key, session_id, epoch, username, room_id, state, reason, wait_until_live, created_at, "
      "started_at, "
      "last_offset, cursor, owner, started_by, heard_at, "
      "NOT EXISTS (SELECT FROM {schema}.ended_logs AS l WHERE l.session_id = s.session_id) "
      "FROM (SELECT * FROM {schema}.sessions WHERE state <> 'deleted' ORDER BY key DESC LIMIT $1) AS s "
      "ORDER BY key",
      static_cast<std::int64_t>(limit));
  CO_TRY(const Rows rows, co_await pool_.ask(std::move(look)));
  std::vector<StoredSession> sessions;
  sessions.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) sessions.push_back(read_session(rows[i]));
  co_return sessions;
}

Task<Result<CreatedSession>> PostgresEventStore::create_session(Executor, StoredSession session,
                                                                SessionKey replaced) {
  // The key is taken before, so that the rest may be done twice. A key that is not used is a gap.
  Statement next = statement("next_session_key", "SELECT nextval(pg_get_serial_sequence($1, 'key'))",
                             schema_.qualify("{schema}.sessions"));
  CO_TRY(const Rows keys, co_await pool_.ask(std::move(next)));
  CreatedSession created;
  created.key = SessionKey(keys[0].get<std::int64_t>(0));
  std::vector<Statement> statements;
  if (replaced != SessionKey()) {
    statements.push_back(
        statement("move_shares",
                  "UPDATE {schema}.session_shares SET session_key = $2 WHERE session_key = $1 "
                  "AND (SELECT owner FROM {schema}.sessions WHERE key = $1) = $3",
                  replaced, created.key, storable(session.owner)));
    statements.push_back(
        statement("hide_session", "SELECT {schema}.hide_session_v1($1, $2)", replaced, session.created_at));
  }
  statements.push_back(statement(
      "create_session",
      "INSERT INTO {schema}.sessions (key, session_id, epoch, username, room_id, state, reason, "
      "wait_until_live, "
      "created_at, started_at, owner, started_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
      "ON CONFLICT (key) DO NOTHING",
      created.key, storable(session.id), storable(session.epoch), storable(session.username),
      storable(session.room_id), storable(session.state), storable(session.reason), session.wait_until_live,
      session.created_at, session.started_at, storable(session.owner), storable(session.started_by)));
  statements.push_back(statement("is_first_log",
                                 "SELECT NOT EXISTS (SELECT FROM {schema}.ended_logs WHERE session_id = $1)",
                                 storable(session.id)));
  CO_TRY(const Written written, co_await writer_.write_repeatable(std::move(statements)));
  created.first_log = written.back()[0].get<bool>(0);
  co_return created;
}

Task<Result<void>> PostgresEventStore::save_session(Executor, StoredSession session) {
  std::vector<Statement> statements;
  statements.push_back(statement("save_session",
                                 "UPDATE {schema}.sessions SET username = $2, state = $3, reason = $4, "
                                 "wait_until_live = $5, started_at = $6, started_by = $7 "
                                 "WHERE key = $1 AND state <> 'deleted'",
                                 session.key, storable(session.username), storable(session.state),
                                 storable(session.reason), session.wait_until_live, session.started_at,
                                 storable(session.started_by)));
  CO_TRY([[maybe_unused]] const Written written, co_await writer_.write_repeatable(std::move(statements)));
  co_return Result<void>();
}

Task<Result<void>> PostgresEventStore::mark_deleted(Executor, SessionKey session_key, UnixMs now) {
  std::vector<Statement> statements;
  statements.push_back(
      statement("hide_session", "SELECT {schema}.hide_session_v1($1, $2)", session_key, std::int64_t{now}));
  CO_TRY([[maybe_unused]] const Written written, co_await writer_.write_repeatable(std::move(statements)));
  co_return Result<void>();
}

Task<Result<void>> PostgresEventStore::delete_rows(Executor, SessionKey session_key) {
  for (;;) {
    if (stopping_)
      co_return Error(ErrorCode::unavailable,
                      "The service is stopping; the deletion continues after the next start");
    std::vector<Statement> step;
    step.push_back(statement("delete_events",
                             "DELETE FROM {schema}.events WHERE session_key = $1 AND \"offset\" <= "
                             "(SELECT max(\"offset\") FROM (SELECT \"offset\" FROM {schema}.events WHERE "
                             "session_key = $1 ORDER BY \"offset\" LIMIT $2) AS oldest)",
                             session_key, events_per_trim));
    step.push_back(statement(
        "events_left", "SELECT EXISTS (SELECT FROM {schema}.events WHERE session_key = $1)", session_key));
    CO_TRY(const Written written, co_await writer_.write_repeatable(std::move(step)));
    if (!written.back()[0].get<bool>(0)) break;
  }
  std::vector<Statement> last;
  last.push_back(statement("forget_position",
                           "DELETE FROM {schema}.upstream_positions WHERE room IN ("
                           "SELECT CASE username WHEN '' THEN '#' || room_id ELSE lower(username COLLATE "
                           "\"C\") END FROM {schema}.sessions "
                           "WHERE key = $1 EXCEPT "
                           "SELECT CASE username WHEN '' THEN '#' || room_id ELSE lower(username COLLATE "
                           "\"C\") END FROM {schema}.sessions "
                           "WHERE key <> $1 AND state <> 'deleted')",
                           session_key));
  last.push_back(
      statement("delete_trimmed", "DELETE FROM {schema}.trimmed_events WHERE session_key = $1", session_key));
  last.push_back(
      statement("delete_streaks", "DELETE FROM {schema}.open_streaks WHERE session_key = $1", session_key));
  last.push_back(statement("delete_session", "DELETE FROM {schema}.sessions WHERE key = $1", session_key));
  CO_TRY([[maybe_unused]] const Written written, co_await writer_.write_repeatable(std::move(last)));
  co_return Result<void>();
}

Task<Result<std::vector<KnownSession>>> PostgresEventStore::session_keys(Executor) {
  Statement look = statement("session_keys", "SELECT key, state = 'deleted' FROM {schema}.sessions");
  CO_TRY(const Rows rows, co_await pool_.ask(std::move(look)));
  std::vector<KnownSession> keys;
  keys.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    keys.push_back({SessionKey(rows[i].get<std::int64_t>(0)), rows[i].get<bool>(1)});
  co_return keys;
}

}  // namespace papi::events
