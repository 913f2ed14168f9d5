// Removes a person's name from stored events, open streaks and sums.
//
// The new texts are computed in the program. The writer stores each one only where the text is still the one
// that was read. If another one is found, it was rewritten or deleted meanwhile, and the place is looked at
// again. Each step notes the tables whose files still hold the old text: see PostgresDeadRows.

#include "events/postgres_dead_rows.hpp"
#include "events/postgres_event_store.hpp"
#include "events/postgres_values.hpp"

namespace papi::events {
namespace {

using postgres::Row;
using postgres::Rows;
using postgres::Statement;
using postgres::Written;

constexpr std::int64_t rows_per_erasure_step = 500;

struct Rewrites {
  std::vector<std::int64_t> session_keys, offsets;
  std::vector<std::string> streak_ids, before, after;

  bool add(SessionKey session_key, std::string_view body, const ErasedPerson& person) {
    auto redacted = redact(body, person);
    if (!redacted) return false;
    session_keys.push_back(session_key.value());
    before.emplace_back(body);
    after.push_back(std::move(*redacted));
    return true;
  }
  std::size_t size() const { return before.size(); }
};

}  // namespace

Task<Result<ErasedPerson>> PostgresEventStore::person_of(std::string username, std::string nickname) {
  // Waits for everything that is queued now, so that the look sees it.
  std::vector<Statement> nothing;
  nothing.emplace_back("wait_for_queue", "SELECT 1");
  CO_TRY([[maybe_unused]] const Written waited, co_await writer_.write_repeatable(std::move(nothing)));
  Statement look = statement("known_ids",
                             "SELECT DISTINCT user_id, nickname FROM {schema}.session_people WHERE "
                             "lower(username COLLATE \"C\") = $1",
                             storable(username));
  CO_TRY(const Rows rows, co_await pool_.ask(std::move(look)));
  ErasedPerson person{std::move(username), {}, {}};
  if (!nickname.empty()) person.nicknames.push_back(std::move(nickname));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    person.ids.push_back(rows[i].get<std::int64_t>(0));
    std::string known = rows[i].get<std::string>(1);
    if (!known.empty()) person.nicknames.push_back(std::move(known));
  }
  co_return person;
}

Task<Result<std::size_t>> PostgresEventStore::erase_from_events(const ErasedPerson& person) {
  std::size_t count = 0;
  // The next look begins behind this event.
  SessionKey session_key;
  std::int64_t offset = 0;
  for (;;) {
    if (stopping_) co_return Error(ErrorCode::unavailable, "The service is shutting down; ask again");
    Statement look =
        statement("look_for_person",
                  "SELECT session_key, \"offset\", body FROM {schema}.events WHERE (session_key, "
                  "\"offset\") > ($1, $2) ORDER BY session_key, \"offset\" LIMIT $3",
                  session_key, offset, rows_per_erasure_step);
    CO_TRY(const Rows rows, co_await pool_.ask(std::move(look)));
    Rewrites rewrites;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Row row = rows[i];
      if (rewrites.add(SessionKey(row.get<std::int64_t>(0)), row.get<std::string_view>(2), person))
        rewrites.offsets.push_back(row.get<std::int64_t>(1));
    }
    if (rewrites.size() > 0) {
      std::vector<Statement> step;
      step.push_back(statement(
          "rewrite_events",
          "WITH changed AS (UPDATE {schema}.events AS e SET body = c.after, username = CASE lower(e.username "
          "COLLATE \"C\") WHEN $5 THEN '' ELSE e.username END FROM unnest($1::bigint[], $2::bigint[], "
          "$3::text[], $4::text[]) AS c(key, at, before, after) WHERE e.session_key = c.key AND e.\"offset\" "
          "= c.at AND e.body = c.before RETURNING e.session_key, e.tableoid AS part, octet_length(c.before) "
          "- "
          "octet_length(c.after) AS less), account AS (UPDATE {schema}.sessions AS s SET bytes = s.bytes - "
          "l.less FROM (SELECT session_key, sum(less)::bigint AS less FROM changed GROUP BY session_key) AS "
          "l WHERE s.key = l.session_key), noted AS (INSERT INTO {schema}.erased_tables AS t (name, "
          "erasures) SELECT relname::text, 1 FROM pg_class WHERE oid IN (SELECT part FROM changed) UNION ALL "
          "SELECT 'open_streaks', 1 WHERE EXISTS (SELECT FROM changed) ON CONFLICT (name) DO UPDATE SET "
          "erasures = t.erasures + 1) SELECT count(*) FROM changed",
          rewrites.session_keys, rewrites.offsets, rewrites.before, rewrites.after,
          storable(person.username)));
      CO_TRY(const Written written, co_await writer_.write_repeatable(std::move(step)));
      const auto changed = static_cast<std::size_t>(written.front()[0].get<std::int64_t>(0));
      count += changed;
      if (changed < rewrites.size()) continue;
    }
    if (static_cast<std::int64_t>(rows.size()) < rows_per_erasure_step) co_return count;
    session_key = SessionKey(rows[rows.size() - 1].get<std::int64_t>(0));
    offset = rows[rows.size() - 1].get<std::int64_t>(1);
  }
}

