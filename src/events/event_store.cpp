#include "events/event_store.hpp"

#include <unordered_map>

#include "events/event_schema.hpp"
#include "platform/base/text.hpp"

namespace papi::events {
namespace {

constexpr std::string_view upsert_session = R"sql(
    INSERT INTO sessions(key, session_id, epoch, username, room_id, state, reason, wait_until_live, created_at,
                         started_at, owner, started_by)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    ON CONFLICT(key) DO UPDATE SET username=?4, room_id=?5, state=?6, reason=?7, wait_until_live=?8,
      started_at=?10, started_by=?12
    )sql";

constexpr std::string_view insert_event = R"sql(
    INSERT INTO events(session_key, "offset", id, type, timestamp_ms, user_id, username, amount, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    )sql";

constexpr std::string_view advance_session = R"sql(
    UPDATE sessions SET last_offset = max(last_offset, ?2), bytes = bytes + ?3,
      room_id = CASE ?5 WHEN '' THEN room_id ELSE ?4 END, cursor = CASE ?5 WHEN '' THEN cursor ELSE ?5 END
    WHERE key = ?1
    )sql";

constexpr std::string_view deleted_state = "deleted";

// A filter that matches nothing must not hold a reader for long.
constexpr std::uint64_t offsets_per_page = 50'000;

constexpr std::int64_t rows_per_trim = 500;

