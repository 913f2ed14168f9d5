// Deletes a session's oldest events when they exceed the limits of number, age or size.

#include "events/sqlite_event_store.hpp"
#include "events/sqlite_session_past.hpp"

namespace papi::events {
namespace {

/// The oldest rows that may be deleted: up to which offset, with how many bytes and rows.
struct TrimRange {
  std::int64_t up_to = 0, bytes = 0, rows = 0;
};

TrimRange find_trim_range(sqlite::Database& database, SessionKey session_key, const Retention& retention,
                          UnixMs now) {
  auto session = database.prepare("SELECT last_offset, bytes FROM sessions WHERE key = ?1");
  session.bind(1, session_key);
  if (!session.step()) return {};
  const std::int64_t last_offset = session.integer(0);
  std::int64_t bytes = session.integer(1);
  auto oldest = database.prepare(
      "SELECT \"offset\", timestamp_ms, length(CAST(body AS BLOB)) FROM events WHERE session_key = ?1"
      " ORDER BY \"offset\" LIMIT ?2");
  oldest.bind(1, session_key).bind(2, events_per_trim);
  TrimRange range;
  while (oldest.step()) {
    const bool too_many = retention.max_events > 0 && oldest.integer(0) <= last_offset - retention.max_events;
    const bool too_old = retention.max_age.count() > 0 && oldest.integer(1) < now - retention.max_age.count();
    const bool too_big = retention.max_bytes > 0 && bytes > retention.max_bytes;
    if (!too_many && !too_old && !too_big) break;
    range.up_to = oldest.integer(0);
    range.bytes += oldest.integer(2);
    ++range.rows;
    bytes -= oldest.integer(2);
  }
  return range;
}

}  // namespace

Task<Result<bool>> SqliteEventStore::trim(Executor executor, SessionKey session_key, Retention retention,
                                          UnixMs now) {
  // A reader thread looks first. Most sessions have nothing to delete, and then the writer is not needed.
  std::function<TrimRange(sqlite::Database&)> look = [session_key, retention,
                                                      now](sqlite::Database& database) {
    return find_trim_range(database, session_key, retention, now);
  };
  CO_TRY(const TrimRange found, co_await readers_.read<TrimRange>(executor, std::move(look)));
  if (found.rows == 0) co_return false;
  // Computed again in the transaction that deletes. Events may have been redacted in the meantime, and the
  // bytes that are subtracted must be those that are deleted.
  const auto rows = std::make_shared<std::int64_t>(0);
  sqlite::Writer::Job job = [session_key, retention, now, rows](sqlite::Database& database) {
    const TrimRange range = find_trim_range(database, session_key, retention, now);
    *rows = range.rows;
    if (range.rows == 0) return;
    keep_trimmed(database, session_key, range.up_to);
    auto remove = database.prepare("DELETE FROM events WHERE session_key = ?1 AND \"offset\" <= ?2");
    remove.bind(1, session_key).bind(2, range.up_to).run();
    auto account = database.prepare("UPDATE sessions SET bytes = bytes - ?2 WHERE key = ?1");
    account.bind(1, session_key).bind(2, range.bytes).run();
  };
  auto done = co_await writer_.write(executor, std::move(job));
  if (!done) co_return done.error();
  co_return *rows == events_per_trim;
}

}  // namespace papi::events
