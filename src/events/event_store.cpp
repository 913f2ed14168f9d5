#include "events/event_store.hpp"

namespace papi::events {
namespace {

// Offsets have no holes within a session, and (session, offset) is the order in which events are read back.
constexpr const char* migrations[] = {
    R"sql(
    CREATE TABLE sessions (
      key INTEGER PRIMARY KEY,
      session_id TEXT NOT NULL,
      epoch TEXT NOT NULL,
      username TEXT NOT NULL,
      room_id TEXT NOT NULL,
      state TEXT NOT NULL,
      reason TEXT NOT NULL,
      wait_until_live INTEGER NOT NULL,
      created_at INTEGER NOT NULL
    );
    CREATE INDEX sessions_by_id ON sessions(session_id);
    CREATE TABLE events (
      session_key INTEGER NOT NULL REFERENCES sessions(key) ON DELETE CASCADE,
      "offset" INTEGER NOT NULL,
      id TEXT NOT NULL,
      type TEXT NOT NULL,
      timestamp_ms INTEGER NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (session_key, "offset")
    ) WITHOUT ROWID;
    )sql",
};

constexpr std::string_view upsert_session = R"sql(
    INSERT INTO sessions(key, session_id, epoch, username, room_id, state, reason, wait_until_live, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT(key) DO UPDATE SET username=?4, room_id=?5, state=?6, reason=?7, wait_until_live=?8
    )sql";

constexpr std::string_view insert_event = R"sql(
    INSERT INTO events(session_key, "offset", id, type, timestamp_ms, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    )sql";

}  // namespace

Result<void> EventStore::prepare(sqlite::Database& database) { return database.migrate(migrations); }

Result<std::vector<StoredSession>> EventStore::load_sessions(sqlite::Database& database, int limit) {
  std::vector<StoredSession> sessions;
  try {
    auto query = database.prepare(
        "SELECT key, session_id, epoch, username, room_id, state, reason, wait_until_live, created_at,"
        "       (SELECT coalesce(max(\"offset\"), 0) FROM events WHERE session_key = key)"
        "  FROM (SELECT * FROM sessions ORDER BY key DESC LIMIT ?1) ORDER BY key");
    query.bind(1, std::int64_t{limit});
    while (query.step()) {
      StoredSession s;
      s.key = query.integer(0), s.id = query.text(1), s.epoch = query.text(2), s.username = query.text(3);
      s.room_id = query.text(4), s.state = query.text(5), s.reason = query.text(6);
      s.wait_until_live = query.integer(7) != 0, s.created_at = query.integer(8);
      s.last_offset = static_cast<std::uint64_t>(query.integer(9));
      sessions.push_back(std::move(s));
    }
  } catch (const sqlite::DatabaseFault& fault) {
    return Error(ErrorCode::database, fault.what);
  }
  return sessions;
}

Task<Result<void>> EventStore::save_session(Executor executor, StoredSession session) {
  sqlite::Writer::Job job = [s = std::move(session)](sqlite::Database& database) {
    auto statement = database.prepare(upsert_session);
    statement.bind(1, s.key)
        .bind(2, s.id)
        .bind(3, s.epoch)
        .bind(4, s.username)
        .bind(5, s.room_id)
        .bind(6, s.state);
    statement.bind(7, s.reason).bind(8, std::int64_t{s.wait_until_live}).bind(9, s.created_at);
    statement.run();
  };
  co_return co_await writer_.write(executor, std::move(job));
}

Task<Result<void>> EventStore::append(Executor executor, std::vector<StoredBatch> batches) {
  sqlite::Writer::Job job = [batches = std::move(batches)](sqlite::Database& database) {
    auto statement = database.prepare(insert_event);
    for (const StoredBatch& batch : batches) {
      for (const EventPtr& event : batch.events) {
        const std::string id = std::to_string(event->id);
        statement.bind(1, batch.session_key).bind(2, static_cast<std::int64_t>(event->offset)).bind(3, id);
        statement.bind(4, to_string(event->type)).bind(5, event->time).bind(6, event->json());
        statement.run();
      }
    }
  };
  co_return co_await writer_.write(executor, std::move(job));
}

}  // namespace papi::events
