#include "platform/postgres/transaction.hpp"

namespace papi::postgres {

Segment begin_statements(const TransactionOptions& options) {
  const bool serializable = options.isolation == Isolation::serializable;
  Segment statements;
  statements.emplace_back("begin", serializable ? "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
                                                : "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
  // SET LOCAL takes no parameters.
  statements.emplace_back(
      "limits",
      "SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true), "
      "set_config('synchronous_commit', coalesce(nullif(current_setting('synchronous_commit'), 'off'), "
      "'on'), "
      "true)",
      std::to_string(options.statement_timeout.count()), std::to_string(options.lock_timeout.count()));
  return statements;
}

void note_standby(DatabaseFault& fault) {
  if (fault.statement == "begin" && fault.sqlstate == "0A000") fault.kind = FaultKind::away;
}

Statement commit_statement() { return Statement("commit", "COMMIT"); }

Reply<void> check_commit(const Rows& answer) {
  if (answer.command() == "COMMIT") return {};
  DatabaseFault fault(FaultKind::refused, "the transaction had failed and was rolled back");
  fault.statement = answer.statement();
  return fault;
}

Task<Reply<void>> begin(Connection& connection, const TransactionOptions& options) {
  const Segment statements = begin_statements(options);
  auto begun = co_await connection.segment(statements);
  if (!begun) {
    DatabaseFault fault = std::move(begun).error();
    fault.outcome_unknown = false;  // nothing was written
    note_standby(fault);
    co_await rollback(connection);
    co_return fault;
  }
  co_return Reply<void>();
}

Task<Reply<void>> commit(Connection& connection) {
  const Statement statement = commit_statement();
  auto answer = co_await connection.query(statement);
  if (!answer) {
    DatabaseFault fault = std::move(answer).error();
    const bool open = connection.open() && connection.transaction_status() != PQTRANS_IDLE;
    if (open) co_await rollback(connection);
    co_return fault;
  }
  co_return check_commit(*answer);
}

Task<void> rollback(Connection& connection) {
  if (!connection.open() || connection.transaction_status() == PQTRANS_IDLE) co_return;
  const Statement statement("rollback", "ROLLBACK");
  const auto answer = co_await connection.query(statement);
  if (!answer) connection.close();
}

}  // namespace papi::postgres
