#include "events/event_store.hpp"

#include <unordered_map>

#include "events/ended_logs.hpp"
#include "events/event_schema.hpp"
#include "events/log_identity.hpp"
#include "events/session_past.hpp"
#include "events/share_store.hpp"
#include "platform/base/text.hpp"

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

/// Of the session's room, unless another session follows it.
constexpr std::string_view forget_position = R"sql(
    DELETE FROM upstream_positions WHERE room IN (
      SELECT CASE username WHEN '' THEN '#' || room_id ELSE lower(username) END FROM sessions WHERE key = ?1
      EXCEPT
      SELECT CASE username WHEN '' THEN '#' || room_id ELSE lower(username) END FROM sessions
        WHERE key <> ?1 AND state <> 'deleted')
    )sql";

constexpr std::string_view deleted_state = "deleted";

// A filter that matches nothing must not hold a reader for long.
constexpr std::uint64_t offsets_per_page = 50'000;

void insert_events(sqlite::Database& database, const StoredBatch& batch, const UpstreamPosition& position) {
  sqlite::Statement& statement = database.cached(insert_event);
  std::int64_t bytes = 0;
  for (const EventPtr& event : batch.events) {
    const std::string id = std::to_string(event->id);
    const std::string_view body = event->json();
    bytes += static_cast<std::int64_t>(body.size());
    statement.bind(1, batch.session_key).bind(2, static_cast<std::int64_t>(event->offset)).bind(3, id);
    statement.bind(4, to_string(event->type)).bind(5, event->time);
    statement.bind(6, static_cast<std::int64_t>(event->user_id)).bind(7, event->username);
    statement.bind(8, event->amount).bind(9, body);
    statement.run();
  }
  sqlite::Statement& advance = database.cached(advance_session);
  const std::uint64_t last = batch.events.empty() ? 0 : batch.events.back()->offset;
  advance.bind(1, batch.session_key).bind(2, static_cast<std::int64_t>(last)).bind(3, bytes);
  advance.bind(4, position.room_id).bind(5, position.cursor).bind(6, position.heard_at).run();
}

void save_streaks(sqlite::Database& database, const StoredBatch& batch) {
  constexpr std::string_view keep = "INSERT OR REPLACE INTO open_streaks VALUES (?1, ?2, ?3)";
  constexpr std::string_view end = "DELETE FROM open_streaks WHERE session_key = ?1 AND streak_id = ?2";
  for (const StreakChange& streak : batch.streaks) {
    sqlite::Statement& statement = database.cached(streak.body.empty() ? end : keep);
    statement.bind(1, batch.session_key).bind(2, streak.streak_id);
    if (!streak.body.empty()) statement.bind(3, streak.body);
    statement.run();
  }
}

void bind_session(sqlite::Statement& statement, const StoredSession& s) {
  statement.bind(1, s.key).bind(2, s.id).bind(3, s.epoch).bind(4, s.username).bind(5, s.room_id);
  statement.bind(6, s.state).bind(7, s.reason).bind(8, std::int64_t{s.wait_until_live});
  statement.bind(9, s.created_at).bind(10, s.started_at).bind(11, s.owner).bind(12, s.started_by);
}

struct RowState {
  std::uint64_t last_offset = 0;
  bool deleted = false;
};

RowState row_state(sqlite::Database& database, std::int64_t session_key) {
  constexpr std::string_view query = "SELECT last_offset, state = 'deleted' FROM sessions WHERE key = ?1";
  sqlite::Statement& row = database.cached(query);
  row.bind(1, session_key);
  if (!row.step()) {
    row.reset();
    return {0, true};  // the last step of its deletion is done
  }
  const RowState state{static_cast<std::uint64_t>(row.integer(0)), row.integer(1) != 0};
  row.reset();
  return state;
}

/// The types of a filter as SQL, from our own names only.
std::string types_condition(const EventFilter& filter) {
  std::string names;
  std::size_t wanted = 0;
  for (std::size_t i = 0; i < event_type_count; ++i) {
    if (!filter.wants(static_cast<EventType>(i))) continue;
    ++wanted;
    if (!names.empty()) names += ',';
    names += '\'', names += to_string(static_cast<EventType>(i)), names += '\'';
  }
  if (wanted == event_type_count) return "";
  return " AND type IN (" + names + ")";
}

/// The event with the log's present epoch, if it was stored under an earlier one; else an empty text. Its own
/// members stand first: {"offset":1,"epoch":"…",…
std::string with_epoch(std::string_view json, std::string_view epoch) {
  constexpr std::string_view name = "\"epoch\":\"";
  const std::size_t at = json.find(name);
  if (at == std::string_view::npos || json.substr(at + name.size()).starts_with(epoch)) return {};
  const std::size_t from = at + name.size();
  const std::size_t to = json.find('"', from);
  std::string renewed(json.substr(0, from));
  renewed += epoch, renewed += json.substr(std::min(to, json.size()));
  return renewed;
}

