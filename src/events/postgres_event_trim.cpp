// Deletes a session's oldest events when they exceed the limits of number, age or size.

#include "events/postgres_event_store.hpp"
#include "events/postgres_remembered.hpp"
#include "events/postgres_values.hpp"

namespace papi::events {
namespace {

using postgres::Row;
using postgres::Rows;
using postgres::Segment;
using postgres::Statement;
using postgres::Written;

/// The oldest events that may be deleted, and what the session remembers of them.
struct TrimRange {
  std::int64_t up_to = 0, events = 0;
  std::vector<std::int64_t> offsets, counts, times;
  std::vector<std::optional<std::int64_t>> ids;
  std::vector<std::string> streak_ids;

  void remember(RememberedEvent event) {
    offsets.push_back(to_stored(event.offset.value()));
    ids.push_back(event.id ? std::optional(to_stored(*event.id)) : std::nullopt);
    counts.push_back(event.count);
    times.push_back(event.time);
    streak_ids.push_back(storable(event.streak_id));
  }
};

/// `oldest` has the columns of read_remembered() and the size of the body.
TrimRange range_of(const Row& session, const Rows& oldest, const Retention& retention, UnixMs now) {
  constexpr int size_column = 5;
  const auto last_offset = session.get<std::int64_t>(0);
  auto bytes = session.get<std::int64_t>(1);
  TrimRange range;
  for (std::size_t i = 0; i < oldest.size(); ++i) {
    const Row row = oldest[i];
    const auto offset = row.get<std::int64_t>(0);
    const bool too_many = retention.max_events > 0 && offset <= last_offset - retention.max_events;
    const bool too_old =
        retention.max_age.count() > 0 && row.get<std::int64_t>(3) < now - retention.max_age.count();
    const bool too_big = retention.max_bytes > 0 && bytes > retention.max_bytes;
    if (!too_many && !too_old && !too_big) break;
    range.up_to = offset;
    ++range.events;
    bytes -= row.get<std::int64_t>(size_column);
    if (offset > last_offset - static_cast<std::int64_t>(remembered_events))
      range.remember(read_remembered(row));
  }
  return range;
}

}  // namespace

Task<Result<bool>> PostgresEventStore::trim(Executor, SessionKey session_key, Retention retention,
                                            UnixMs now) {
  // The pool looks first. Most sessions have nothing to delete, and then the writer is not needed.
  Segment look;
  look.push_back(statement("trim_session", "SELECT last_offset, bytes FROM {schema}.sessions WHERE key = $1",
                           session_key));
  look.push_back(statement("oldest_events",
                           "SELECT \"offset\", id, type, timestamp_ms, CASE type WHEN $3 THEN body END, "
                           "octet_length(body)::bigint FROM {schema}.events WHERE session_key = $1 ORDER BY "
                           "\"offset\" LIMIT $2",
                           session_key, events_per_trim, stored_type(EventType::gift)));
  CO_TRY(const std::vector<Rows> found, co_await pool_.ask(std::move(look)));
  if (found[0].empty()) co_return false;
  const TrimRange range = range_of(found[0][0], found[1], retention, now);
  if (range.events == 0) co_return false;
  // Events may have been rewritten since the look: the bytes are those of the rows that are deleted.
  std::vector<Statement> step;
  step.push_back(statement("keep_trimmed",
                           "INSERT INTO {schema}.trimmed_events (session_key, \"offset\", id, count, "
                           "timestamp_ms, streak_id) SELECT s.key, t.* FROM {schema}.sessions AS s, "
                           "unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[]) AS t "
                           "WHERE s.key = $1 ON CONFLICT (session_key, \"offset\") DO NOTHING",
                           session_key, range.offsets, range.ids, range.counts, range.times,
                           range.streak_ids));
  step.push_back(
      statement("forget_trimmed",
                "DELETE FROM {schema}.trimmed_events WHERE session_key = $1 AND \"offset\" <= (SELECT "
                "last_offset FROM {schema}.sessions WHERE key = $1) - $2",
                session_key, static_cast<std::int64_t>(remembered_events)));
  step.push_back(
      statement("trim_events",
                "WITH gone AS (DELETE FROM {schema}.events WHERE session_key = $1 AND \"offset\" <= $2 "
                "RETURNING octet_length(body)::bigint AS size) UPDATE {schema}.sessions SET bytes = "
                "bytes - (SELECT coalesce(sum(size), 0)::bigint FROM gone) WHERE key = $1",
                session_key, range.up_to));
  CO_TRY([[maybe_unused]] const Written written, co_await writer_.write_repeatable(std::move(step)));
  co_return range.events == events_per_trim;
}

}  // namespace papi::events
