#pragma once

#include <chrono>
#include <exception>
#include <utility>

#include "platform/postgres/connection.hpp"

namespace papi::postgres {

/// Under READ COMMITTED what is read behind a lock is current: take the lock first, then read. SERIALIZABLE
/// may fail with `repeat` at any statement and at the commit.
enum class Isolation { read_committed, serializable };

struct TransactionOptions {
  Isolation isolation = Isolation::read_committed;
  milliseconds statement_timeout{10'000};
  milliseconds lock_timeout{5'000};
};

/// BEGIN with its level, and the two limits for this transaction only: through a pooler a plain SET would
/// reach another client. Also turns synchronous_commit on where the server has it off, so that a commit that
/// was answered survives a crash of the server.
Segment begin_statements(const TransactionOptions& options);
/// A standby refuses BEGIN … READ WRITE with 0A000 (feature_not_supported). That is no fault of the
/// statement: the connection must be given up, as another server is the primary.
void note_standby(DatabaseFault& fault);
Statement commit_statement();
/// A fault if the server answered COMMIT with ROLLBACK, as it does in a failed transaction.
Reply<void> check_commit(const Rows& answer);

Task<Reply<void>> begin(Connection& connection, const TransactionOptions& options);
/// Commits. The fault's `outcome_unknown` says that the connection was lost before the answer came.
Task<Reply<void>> commit(Connection& connection);
/// Rolls back; if that fails, the connection is closed, which does the same.
Task<void> rollback(Connection& connection);

/// Runs `work`, a coroutine function (Connection& → Task<Reply<T>>), between BEGIN and COMMIT. A fault of it
/// rolls back, as does a ColumnMismatch, which becomes a fault. Another exception, cancellation included,
/// closes the connection and goes on. `work` must outlive the call.
template <class T, class Work>
Task<Reply<T>> in_transaction(Connection& connection, const TransactionOptions& options, const Work& work) {
  auto begun = co_await begin(connection, options);
  if (!begun) co_return std::move(begun).error();
  Reply<T> result = DatabaseFault();
  std::exception_ptr escaped;
  try {
    result = co_await work(connection);
  } catch (const ColumnMismatch& mismatch) {
    result = DatabaseFault(FaultKind::refused, mismatch.what());
  } catch (...) {
    escaped = std::current_exception();
  }
  if (escaped) {
    connection.close();
    std::rethrow_exception(escaped);
  }
  if (!result) {
    co_await rollback(connection);
    co_return result;
  }
  auto committed = co_await commit(connection);
  if (!committed) co_return std::move(committed).error();
  co_return result;
}

}  // namespace papi::postgres