EventPage read_page(sqlite::Database& database, const EventQuery& query) {
  EventPage page;
  auto ends = database.prepare(
      "SELECT (SELECT min(\"offset\") FROM events WHERE session_key = ?1),"
      "       (SELECT max(\"offset\") FROM events WHERE session_key = ?1),"
      "       (SELECT epoch FROM sessions WHERE key = ?1)");
  ends.bind(1, query.session_key);
  if (ends.step()) page.first_kept = static_cast<std::uint64_t>(ends.integer(0));
  const std::uint64_t last = std::min(query.up_to, static_cast<std::uint64_t>(ends.integer(1)));
  const std::string epoch(ends.text(2));
  const std::uint64_t from = std::max(query.after, page.first_kept == 0 ? 0 : page.first_kept - 1);
  const std::uint64_t to = std::min(last, from + offsets_per_page);
  page.next_after = query.after;
  if (to <= from) return page;

  std::string sql =
      "SELECT \"offset\", id, type, timestamp_ms, user_id, username, body FROM events"
      " WHERE session_key = ?1 AND \"offset\" > ?2 AND \"offset\" <= ?3";
  sql += types_condition(query.filter);
  if (query.filter.by_person()) sql += " AND (user_id = ?4 AND ?4 <> 0 OR username = ?5 AND ?5 <> '')";
  if (query.since > 0) sql += " AND timestamp_ms >= ?6";
  if (query.until < std::numeric_limits<UnixMs>::max()) sql += " AND timestamp_ms <= ?7";
  sql += " ORDER BY \"offset\"";
  auto rows = database.prepare(sql);
  rows.bind(1, query.session_key).bind(2, static_cast<std::int64_t>(from));
  rows.bind(3, static_cast<std::int64_t>(to));
  if (query.filter.by_person())
    rows.bind(4, static_cast<std::int64_t>(query.filter.user_id)).bind(5, query.filter.username);
  if (query.since > 0) rows.bind(6, query.since);
  if (query.until < std::numeric_limits<UnixMs>::max()) rows.bind(7, query.until);

  std::size_t bytes = 0;
  while (rows.step()) {
    if (page.events.size() >= query.limit || bytes >= query.max_bytes) {
      page.more = true;
      return page;
    }
    StoredEvent stored;
    stored.offset = static_cast<std::uint64_t>(rows.integer(0));
    stored.id = parse_uint(rows.text(1)).value_or(0);
    stored.type = parse_event_type(rows.text(2)).value_or(EventType::unknown);
    stored.time = rows.integer(3);
    stored.user_id = static_cast<std::uint64_t>(rows.integer(4));
    stored.username = rows.text(5);
    stored.json = rows.text(6);
    const std::string renewed = with_epoch(stored.json, epoch);
    if (!renewed.empty()) stored.json = renewed;
    page.next_after = stored.offset;
    EventPtr event = restore(stored);
    if (query.filter.reads_text() && !query.filter.matches(*event)) continue;
    bytes += stored.json.size();
    page.events.push_back(std::move(event));
  }
  page.next_after = to;
  page.more = to < last;
  return page;
}

}  // namespace

Result<void> EventStore::prepare(sqlite::Database& database) {
  if (auto migrated = database.migrate("events", event_schema); !migrated) return migrated;
  if (auto prepared = ShareStore::prepare(database); !prepared) return prepared;
  if (auto prepared = LogIdentity::prepare(database); !prepared) return prepared;
  return prepare_ended_logs(database);
}

Result<std::vector<StoredSession>> EventStore::load_sessions(sqlite::Database& database, int limit) {
  std::vector<StoredSession> sessions;
  try {
    auto query = database.prepare(
        "SELECT key, session_id, epoch, username, room_id, state, reason, wait_until_live, created_at, "
        "started_at,"
        " last_offset, cursor, owner, started_by, heard_at, NOT EXISTS (SELECT 1 FROM ended_logs l WHERE "
        "l.session_id = s.session_id) FROM (SELECT * FROM sessions WHERE state <> ?2 "
        "ORDER BY key "
        "DESC LIMIT ?1) s"
        " ORDER BY key");
    query.bind(1, std::int64_t{limit}).bind(2, deleted_state);
    while (query.step()) {
      StoredSession s;
      s.key = query.integer(0), s.id = query.text(1), s.epoch = query.text(2), s.username = query.text(3);
      s.room_id = query.text(4), s.state = query.text(5), s.reason = query.text(6);
      s.wait_until_live = query.integer(7) != 0, s.created_at = query.integer(8);
      s.started_at = query.integer(9), s.last_offset = static_cast<std::uint64_t>(query.integer(10));
      s.cursor = query.text(11), s.owner = query.text(12), s.started_by = query.text(13);
      s.heard_at = query.integer(14), s.first_log = query.integer(15) != 0;
      sessions.push_back(std::move(s));
    }
  } catch (const sqlite::DatabaseFault& fault) {
    return fault.as_error();
  }
  return sessions;
}

Result<std::int64_t> EventStore::last_key(sqlite::Database& database) {
  try {
    auto query = database.prepare("SELECT coalesce(max(key), 0) FROM sessions");
    query.step();
    return query.integer(0);
  } catch (const sqlite::DatabaseFault& fault) {
    return fault.as_error();
  }
}

