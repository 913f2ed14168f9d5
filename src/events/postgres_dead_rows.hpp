#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "platform/base/async_mutex.hpp"
#include "platform/postgres/pool.hpp"
#include "platform/postgres/schema.hpp"
#include "platform/postgres/writer.hpp"

namespace papi::events {

/// Returns a statement that notes, in the transaction of an erasure, that the files of these tables now hold
/// rows with erased text. `tables`: their names without the schema.
postgres::Statement note_erased_tables(const postgres::Schema& schema,
                                       const std::vector<std::string>& tables);

/// Removes from the files of the database what an erasure removed from the rows. PostgreSQL keeps the former
/// version of a changed or deleted row in the file, also after a plain VACUUM.
///
/// VACUUM FULL writes those tables anew that an erasure has noted in the table erased_tables, one after the
/// other, each under an exclusive lock of its own. The notes are committed with the erasure, so a crash or a
/// failure leaves them, and the next call goes on.
///
/// It never waits for a lock, as everybody else would wait behind it: it tries again (VACUUM's SKIP_LOCKED).
/// So it needs no lock_timeout, which VACUUM could only get from a SET that reaches other clients of a
/// pooler.
///
/// WAL, archives of it, standbys, replicas and backups keep what they have: see docs/operations.md. It lives
/// on the pool's thread; remove() and stop() may be called from any.
class PostgresDeadRows {
 public:
  struct Options {
    int tries = 100;                    // for older transactions to end, and for the lock of each table
    postgres::milliseconds pause{100};  // between two tries
    postgres::milliseconds rewrite_timeout{600'000};  // of one table
  };

  PostgresDeadRows(postgres::Writer& writer, postgres::Pool& pool, const postgres::Schema& schema,
                   Options options);
  PostgresDeadRows(postgres::Writer& writer, postgres::Pool& pool, const postgres::Schema& schema);

  /// Returns the number of tables that were written anew: 0 if no erasure has noted any. After success no
  /// erased text is in a table's file. Fails with UNAVAILABLE, and says who it is, if a transaction that is
  /// older than the erasure can still see the rows, or if a table stays locked; with DATABASE if the role
  /// does not own a table. May be called again.
  Task<Result<std::size_t>> remove(Executor executor);
  /// The service is about to stop: remove() ends after the table that it is writing, with UNAVAILABLE.
  void stop() { stopping_ = true; }

 private:
  struct ErasedTable {
    std::string name, quoted_name;
    std::int64_t oid = 0, erasures = 0;
    bool owned = false;
  };
  Task<Result<std::size_t>> remove_here();
  Task<Result<std::vector<ErasedTable>>> erased_tables();
  Task<Result<void>> wait_for_older_transactions();
  Task<Result<void>> rewrite(const ErasedTable& table);
  Task<Result<void>> forget(const ErasedTable& table);
  Task<Error> older_transactions();
  /// Runs VACUUM FULL, unless the table is locked. Returns whether it ran.
  Task<Result<bool>> try_to_rewrite(std::string quoted_name, std::int64_t oid);
  Task<void> pause();

  postgres::Writer& writer_;
  postgres::Pool& pool_;
  const postgres::Schema schema_;
  const Options options_;
  AsyncMutex mutex_;  // one call at a time
  std::atomic<bool> stopping_{false};
};

}  // namespace papi::events
