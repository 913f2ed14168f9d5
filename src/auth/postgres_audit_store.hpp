#pragma once

#include <optional>

#include "auth/audit_store.hpp"
#include "platform/postgres/pool.hpp"
#include "platform/postgres/schema.hpp"
#include "platform/postgres/writer.hpp"

namespace papi::auth {

/// Returns the statement that adds these records, in this order.
postgres::Statement insert_audit_records(const postgres::Schema& schema,
                                         const std::vector<AuditRecord>& records);

/// Keeps the audit trail in PostgreSQL (table audit_log of migrations/postgres). It writes through the writer
/// and reads through the pool. While the server is away, append() and read() fail after the writer's
/// away_timeout. Everything that it uses must outlive it.
class PostgresAuditStore final : public AuditStore {
 public:
  PostgresAuditStore(postgres::Writer& writer, postgres::Pool& pool, const postgres::Schema& schema)
      : writer_(writer), pool_(pool), schema_(schema) {}

  Task<Result<void>> append(Executor executor, std::vector<AuditRecord> records) override;
  Task<Result<AuditPage>> read(Executor executor, AuditQuery query) override;
  /// If the answer is lost, the step is done again, so up to twice `limit` records may be deleted. The number
  /// is that of the last time: if it is below `limit`, no older record is left.
  Task<Result<std::size_t>> erase_before(Executor executor, UnixMs before, std::size_t limit) override;

 private:
  postgres::Writer& writer_;
  postgres::Pool& pool_;
  const postgres::Schema schema_;
};

}  // namespace papi::auth
