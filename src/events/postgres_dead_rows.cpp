#include "events/postgres_dead_rows.hpp"

#include <functional>

namespace papi::events {
namespace {

using postgres::Connection;
using postgres::Reply;
using postgres::Row;
using postgres::Rows;
using postgres::Segment;
using postgres::Statement;

Error stopped() { return Error(ErrorCode::unavailable, "The service is shutting down; ask again"); }

/// What keeps the oldest snapshot of this database, oldest first, and how many processes of other roles do
/// not show theirs to this one.
constexpr std::string_view holders_sql = R"sql(
  WITH found AS (
    SELECT format('process %s of role %s%s, in a transaction since %s', pid, coalesce(usename::text, '?'),
                  CASE application_name WHEN '' THEN '' ELSE ' (' || left(application_name, 63) || ')' END,
                  coalesce(to_char(xact_start, 'YYYY-MM-DD HH24:MI:SS TZ'), '?')) AS what,
           coalesce(xact_start, backend_start) AS since
    FROM pg_stat_activity
    WHERE (datname = current_database() OR datname IS NULL) AND pid <> pg_backend_pid()
      AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
    UNION ALL
    SELECT format('prepared transaction %s since %s', left(gid, 63), to_char(prepared, 'YYYY-MM-DD HH24:MI:SS TZ')),
           prepared FROM pg_prepared_xacts WHERE database = current_database()
    UNION ALL
    SELECT format('replication slot %s', slot_name), NULL FROM pg_replication_slots WHERE xmin IS NOT NULL)
  SELECT coalesce((SELECT string_agg(what, '; ') FROM (SELECT what FROM found ORDER BY since LIMIT 3) AS oldest), ''),
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
       AND query = '<insufficient privilege>'), current_user::text
  )sql";

}  // namespace

Statement note_erased_tables(const postgres::Schema& schema, const std::vector<std::string>& tables) {
  return Statement("note_erased_tables", schema.qualify("SELECT {schema}.note_erased_tables_v1($1)"), tables);
}

PostgresDeadRows::PostgresDeadRows(postgres::Writer& writer, postgres::Pool& pool,
                                   const postgres::Schema& schema, Options options)
    : writer_(writer), pool_(pool), schema_(schema), options_(options), mutex_(pool.executor()) {}

PostgresDeadRows::PostgresDeadRows(postgres::Writer& writer, postgres::Pool& pool,
                                   const postgres::Schema& schema)
    : PostgresDeadRows(writer, pool, schema, Options()) {}

Task<void> PostgresDeadRows::pause() {
  SteadyTimer timer(pool_.executor());
  timer.expires_after(options_.pause);
  co_await timer.async_wait(as_result);
}

Task<Result<std::size_t>> PostgresDeadRows::remove(Executor) {
  co_return co_await run_on(pool_.executor(), remove_here());
}

Task<Result<std::size_t>> PostgresDeadRows::remove_here() {
  std::vector<AsyncMutex*> locks{&mutex_};
  AsyncScopedLock lock(std::move(locks));
  co_await lock.take();
  CO_TRY(const std::vector<ErasedTable> tables, co_await erased_tables());
  if (tables.empty()) co_return std::size_t{0};
  for (const ErasedTable& table : tables) {
    if (!table.owned)
      co_return Error(ErrorCode::database,
                      "erased text stays in the files: only the owner of table " + table.quoted_name +
                          " may run VACUUM FULL. Let the service's role own it, or run it as the owner and "
                          "delete the table's row of erased_tables");
  }
  CO_CHECK(co_await wait_for_older_transactions());
  for (const ErasedTable& table : tables) CO_CHECK(co_await rewrite(table));
  co_return tables.size();
}

Task<Result<std::vector<PostgresDeadRows::ErasedTable>>> PostgresDeadRows::erased_tables() {
  Statement look("erased_tables",
                 schema_.qualify("SELECT t.name, format('%I.%I', n.nspname, c.relname), c.oid::bigint, "
                                 "t.erasures, pg_has_role(c.relowner, 'USAGE') FROM {schema}.erased_tables "
                                 "AS t JOIN pg_class AS c ON c.relname = t.name AND c.relkind = 'r' JOIN "
                                 "pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = $1 ORDER BY "
                                 "t.name"),
                 schema_.name());
  CO_TRY(const Rows rows, co_await pool_.ask(std::move(look)));
  std::vector<ErasedTable> tables;
  tables.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row row = rows[i];
    ErasedTable table;
    table.name = row.get<std::string>(0);
    table.quoted_name = row.get<std::string>(1);
    table.oid = row.get<std::int64_t>(2);
    table.erasures = row.get<std::int64_t>(3);
    table.owned = row.get<bool>(4);
    tables.push_back(std::move(table));
  }
  co_return tables;
}

