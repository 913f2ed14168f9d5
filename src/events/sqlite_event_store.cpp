#include "events/sqlite_event_store.hpp"

#include "events/ended_logs.hpp"
#include "events/log_identity.hpp"
#include "events/sqlite_session_keys.hpp"
#include "events/sqlite_share_store.hpp"
#include "events/sqlite_totals.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::events {
namespace {

constexpr std::string_view insert_event = R"sql(
    INSERT INTO events(session_key, "offset", id, type, timestamp_ms, user_id, username, amount, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    )sql";

constexpr std::string_view advance_session = R"sql(
    UPDATE sessions SET last_offset = max(last_offset, ?2), bytes = bytes + ?3,
      room_id = CASE ?5 WHEN '' THEN room_id ELSE ?4 END, cursor = CASE ?5 WHEN '' THEN cursor ELSE ?5 END,
      heard_at = max(heard_at, ?6)
    WHERE key = ?1
    )sql";

constexpr std::string_view save_position = R"sql(
    INSERT INTO upstream_positions(room, room_id, cursor, likes, heard_at, platform_time)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT(room) DO UPDATE SET room_id = CASE ?3 WHEN '' THEN room_id ELSE ?2 END,
      cursor = CASE ?3 WHEN '' THEN cursor ELSE ?3 END, likes = ?4, heard_at = max(heard_at, ?5),
      platform_time = max(platform_time, ?6)
    )sql";

void insert_events(sqlite::Database& database, const StoredBatch& batch, const UpstreamPosition& position) {
  sqlite::Statement& statement = database.cached(insert_event);
  std::int64_t bytes = 0;
  for (const EventPtr& event : batch.events) {
    const std::string id = std::to_string(event->id);
    const std::string_view body = event->json();
    bytes += static_cast<std::int64_t>(body.size());
    statement.bind(1, batch.session_key)
        .bind(2, static_cast<std::int64_t>(event->offset.value()))
        .bind(3, id);
    statement.bind(4, to_string(event->type)).bind(5, event->time);
    statement.bind(6, static_cast<std::int64_t>(event->user_id.value())).bind(7, event->username);
    statement.bind(8, event->amount).bind(9, body);
    statement.run();
  }
  sqlite::Statement& advance = database.cached(advance_session);
  const Offset last = batch.events.empty() ? Offset() : batch.events.back()->offset;
  advance.bind(1, batch.session_key).bind(2, static_cast<std::int64_t>(last.value())).bind(3, bytes);
  advance.bind(4, position.room_id).bind(5, position.cursor).bind(6, position.heard_at).run();
}

void save_streaks(sqlite::Database& database, const StoredBatch& batch) {
  constexpr sqlite::SqlLiteral keep = "INSERT OR REPLACE INTO open_streaks VALUES (?1, ?2, ?3)";
  constexpr sqlite::SqlLiteral end = "DELETE FROM open_streaks WHERE session_key = ?1 AND streak_id = ?2";
  for (const StreakChange& streak : batch.streaks) {
    sqlite::Statement& statement = database.cached(streak.body.empty() ? end : keep);
    statement.bind(1, batch.session_key).bind(2, streak.streak_id);
    if (!streak.body.empty()) statement.bind(3, streak.body);
    statement.run();
  }
}

struct RowState {
  Offset last_offset;
  bool deleted = false;
};

RowState row_state(sqlite::Database& database, SessionKey session_key) {
  constexpr std::string_view query = "SELECT last_offset, state = 'deleted' FROM sessions WHERE key = ?1";
  sqlite::Statement& row = database.cached(query);
  row.bind(1, session_key);
  if (!row.step()) {
    row.reset();
    return {Offset(), true};  // the last step of its deletion is done
  }
  const RowState state{Offset(static_cast<std::uint64_t>(row.integer(0))), row.integer(1) != 0};
  row.reset();
  return state;
}

}  // namespace

Result<void> SqliteEventStore::prepare(sqlite::Database& database) {
  if (auto migrated = schema::migrate(database); !migrated) return migrated;
  return prepare_ended_logs(database);
}

Task<Result<AppendResult>> SqliteEventStore::append(Executor executor, std::vector<StoredBatch> batches,
                                                    UpstreamPosition position) {
  const auto result = std::make_shared<AppendResult>();
  if (!keep_events_) co_return *result;
  sqlite::Writer::Job job = [result, batches = std::move(batches),
                             position = std::move(position)](sqlite::Database& database) {
    *result = AppendResult();
    std::vector<const StoredBatch*> live;
    for (const StoredBatch& batch : batches) {
      const RowState row = row_state(database, batch.session_key);
      result->last_offsets.push_back(row.last_offset);
      result->left_out.push_back(row.deleted);
      if (row.deleted) continue;
      live.push_back(&batch);
      if (!batch.events.empty() && batch.events.front()->offset != next_offset(row.last_offset))
        result->stored = false;
    }
    if (!result->stored) return;
    for (const StoredBatch* batch : live) {
      insert_events(database, *batch, position);
      save_streaks(database, *batch);
      add_totals(database, batch->session_key, batch->totals);
    }
    if (position.room.empty()) return;
    sqlite::Statement& save = database.cached(save_position);
    save.bind(1, position.room).bind(2, position.room_id).bind(3, position.cursor);
    save.bind(4, position.likes).bind(5, position.heard_at).bind(6, position.platform_time).run();
  };
  if (auto done = co_await writer_.write(executor, std::move(job)); !done) co_return done.error();
  co_return *result;
}

Task<Result<std::vector<SessionKey>>> SqliteEventStore::sessions_with_open_streaks(Executor executor) {
  using Keys = std::vector<SessionKey>;
  std::function<Keys(sqlite::Database&)> job = [](sqlite::Database& database) {
    Keys keys;
    auto rows = database.prepare("SELECT DISTINCT session_key FROM open_streaks");
    while (rows.step()) keys.emplace_back(rows.integer(0));
    return keys;
  };
  co_return co_await readers_.read<Keys>(executor, std::move(job));
}

Task<Result<UnixMs>> SqliteEventStore::newest_platform_time(Executor executor) {
  std::function<UnixMs(sqlite::Database&)> job = [](sqlite::Database& database) {
    auto newest = database.prepare("SELECT coalesce(max(platform_time), 0) FROM upstream_positions");
    return newest.step() ? newest.integer(0) : 0;
  };
  co_return co_await readers_.read<UnixMs>(executor, std::move(job));
}

}  // namespace papi::events