void insert(sqlite::Database& database, const StoredBatch& batch, const RoomPlace& place) {
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
  advance.bind(4, place.room_id).bind(5, place.cursor).run();
  if (sqlite3_changes(database.handle()) == 0) throw sqlite::DatabaseFault{"the session's row is missing"};
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

EventPage read_page(sqlite::Database& database, const EventQuery& query) {
  EventPage page;
  auto ends = database.prepare(
      "SELECT (SELECT min(\"offset\") FROM events WHERE session_key = ?1),"
      "       (SELECT max(\"offset\") FROM events WHERE session_key = ?1)");
  ends.bind(1, query.session_key);
  if (ends.step()) page.first_kept = static_cast<std::uint64_t>(ends.integer(0));
  const std::uint64_t last = std::min(query.up_to, static_cast<std::uint64_t>(ends.integer(1)));
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

RecentEvents read_recent(sqlite::Database& database, std::int64_t session_key, std::size_t limit) {
  RecentEvents recent;
  auto rows = database.prepare(
      "SELECT id FROM (SELECT \"offset\", id FROM events WHERE session_key = ?1"
      " ORDER BY \"offset\" DESC LIMIT ?2) ORDER BY \"offset\"");
  rows.bind(1, session_key).bind(2, static_cast<std::int64_t>(limit));
  while (rows.step()) recent.ids.push_back(parse_uint(rows.text(0)).value_or(0));
  auto gifts = database.prepare(
      "SELECT json_extract(body, '$.streak_id'), json_extract(body, '$.streak_end'), body FROM events"
      " WHERE session_key = ?1 AND type = 'gift'"
      " AND \"offset\" > (SELECT last_offset FROM sessions WHERE key = ?1) - ?2 ORDER BY \"offset\"");
  gifts.bind(1, session_key).bind(2, static_cast<std::int64_t>(limit));
  std::unordered_map<std::string, std::size_t> places;
  while (gifts.step()) {
    const auto [place, fresh] = places.try_emplace(std::string(gifts.text(0)), recent.gifts.size());
    if (fresh) recent.gifts.push_back({place->first, "", false});
    RecentEvents::GiftState& state = recent.gifts[place->second];
    state.ended = state.ended || gifts.integer(1) != 0;
    state.json = gifts.text(2);
  }
  return recent;
}

/// How far the oldest rows may go: the offset up to which they are deleted, and their bytes.
struct Cut {
  std::int64_t up_to = 0, bytes = 0, rows = 0;
};

Cut find_cut(sqlite::Database& database, std::int64_t session_key, const Retention& retention, UnixMs now) {
  auto session = database.prepare("SELECT last_offset, bytes FROM sessions WHERE key = ?1");
  session.bind(1, session_key);
  if (!session.step()) return {};
  const std::int64_t last_offset = session.integer(0);
  std::int64_t bytes = session.integer(1);
  auto oldest = database.prepare(
      "SELECT \"offset\", timestamp_ms, length(CAST(body AS BLOB)) FROM events WHERE session_key = ?1"
      " ORDER BY \"offset\" LIMIT ?2");
  oldest.bind(1, session_key).bind(2, rows_per_trim);
  Cut cut;
  while (oldest.step()) {
    const bool too_many = retention.max_events > 0 && oldest.integer(0) <= last_offset - retention.max_events;
    const bool too_old = retention.max_age_ms > 0 && oldest.integer(1) < now - retention.max_age_ms;
    const bool too_big = retention.max_bytes > 0 && bytes > retention.max_bytes;
    if (!too_many && !too_old && !too_big) break;
    cut.up_to = oldest.integer(0), cut.bytes += oldest.integer(2), ++cut.rows;
    bytes -= oldest.integer(2);
  }
  return cut;
}

}  // namespace

Result<void> EventStore::prepare(sqlite::Database& database) {
  return database.migrate("events", event_schema);
}

Result<std::vector<StoredSession>> EventStore::load_sessions(sqlite::Database& database, int limit) {
  std::vector<StoredSession> sessions;
  try {
    auto query = database.prepare(
        "SELECT key, session_id, epoch, username, room_id, state, reason, wait_until_live, created_at, "
        "started_at,"
        " last_offset, cursor, owner, started_by FROM (SELECT * FROM sessions WHERE state <> ?2 ORDER BY key "
        "DESC LIMIT ?1)"
        " ORDER BY key");
    query.bind(1, std::int64_t{limit}).bind(2, deleted_state);
    while (query.step()) {
      StoredSession s;
      s.key = query.integer(0), s.id = query.text(1), s.epoch = query.text(2), s.username = query.text(3);
      s.room_id = query.text(4), s.state = query.text(5), s.reason = query.text(6);
      s.wait_until_live = query.integer(7) != 0, s.created_at = query.integer(8);
      s.started_at = query.integer(9), s.last_offset = static_cast<std::uint64_t>(query.integer(10));
      s.cursor = query.text(11), s.owner = query.text(12), s.started_by = query.text(13);
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

Task<Result<void>> EventStore::save_session(Executor executor, StoredSession session) {
  sqlite::Writer::Job job = [s = std::move(session)](sqlite::Database& database) {
    auto statement = database.prepare(upsert_session);
    statement.bind(1, s.key).bind(2, s.id).bind(3, s.epoch).bind(4, s.username).bind(5, s.room_id);
    statement.bind(6, s.state).bind(7, s.reason).bind(8, std::int64_t{s.wait_until_live});
    statement.bind(9, s.created_at).bind(10, s.started_at).bind(11, s.owner).bind(12, s.started_by);
    statement.run();
  };
  co_return co_await writer_.write(executor, std::move(job));
}

Task<Result<void>> EventStore::delete_session(Executor executor, std::int64_t session_key) {
  sqlite::Writer::Job hide = [this, session_key](sqlite::Database& database) {
    if (projection_) projection_->forget(database, session_key);
    auto mark = database.prepare("UPDATE sessions SET state = ?2 WHERE key = ?1");
    mark.bind(1, session_key).bind(2, deleted_state).run();
  };
  auto hidden = co_await writer_.write(executor, std::move(hide));
  if (!hidden) co_return hidden;
  auto left = std::make_shared<bool>(true);
  while (*left) {
    sqlite::Writer::Job step = [session_key, left](sqlite::Database& database) {
      auto remove = database.prepare(
          "DELETE FROM events WHERE session_key = ?1 AND \"offset\" IN"
          " (SELECT \"offset\" FROM events WHERE session_key = ?1 ORDER BY \"offset\" LIMIT ?2)");
      remove.bind(1, session_key).bind(2, rows_per_trim).run();
      *left = sqlite3_changes(database.handle()) == rows_per_trim;
      if (!*left) database.prepare("DELETE FROM sessions WHERE key = ?1").bind(1, session_key).run();
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

Task<Result<void>> EventStore::append(Executor executor, std::vector<StoredBatch> batches, RoomPlace place) {
  sqlite::Writer::Job job = [this, batches = std::move(batches),
                             place = std::move(place)](sqlite::Database& database) {
    for (const StoredBatch& batch : batches) {
      insert(database, batch, place);
      if (projection_ && !batch.events.empty()) projection_->apply(database, batch);
    }
  };
  if (!keep_events_) co_return Result<void>();
  co_return co_await writer_.write(executor, std::move(job));
}

Task<Result<EventPage>> EventStore::read(Executor executor, EventQuery query) {
  if (!keep_events_) co_return EventPage();  // what an earlier run has kept is of another epoch
  std::function<EventPage(sqlite::Database&)> job = [query = std::move(query)](sqlite::Database& database) {
    return read_page(database, query);
  };
  co_return co_await readers_.read<EventPage>(executor, std::move(job));
}

Task<Result<RecentEvents>> EventStore::recent(Executor executor, std::int64_t session_key,
                                              std::size_t limit) {
  std::function<RecentEvents(sqlite::Database&)> job = [session_key, limit](sqlite::Database& database) {
    return read_recent(database, session_key, limit);
  };
  co_return co_await readers_.read<RecentEvents>(executor, std::move(job));
}

Task<Result<bool>> EventStore::trim(Executor executor, std::int64_t session_key, Retention retention,
                                    UnixMs now) {
  // Looked for by a reader: most sessions have nothing to delete, and the writer need not hear of them.
  std::function<Cut(sqlite::Database&)> look = [session_key, retention, now](sqlite::Database& database) {
    return find_cut(database, session_key, retention, now);
  };
  CO_TRY(const Cut found, co_await readers_.read<Cut>(executor, std::move(look)));
  if (found.rows == 0) co_return false;
  // Counted again in the transaction that deletes: bodies may have been redacted meanwhile, and what is
  // subtracted must be what is deleted.
  const auto rows = std::make_shared<std::int64_t>(0);
  sqlite::Writer::Job job = [session_key, retention, now, rows](sqlite::Database& database) {
    const Cut cut = find_cut(database, session_key, retention, now);
    *rows = cut.rows;
    if (cut.rows == 0) return;
    auto remove = database.prepare("DELETE FROM events WHERE session_key = ?1 AND \"offset\" <= ?2");
    remove.bind(1, session_key).bind(2, cut.up_to).run();
    auto account = database.prepare("UPDATE sessions SET bytes = bytes - ?2 WHERE key = ?1");
    account.bind(1, session_key).bind(2, cut.bytes).run();
  };
  auto done = co_await writer_.write(executor, std::move(job));
  if (!done) co_return done.error();
  co_return *rows == rows_per_trim;
}

}  // namespace papi::events
