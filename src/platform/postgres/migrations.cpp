#include "platform/postgres/migrations.hpp"

#include <functional>

#include "platform/base/sha256.hpp"
#include "platform/postgres/transaction.hpp"

namespace papi::postgres {
namespace {

constexpr TransactionOptions limits{Isolation::read_committed, milliseconds(3'600'000), milliseconds(60'000)};
constexpr std::string_view not_allowed = "42501";
constexpr std::string_view how_to_allow =
    "GRANT CREATE ON DATABASE to the user, or make the schema with CREATE SCHEMA … AUTHORIZATION";
constexpr std::string_view how_to_allow_tables = "GRANT USAGE, CREATE ON SCHEMA to the user";
constexpr milliseconds answer_timeout = limits.statement_timeout + milliseconds(10'000);

struct Applied {
  std::int32_t version = 0;
  std::string name;
  std::string sha256;
};

/// A fault that says what an operator can do. It goes through in_transaction(), which rolls back.
DatabaseFault refused(std::string what) { return DatabaseFault(FaultKind::refused, std::move(what)); }

/// Waits for other processes that migrate the same schema, until the transaction ends.
Task<Reply<void>> lock_schema(Connection& connection, const Schema& schema) {
  const Statement lock("lock_migrations", "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                       "migrations of " + schema.name());
  const auto locked = co_await connection.query(lock);
  if (!locked) co_return locked.error();
  co_return Reply<void>();
}

DatabaseFault with_remedy(DatabaseFault fault, std::string_view remedy) {
  if (fault.sqlstate == not_allowed) fault.what += "; " + std::string(remedy);
  return fault;
}

/// CREATE … IF NOT EXISTS would need the right to create also if everything exists.
Task<Reply<void>> make_journal(Connection& connection, const Schema& schema) {
  const Statement look("find_schema",
                       "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1), "
                       "EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = $2)",
                       schema.name(), "schema_migrations");
  CO_TRY(const Rows found, co_await connection.query(look));
  const bool has_schema = found[0].get<bool>(0), has_table = found[0].get<bool>(1);
  if (!has_schema) {
    const Statement make("make_schema", schema.qualify("CREATE SCHEMA {schema}"));
    if (auto made = co_await connection.query(make); !made)
      co_return with_remedy(std::move(made).error(), how_to_allow);
  }
  if (!has_table) {
    const Statement make("make_journal",
                         schema.qualify("CREATE TABLE {schema}.schema_migrations (version integer PRIMARY "
                                        "KEY, name text NOT NULL, sha256 text NOT NULL, applied_at "
                                        "timestamptz NOT NULL DEFAULT now())"));
    if (auto made = co_await connection.query(make); !made)
      co_return with_remedy(std::move(made).error(), how_to_allow_tables);
  }
  co_return Reply<void>();
}

Task<Reply<std::vector<Applied>>> read_journal(Connection& connection, const Schema& schema) {
  const Statement read("read_journal", schema.qualify("SELECT version, name, sha256 FROM "
                                                      "{schema}.schema_migrations ORDER BY version"));
  CO_TRY(const Rows rows, co_await connection.query(read));
  co_return read_rows<Applied>(rows, [](const Row& row) {
    return Applied{row.get<std::int32_t>(0), row.get<std::string>(1), row.get<std::string>(2)};
  });
}

Reply<void> compare(const std::vector<Applied>& applied, std::span<const Migration> known) {
  for (const Applied& step : applied) {
    if (step.version == not_ready_version) return refused("the database is not ready: " + step.name);
  }
  for (std::size_t i = 0; i < applied.size(); ++i) {
    const Applied& step = applied[i];
    const std::string shown = std::to_string(step.version) + " (" + step.name + ")";
    if (i >= known.size()) {
      return refused("a newer version of this program has changed the tables: step " + shown +
                     " is not known here. Start that version");
    }
    if (step.version != known[i].version || step.sha256 != sha256_hex(known[i].sql)) {
      return refused("step " + shown +
                     " of the tables' history is not the one of this program. Start the version that "
                     "applied it, or restore a backup");
    }
  }
  return {};
}

/// Applies the next step, if one is missing. Returns whether there may be more.
Task<Reply<bool>> apply_next(Connection& connection, const Schema& schema, std::span<const Migration> known) {
  if (auto locked = co_await lock_schema(connection, schema); !locked) co_return locked.error();
  if (auto made = co_await make_journal(connection, schema); !made) co_return made.error();
  CO_TRY(const std::vector<Applied> applied, co_await read_journal(connection, schema));
  if (auto same = compare(applied, known); !same) co_return same.error();
  if (applied.size() == known.size()) co_return false;
  const Migration& next = known[applied.size()];
  const std::string sql = schema.qualify(next.sql);
  auto ran = co_await connection.script(sql, answer_timeout);
  if (!ran) {
    DatabaseFault fault = std::move(ran).error();
    fault.what = "step " + std::to_string(next.version) + " (" + std::string(next.name) + "): " + fault.what;
    co_return fault;
  }
  const Statement record(
      "record_step",
      schema.qualify("INSERT INTO {schema}.schema_migrations (version, name, sha256) VALUES ($1, $2, $3)"),
      std::int32_t{next.version}, next.name, sha256_hex(next.sql));
  if (auto recorded = co_await connection.query(record); !recorded) co_return recorded.error();
  co_return true;
}

Error start_error(const Schema& schema, const DatabaseFault& fault) {
  const FaultKind kind = fault.kind;
  const ErrorCode code = kind == FaultKind::refused         ? ErrorCode::database
                         : kind == FaultKind::configuration ? ErrorCode::validation
                                                            : code_of(kind);
  return Error(code, "The tables of schema '" + schema.name() + "' cannot be made or changed: " + fault.what);
}

Task<Reply<int>> read_steps(Connection& connection, const Schema& schema, std::span<const Migration> known) {
  const Statement look(
      "find_tables",
      "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = $2), "
      "EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) OR "
      "has_database_privilege(current_database(), 'CREATE'), "
      "coalesce((SELECT has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE') "
      "FROM pg_namespace WHERE nspname = $1), true)",
      schema.name(), "schema_migrations");
  CO_TRY(const Rows found, co_await connection.query(look));
  const bool has_table = found[0].get<bool>(0), may_make = found[0].get<bool>(1);
  if (!may_make)
    co_return DatabaseFault(FaultKind::configuration,
                            "it does not exist, and the user may not make it; " + std::string(how_to_allow));
  if (!has_table && !found[0].get<bool>(2))
    co_return DatabaseFault(FaultKind::configuration,
                            "the user may not make tables in it; " + std::string(how_to_allow_tables));
  if (!has_table) co_return 0;
  CO_TRY(const std::vector<Applied> applied, co_await read_journal(connection, schema));
  if (auto same = compare(applied, known); !same) co_return same.error();
  co_return static_cast<int>(applied.size());
}

}  // namespace

Task<Result<int>> check_schema(Connection& connection, const Schema& schema,
                               std::span<const Migration> migrations) {
  auto steps = co_await read_steps(connection, schema, migrations);
  if (!steps) co_return start_error(schema, steps.error());
  co_return *steps;
}

Task<Result<int>> migrate(Connection& connection, const Schema& schema,
                          std::span<const Migration> migrations) {
  using Step = std::function<Task<Reply<bool>>(Connection&)>;
  const Step step = [&](Connection& c) { return apply_next(c, schema, migrations); };
  for (int applied = 0;; ++applied) {
    auto more = co_await in_transaction<bool>(connection, limits, step);
    if (!more) co_return start_error(schema, more.error());
    if (!*more) co_return applied;
  }
}

}  // namespace papi::postgres
