#pragma once

#include "auth/audit_store.hpp"
#include "platform/sqlite/readers.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::auth {

namespace store {
/// Adds a record within the transaction of `database`. Blocking. Throws DatabaseFault.
void add_audit_record(sqlite::Database& database, const AuditRecord& record);
}  // namespace store

/// The table `audit_log` in SQLite. Its queries may take long, so `readers` should not be those that
/// authenticate callers. The writer and the readers must outlive it.
class SqliteAuditStore final : public AuditStore {
 public:
  SqliteAuditStore(sqlite::Writer& writer, sqlite::Readers& readers) : writer_(writer), readers_(readers) {}

  Task<Result<void>> append(Executor executor, std::vector<AuditRecord> records) override;
  Task<Result<AuditPage>> read(Executor executor, AuditQuery query) override;
  Task<Result<std::size_t>> erase_before(Executor executor, UnixMs before, std::size_t limit) override;

 private:
  sqlite::Writer& writer_;
  sqlite::Readers& readers_;
};

}  // namespace papi::auth
