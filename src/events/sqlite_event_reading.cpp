// Reads the events of a session page by page.

#include "events/sqlite_event_store.hpp"
#include "platform/base/text.hpp"

namespace papi::events {
namespace {

// A filter that matches nothing must not occupy a reader thread for long.
constexpr std::uint64_t offsets_per_page = 50'000;

/// The types of a filter as SQL. The names come only from this program.
std::string types_condition(const EventFilter& filter) {
  std::string names;
  std::size_t wanted = 0;
  for (std::size_t i = 0; i < event_type_count; ++i) {
    if (!filter.wants(static_cast<EventType>(i))) continue;
    ++wanted;
    if (!names.empty()) names += ',';
    names += '\'';
    names += to_string(static_cast<EventType>(i));
    names += '\'';
  }
  if (wanted == event_type_count) return "";
  return " AND type IN (" + names + ")";
}

EventPage read_page(sqlite::Database& database, const EventQuery& query) {
  EventPage page;
  auto ends = database.prepare(
      "SELECT (SELECT min(\"offset\") FROM events WHERE session_key = ?1),"
      "       (SELECT max(\"offset\") FROM events WHERE session_key = ?1),"
      "       (SELECT epoch FROM sessions WHERE key = ?1)");
  ends.bind(1, query.session_key);
  if (ends.step()) page.first_kept = Offset(static_cast<std::uint64_t>(ends.integer(0)));
  const Offset last = std::min(query.up_to, Offset(static_cast<std::uint64_t>(ends.integer(1))));
  const std::string epoch(ends.text(2));
  const Offset from =
      std::max(query.after, page.first_kept == Offset() ? Offset() : previous_offset(page.first_kept));
  const Offset to = std::min(last, Offset(from.value() + offsets_per_page));
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
  rows.bind(1, query.session_key).bind(2, static_cast<std::int64_t>(from.value()));
  rows.bind(3, static_cast<std::int64_t>(to.value()));
  if (query.filter.by_person())
    rows.bind(4, static_cast<std::int64_t>(query.filter.user_id.value())).bind(5, query.filter.username);
  if (query.since > 0) rows.bind(6, query.since);
  if (query.until < std::numeric_limits<UnixMs>::max()) rows.bind(7, query.until);

  std::size_t bytes = 0;
  while (rows.step()) {
    if (page.events.size() >= query.limit || bytes >= query.max_bytes) {
      page.more = true;
      return page;
    }
    StoredEvent stored;
    stored.offset = Offset(static_cast<std::uint64_t>(rows.integer(0)));
    stored.id = parse_uint(rows.text(1)).value_or(0);
    stored.type = parse_event_type(rows.text(2)).value_or(EventType::unknown);
    stored.time = rows.integer(3);
    stored.user_id = UserId(static_cast<std::uint64_t>(rows.integer(4)));
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

Task<Result<EventPage>> SqliteEventStore::read(Executor executor, EventQuery query) {
  if (!keep_events_) co_return EventPage();  // events that an earlier run stored have another epoch
  std::string caller = query.caller;
  std::function<EventPage(sqlite::Database&)> job = [query = std::move(query)](sqlite::Database& database) {
    return read_page(database, query);
  };
  co_return co_await readers_.read<EventPage>(executor, std::move(job), std::move(caller));
}

}  // namespace papi::events
