// Reads the events of a session page by page, and what a session knows of its past.

#include "events/postgres_event_store.hpp"
#include "events/postgres_remembered.hpp"
#include "events/postgres_values.hpp"

namespace papi::events {
namespace {

using postgres::Connection;
using postgres::Reply;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

// A filter that matches nothing must not occupy a connection for long.
constexpr std::uint64_t offsets_per_page = 50'000;
constexpr std::size_t rows_per_read = 500;

struct Ends {
  std::uint64_t first = 0, last = 0;  // of the events that are kept; 0: none
  std::string epoch;
};

std::vector<std::int16_t> types_of(const EventFilter& filter) {
  std::vector<std::int16_t> types;
  for (std::size_t i = 0; i < event_type_count; ++i) {
    const auto type = static_cast<EventType>(i);
    if (filter.wants(type)) types.push_back(stored_type(type));
  }
  return types;
}

EventPtr read_event(const Row& row, std::string_view epoch) {
  StoredEvent stored;
  stored.offset = Offset(from_stored(row.get<std::int64_t>(0)));
  stored.id = from_stored(row.get<std::int64_t>(1));
  stored.type = type_of_stored(row.get<std::int16_t>(2));
  stored.time = row.get<std::int64_t>(3);
  stored.user_id = UserId(from_stored(row.get<std::int64_t>(4)));
  stored.username = row.get<std::string_view>(5);
  stored.json = row.get<std::string_view>(6);
  const std::string renewed = with_epoch(stored.json, epoch);
  if (!renewed.empty()) stored.json = renewed;
  return restore(stored);
}

/// Adds what past() says of one event that is still stored.
void add_event(SessionPast& past, RememberedEvent event) {
  if (event.id) past.ids.push_back(*event.id);
  if (event.type == EventType::envelope)
    past.envelopes.emplace_back(std::move(event.envelope_id), std::move(event.action));
  if (!event.streak_id.empty())
    past.ended_streaks.push_back({std::move(event.streak_id), event.count, event.time});
}

void add_trimmed(SessionPast& past, const Row& row) {
  if (const auto id = row.get<std::optional<std::int64_t>>(0)) past.ids.push_back(from_stored(*id));
  std::string streak = row.get<std::string>(1);
  if (!streak.empty())
    past.ended_streaks.push_back({std::move(streak), row.get<std::int64_t>(2), row.get<std::int64_t>(3)});
}

UpstreamPosition read_position(const Row& row) {
  UpstreamPosition position;
  position.room_id = row.get<std::string>(0);
  position.cursor = row.get<std::string>(1);
  position.likes = row.get<std::int64_t>(2);
  position.heard_at = row.get<std::int64_t>(3);
  return position;
}

}  // namespace

Task<Result<EventPage>> PostgresEventStore::read(Executor, EventQuery query) {
  if (!keep_events_) co_return EventPage();  // events that an earlier run stored have another epoch
  const Statement ends = statement("event_range",
                                   "SELECT coalesce((SELECT min(\"offset\") FROM {schema}.events WHERE "
                                   "session_key = $1), 0), coalesce((SELECT max(\"offset\") FROM "
                                   "{schema}.events WHERE session_key = $1), 0), coalesce((SELECT epoch FROM "
                                   "{schema}.sessions WHERE key = $1), '')",
                                   query.session_key);
  const std::string rows_sql = schema_.qualify(
      "SELECT \"offset\", id, type, timestamp_ms, user_id, username, body FROM {schema}.events "
      "WHERE session_key = $1 AND \"offset\" > $2 AND \"offset\" <= $3 AND type = ANY ($4) "
      "AND (NOT $5 OR ($6 <> 0 AND user_id = $6) OR ($7 <> '' AND username = $7)) "
      "AND timestamp_ms >= $8 AND timestamp_ms <= $9 ORDER BY \"offset\" LIMIT $10");
  const std::vector<std::int16_t> types = types_of(query.filter);
  const std::function<Task<Reply<EventPage>>(Connection&)> work =
      [&](Connection& connection) -> Task<Reply<EventPage>> {
    EventPage page;
    page.next_after = query.after;
    CO_TRY(const Rows range, co_await connection.query(ends));
    page.first_kept = Offset(from_stored(range[0].get<std::int64_t>(0)));
    const Offset last = std::min(query.up_to, Offset(from_stored(range[0].get<std::int64_t>(1))));
    const std::string epoch = range[0].get<std::string>(2);
    Offset from =
        std::max(query.after, page.first_kept == Offset() ? Offset() : previous_offset(page.first_kept));
    const Offset to = std::min(last, Offset(from.value() + offsets_per_page));
    if (to <= from) co_return page;
    std::size_t bytes = 0;
    for (;;) {
      const std::size_t most = query.filter.reads_text()
                                   ? rows_per_read
                                   : std::min(rows_per_read, query.limit - page.events.size() + 1);
      const Statement look(
          "read_events", rows_sql, query.session_key, to_stored(from.value()), to_stored(to.value()), types,
          query.filter.by_person(), to_stored(query.filter.user_id.value()), storable(query.filter.username),
          std::int64_t{query.since}, std::int64_t{query.until}, static_cast<std::int64_t>(most));
      CO_TRY(const Rows rows, co_await connection.query(look));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (page.events.size() >= query.limit || bytes >= query.max_bytes) {
          page.more = true;
          co_return page;
        }
        EventPtr event = read_event(rows[i], epoch);
        page.next_after = from = event->offset;
        if (query.filter.reads_text() && !query.filter.matches(*event)) continue;
        bytes += event->json().size();
        page.events.push_back(std::move(event));
      }
      if (rows.size() < most) break;
    }
    page.next_after = to;
    page.more = to < last;
    co_return page;
  };
  CO_TRY(EventPage page, co_await pool_.run<EventPage>(work, query.caller));
  co_return page;
}