/// VACUUM FULL gives a table another file. If it could not get the lock, the file is the same. (A VACUUM FULL
/// of somebody else, just between the two looks, would be taken for ours.)
Task<Result<bool>> PostgresDeadRows::try_to_rewrite(std::string quoted_name, std::int64_t oid) {
  const Statement look("file_of_table", "SELECT pg_relation_filenode($1::oid)::bigint", oid);
  const Statement vacuum("rewrite_table", "VACUUM (FULL, SKIP_LOCKED) " + quoted_name);
  const std::function<Task<Reply<bool>>(Connection&)> work =
      [&](Connection& connection) -> Task<Reply<bool>> {
    CO_TRY(const Rows before, co_await connection.query(look));
    CO_TRY([[maybe_unused]] const Rows done, co_await connection.query(vacuum, options_.rewrite_timeout));
    CO_TRY(const Rows after, co_await connection.query(look));
    co_return before[0].get<std::int64_t>(0) != after[0].get<std::int64_t>(0);
  };
  CO_TRY(const bool rewritten, co_await pool_.run<bool>(work));
  co_return rewritten;
}

/// A row that is deleted now can be removed exactly when all that were deleted before can. This asks the
/// server's own rule: snapshots of any role, prepared transactions, replication slots and standbys count, and
/// no right to see them is needed.
Task<Result<void>> PostgresDeadRows::wait_for_older_transactions() {
  std::vector<Statement> probe;
  probe.emplace_back("insert_probe", schema_.qualify("INSERT INTO {schema}.vacuum_probe VALUES (1)"));
  probe.emplace_back("delete_probe", schema_.qualify("DELETE FROM {schema}.vacuum_probe"));
  if (auto written = co_await writer_.write_repeatable(std::move(probe)); !written) co_return written.error();
  const std::string name = schema_.qualify("{schema}.vacuum_probe");
  Statement find("find_probe", "SELECT $1::regclass::oid::bigint", name);
  CO_TRY(const Rows found, co_await pool_.ask(std::move(find)));
  const auto oid = found[0].get<std::int64_t>(0);
  for (int i = 1;; ++i) {
    if (stopping_) co_return stopped();
    CO_TRY([[maybe_unused]] const bool rewritten, co_await try_to_rewrite(name, oid));
    Statement look("size_of_probe", "SELECT pg_relation_size($1::oid)", oid);
    CO_TRY(const Rows rows, co_await pool_.ask(std::move(look)));
    if (rows[0].get<std::int64_t>(0) == 0) co_return Result<void>();
    if (i >= options_.tries) co_return co_await older_transactions();
    co_await pause();
  }
}

Task<Error> PostgresDeadRows::older_transactions() {
  Error error(
      ErrorCode::unavailable,
      "erased text stays in the files: a transaction that is older than the erasure can still see it");
  Statement look("older_transactions", holders_sql);
  const auto rows = co_await pool_.ask(std::move(look));
  if (!rows) co_return error;
  const Row row = (*rows)[0];
  const auto shown = row.get<std::string>(0);
  const auto hidden = row.get<std::int64_t>(1);
  if (!shown.empty()) error.message += ". Oldest: " + shown;
  if (hidden > 0)
    error.message += ". Processes of other roles that are not shown to this one: " + std::to_string(hidden) +
                     "; GRANT pg_read_all_stats TO " + row.get<std::string>(2) + " shows them";
  error.message += ". Let it end (a dump, a report, a shell, a standby that feeds back), or end it";
  co_return error;
}

Task<Result<void>> PostgresDeadRows::rewrite(const ErasedTable& table) {
  for (int i = 1;; ++i) {
    if (stopping_) co_return stopped();
    CO_TRY(const bool rewritten, co_await try_to_rewrite(table.quoted_name, table.oid));
    if (rewritten) co_return co_await forget(table);
    if (i >= options_.tries) break;
    co_await pause();
  }
  co_return Error(ErrorCode::unavailable, "erased text stays in the file of table " + table.quoted_name +
                                              ": another transaction has had it locked at each of " +
                                              std::to_string(options_.tries) +
                                              " tries. Let it end (a dump, autovacuum, a shell)");
}

Task<Result<void>> PostgresDeadRows::forget(const ErasedTable& table) {
  Statement forget("forget_erased_table",
                   schema_.qualify("DELETE FROM {schema}.erased_tables WHERE name = $1 AND erasures = $2"),
                   table.name, table.erasures);
  if (auto written = co_await writer_.write_repeatable(std::move(forget)); !written)
    co_return written.error();
  co_return Result<void>();
}

}  // namespace papi::events
