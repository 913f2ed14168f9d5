// Deletes a session's oldest events: too many, too old, too big.

#include "events/event_store.hpp"
#include "events/session_past.hpp"

namespace papi::events {
namespace {

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
    keep_trimmed(database, session_key, cut.up_to);
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
