// What the database knows of a session before it follows a room again.

#include "events/sqlite_session_past.hpp"

#include "events/sqlite_event_store.hpp"
#include "platform/base/text.hpp"

namespace papi::events {
namespace {

UpstreamPosition read_position(sqlite::Statement& row) {
  UpstreamPosition position;
  position.room_id = row.text(0);
  position.cursor = row.text(1);
  position.likes = row.integer(2);
  position.heard_at = row.integer(3);
  return position;
}

/// The columns of `trimmed_events` from a row of `events`. An event that this service made gets an empty id,
/// because TikTok never repeats it. The streak id is set only for a gift event that ended a streak. A gift
/// without a streak, whose streak id ends with its own id, gets an empty one.
constexpr std::string_view remembered_columns = R"sql(
    session_key, "offset",
    CASE WHEN type = 'session' OR (type = 'gift' AND coalesce(json_extract(body, '$.inferred'), 0)) THEN ''
      ELSE id END AS id,
    CASE WHEN type = 'gift' AND json_extract(body, '$.streak_end')
      AND json_extract(body, '$.streak_id') NOT LIKE '%-' || id
      THEN json_extract(body, '$.streak_id') ELSE '' END AS streak_id,
    CASE type WHEN 'gift' THEN json_extract(body, '$.count') ELSE 0 END AS count, timestamp_ms
    )sql";

SessionPast read_past(sqlite::Database& database, SessionKey session_key, const std::string& room,
                      std::size_t limit) {
  SessionPast past;
  const std::string newest =
      " WHERE session_key = ?1 AND \"offset\" > (SELECT last_offset FROM sessions WHERE"
      " key = ?1) - ?2 ";
  auto rows =
      database.prepare("SELECT id, streak_id, count, timestamp_ms FROM (SELECT * FROM trimmed_events" +
                       newest + "UNION ALL SELECT " + std::string(remembered_columns) + " FROM events" +
                       newest + ") ORDER BY \"offset\"");
  rows.bind(1, session_key).bind(2, static_cast<std::int64_t>(limit));
  while (rows.step()) {
    if (!rows.text(0).empty()) past.ids.push_back(parse_uint(rows.text(0)).value_or(0));
    if (rows.text(1).empty()) continue;
    past.ended_streaks.push_back({std::string(rows.text(1)), rows.integer(2), rows.integer(3)});
  }
  auto open = database.prepare("SELECT body FROM open_streaks WHERE session_key = ?1");
  open.bind(1, session_key);
  while (open.step()) past.open_streaks.emplace_back(open.text(0));
  auto envelopes = database.prepare(
      "SELECT json_extract(body, '$.envelope_id'), json_extract(body, '$.action') FROM events"
      " WHERE session_key = ?1 AND type = 'envelope'"
      " AND \"offset\" > (SELECT last_offset FROM sessions WHERE key = ?1) - ?2 ORDER BY \"offset\"");
  envelopes.bind(1, session_key).bind(2, static_cast<std::int64_t>(limit));
  while (envelopes.step()) past.envelopes.emplace_back(envelopes.text(0), envelopes.text(1));
  auto own = database.prepare("SELECT room_id, cursor, 0, heard_at FROM sessions WHERE key = ?1");
  own.bind(1, session_key);
  if (own.step()) past.own = read_position(own);
  auto saved =
      database.prepare("SELECT room_id, cursor, likes, heard_at FROM upstream_positions WHERE room = ?1");
  saved.bind(1, room);
  if (saved.step()) past.room = read_position(saved);
  if (past.own.room_id == past.room.room_id) past.own.likes = past.room.likes;
  past.own.room = past.room.room = room;
  return past;
}

}  // namespace

void keep_trimmed(sqlite::Database& database, SessionKey session_key, std::int64_t up_to) {
  const std::string oldest = "(SELECT last_offset FROM sessions WHERE key = ?1) - ?2";
  auto keep = database.prepare("INSERT OR REPLACE INTO trimmed_events SELECT " +
                               std::string(remembered_columns) + " FROM events WHERE session_key = ?1 AND " +
                               "\"offset\" <= ?3 AND \"offset\" > " + oldest);
  const auto limit = static_cast<std::int64_t>(remembered_events);
  keep.bind(1, session_key).bind(2, limit).bind(3, up_to).run();
  auto forget =
      database.prepare("DELETE FROM trimmed_events WHERE session_key = ?1 AND \"offset\" <= " + oldest);
  forget.bind(1, session_key).bind(2, limit).run();
}

void forget_trimmed(sqlite::Database& database, SessionKey session_key) {
  database.prepare("DELETE FROM trimmed_events WHERE session_key = ?1").bind(1, session_key).run();
}

Task<Result<SessionPast>> SqliteEventStore::past(Executor executor, SessionKey session_key, std::string room,
                                                 std::size_t limit) {
  std::function<SessionPast(sqlite::Database&)> job = [session_key, room = std::move(room),
                                                       limit](sqlite::Database& database) {
    return read_past(database, session_key, room, limit);
  };
  co_return co_await readers_.read<SessionPast>(executor, std::move(job));
}

}  // namespace papi::events