Task<Result<bool>> EventStore::create_session(Executor executor, StoredSession session,
                                              std::int64_t replaced) {
  const auto first_log = std::make_shared<bool>(true);
  sqlite::Writer::Job job = [this, s = std::move(session), replaced, first_log](sqlite::Database& database) {
    if (replaced != 0) {
      ShareStore::move(database, replaced, s.key, s.owner);
      hide(database, replaced, s.created_at);
    }
    *first_log = !had_ended_log(database, s.id);
    auto statement = database.prepare(insert_session);
    bind_session(statement, s);
    statement.run();
  };
  if (auto done = co_await writer_.write(executor, std::move(job)); !done) co_return done.error();
  co_return *first_log;
}

Task<Result<void>> EventStore::save_session(Executor executor, StoredSession session) {
  sqlite::Writer::Job job = [s = std::move(session)](sqlite::Database& database) {
    auto statement = database.prepare(update_session);
    bind_session(statement, s);
    statement.run();
  };
  co_return co_await writer_.write(executor, std::move(job));
}

void EventStore::hide(sqlite::Database& database, std::int64_t session_key, UnixMs now) {
  auto session = database.prepare("SELECT session_id FROM sessions WHERE key = ?1");
  session.bind(1, session_key);
  if (session.step()) note_ended_log(database, std::string(session.text(0)), now);
  count_deletion(database);
  if (projection_) projection_->forget(database, session_key);
  ShareStore::forget(database, session_key);
  auto mark = database.prepare("UPDATE sessions SET state = ?2 WHERE key = ?1");
  mark.bind(1, session_key).bind(2, deleted_state).run();
}

Task<Result<void>> EventStore::mark_deleted(Executor executor, std::int64_t session_key, UnixMs now) {
  sqlite::Writer::Job job = [this, session_key, now](sqlite::Database& database) {
    hide(database, session_key, now);
  };
  co_return co_await writer_.write(executor, std::move(job));
}

Task<Result<void>> EventStore::delete_rows(Executor executor, std::int64_t session_key) {
  const auto left = std::make_shared<bool>(true);
  while (*left) {
    if (stopping_) co_return Error(ErrorCode::unavailable, "The service is shutting down; retention goes on");
    sqlite::Writer::Job step = [session_key, left](sqlite::Database& database) {
      auto remove = database.prepare(
          "DELETE FROM events WHERE session_key = ?1 AND \"offset\" IN"
          " (SELECT \"offset\" FROM events WHERE session_key = ?1 ORDER BY \"offset\" LIMIT ?2)");
      remove.bind(1, session_key).bind(2, rows_per_trim).run();
      *left = sqlite3_changes(database.handle()) == rows_per_trim;
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

Task<Result<std::vector<SessionKey>>> EventStore::session_keys(Executor executor) {
  using Keys = std::vector<SessionKey>;
  std::function<Keys(sqlite::Database&)> job = [](sqlite::Database& database) {
    Keys keys;
    auto rows = database.prepare("SELECT key, state = ?1 FROM sessions");
    rows.bind(1, deleted_state);
    while (rows.step()) keys.push_back({rows.integer(0), rows.integer(1) != 0});
    return keys;
  };
  co_return co_await readers_.read<Keys>(executor, std::move(job));
}

Task<Result<AppendResult>> EventStore::append(Executor executor, std::vector<StoredBatch> batches,
                                              UpstreamPosition position) {
  const auto result = std::make_shared<AppendResult>();
  if (!keep_events_) co_return *result;
  sqlite::Writer::Job job = [this, result, batches = std::move(batches),
                             position = std::move(position)](sqlite::Database& database) {
    *result = AppendResult();
    std::vector<const StoredBatch*> live;
    for (const StoredBatch& batch : batches) {
      const RowState row = row_state(database, batch.session_key);
      result->last_offsets.push_back(row.last_offset);
      result->left_out.push_back(row.deleted);
      if (row.deleted) continue;
      live.push_back(&batch);
      if (!batch.events.empty() && batch.events.front()->offset != row.last_offset + 1)
        result->stored = false;
    }
    if (!result->stored) return;
    for (const StoredBatch* batch : live) {
      insert_events(database, *batch, position);
      save_streaks(database, *batch);
      if (projection_ && !batch->events.empty()) projection_->apply(database, *batch);
    }
    if (position.room.empty()) return;
    sqlite::Statement& save = database.cached(save_position);
    save.bind(1, position.room).bind(2, position.room_id).bind(3, position.cursor);
    save.bind(4, position.likes).bind(5, position.heard_at).bind(6, position.platform_time).run();
  };
  if (auto done = co_await writer_.write(executor, std::move(job)); !done) co_return done.error();
  co_return *result;
}

Task<Result<EventPage>> EventStore::read(Executor executor, EventQuery query) {
  if (!keep_events_) co_return EventPage();  // what an earlier run has kept is of another epoch
  std::string taker = query.taker;
  std::function<EventPage(sqlite::Database&)> job = [query = std::move(query)](sqlite::Database& database) {
    return read_page(database, query);
  };
  co_return co_await readers_.read<EventPage>(executor, std::move(job), std::move(taker));
}

}  // namespace papi::events