Task<Result<SessionPast>> PostgresEventStore::past(Executor, SessionKey session_key, std::string room,
                                                   std::size_t limit) {
  const auto newest = static_cast<std::int64_t>(limit);
  postgres::Segment look;
  look.push_back(
      statement("past_trimmed",
                "SELECT id, streak_id, count, timestamp_ms FROM {schema}.trimmed_events WHERE "
                "session_key = $1 AND \"offset\" > (SELECT last_offset FROM {schema}.sessions WHERE "
                "key = $1) - $2 ORDER BY \"offset\"",
                session_key, newest));
  look.push_back(
      statement("past_events",
                "SELECT \"offset\", id, type, timestamp_ms, CASE WHEN type = ANY ($3) THEN body END FROM "
                "{schema}.events WHERE session_key = $1 AND \"offset\" > (SELECT last_offset FROM "
                "{schema}.sessions WHERE key = $1) - $2 ORDER BY \"offset\"",
                session_key, newest,
                std::vector<std::int16_t>{stored_type(EventType::gift), stored_type(EventType::envelope)}));
  look.push_back(statement("past_streaks", "SELECT body FROM {schema}.open_streaks WHERE session_key = $1",
                           session_key));
  look.push_back(statement(
      "past_own", "SELECT room_id, cursor, 0::bigint, heard_at FROM {schema}.sessions WHERE key = $1",
      session_key));
  look.push_back(statement("past_room",
                           "SELECT room_id, cursor, likes, heard_at FROM {schema}.upstream_positions WHERE "
                           "room = $1",
                           storable(room)));
  // One state of the database: retention moves events to trimmed_events meanwhile.
  const std::function<Task<Reply<std::vector<Rows>>>(Connection&)> work =
      [&look](Connection& connection) -> Task<Reply<std::vector<Rows>>> {
    postgres::Segment all{Statement("begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")};
    all.insert(all.end(), look.begin(), look.end());
    all.emplace_back("commit", "COMMIT");
    co_return co_await connection.segment(all);
  };
  CO_TRY(const std::vector<Rows> rows, co_await pool_.run<std::vector<Rows>>(work));
  SessionPast past;
  for (std::size_t i = 0; i < rows[1].size(); ++i) add_trimmed(past, rows[1][i]);
  for (std::size_t i = 0; i < rows[2].size(); ++i) add_event(past, read_remembered(rows[2][i]));
  for (std::size_t i = 0; i < rows[3].size(); ++i)
    past.open_streaks.push_back(rows[3][i].get<std::string>(0));
  if (!rows[4].empty()) past.own = read_position(rows[4][0]);
  if (!rows[5].empty()) past.room = read_position(rows[5][0]);
  if (past.own.room_id == past.room.room_id) past.own.likes = past.room.likes;
  past.own.room = past.room.room = room;
  co_return past;
}

}  // namespace papi::events