/// An open streak holds its newest gift event. There are few open streaks.
Task<Result<void>> PostgresEventStore::erase_from_streaks(const ErasedPerson& person) {
  for (;;) {
    if (stopping_) co_return Error(ErrorCode::unavailable, "The service is shutting down; ask again");
    Statement look =
        statement("read_streaks", "SELECT session_key, streak_id, body FROM {schema}.open_streaks");
    CO_TRY(const Rows rows, co_await pool_.ask(std::move(look)));
    Rewrites rewrites;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Row row = rows[i];
      if (rewrites.add(SessionKey(row.get<std::int64_t>(0)), row.get<std::string_view>(2), person))
        rewrites.streak_ids.push_back(row.get<std::string>(1));
    }
    if (rewrites.size() == 0) co_return Result<void>();
    std::vector<Statement> step;
    step.push_back(statement("rewrite_streaks",
                             "UPDATE {schema}.open_streaks AS o SET body = c.after FROM unnest($1::bigint[], "
                             "$2::text[], $3::text[], "
                             "$4::text[]) AS c(key, id, before, after) WHERE o.session_key = c.key AND "
                             "o.streak_id = c.id AND o.body = "
                             "c.before",
                             rewrites.session_keys, rewrites.streak_ids, rewrites.before, rewrites.after));
    step.push_back(note_erased_tables(schema_, {"open_streaks"}));
    CO_TRY([[maybe_unused]] const Written written, co_await writer_.write_repeatable(std::move(step)));
  }
}

/// One session at a time, so that appends need not wait for long.
Task<Result<void>> PostgresEventStore::erase_from_sums(const ErasedPerson& person) {
  Statement look = statement("sessions_of_person",
                             "SELECT DISTINCT session_key FROM {schema}.session_people WHERE lower(username "
                             "COLLATE \"C\") = $1 OR user_id = ANY ($2)",
                             storable(person.username), person.ids);
  CO_TRY(const Rows sessions, co_await pool_.ask(std::move(look)));
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    std::vector<Statement> step;
    step.push_back(
        statement("erase_from_sums",
                  "UPDATE {schema}.session_people SET username = '', nickname = '', avatar_url = '' "
                  "WHERE session_key = $1 AND (lower(username COLLATE \"C\") = $2 OR user_id = ANY ($3))",
                  sessions[i].get<std::int64_t>(0), storable(person.username), person.ids));
    // Streaks that have ended, and events that retention has deleted, left rows in their files as well.
    step.push_back(
        statement("note_session_tables",
                  "INSERT INTO {schema}.erased_tables AS t (name, erasures) SELECT c.relname::text, 1 FROM "
                  "pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = "
                  "'{schema}.events'::regclass AND satisfies_hash_partition(i.inhparent, 16, "
                  "right(c.relname, 2)::integer, $1::bigint) UNION ALL SELECT name, 1 FROM (VALUES "
                  "('open_streaks'), ('session_people')) AS v(name) ON CONFLICT (name) DO UPDATE SET "
                  "erasures = t.erasures + 1",
                  sessions[i].get<std::int64_t>(0)));
    CO_TRY([[maybe_unused]] const Written written, co_await writer_.write_repeatable(std::move(step)));
  }
  co_return Result<void>();
}

Task<Result<std::size_t>> PostgresEventStore::erase_person(Executor, std::string username,
                                                           std::string nickname) {
  CO_TRY(const ErasedPerson person, co_await person_of(std::move(username), std::move(nickname)));
  CO_TRY(const std::size_t count, co_await erase_from_events(person));
  if (auto erased = co_await erase_from_streaks(person); !erased) co_return erased.error();
  // The sums come last: by now they include the events that were still being written at the start.
  if (auto erased = co_await erase_from_sums(person); !erased) co_return erased.error();
  co_return count;
}

}  // namespace papi::events
