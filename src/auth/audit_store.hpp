#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "auth/audit_record.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/base/task.hpp"

namespace papi::auth {

struct AuditQuery {
  std::vector<AuditKind> kinds;
  bool only_failures = false;
  UnixMs since = 0;
  std::size_t limit = 100;  // of AuditPage::recent
};
struct AuditTotals {
  std::int64_t total = 0;
  /// Largest first; of equal ones the name that is smaller in bytes. At most `max_audit_counts` of each.
  std::vector<std::pair<std::string, std::int64_t>> by_kind, by_ip, by_user;
};
inline constexpr std::int64_t max_audit_counts = 20;
struct AuditPage {
  std::vector<AuditRecord> recent;  // newest first
  AuditTotals totals;               // of all records that the query matches
};

/// Keeps the audit trail. Records are added and never changed, and the storage itself refuses to delete
/// records younger than 30 days. Records of account changes are added by AccountTransaction::record().
///
/// All operations may be called from any thread. `executor` is the caller's. Writes happen in the order of
/// the calls. An operation that fails has changed nothing, unless its Error says that the outcome is unknown.
/// Fails with UNAVAILABLE if too many operations wait or the storage cannot be reached, else with DATABASE.
class AuditStore {
 public:
  virtual ~AuditStore() = default;

  /// Stores all records, in this order, or none. Of texts that are too long, audit_text() is stored.
  virtual Task<Result<void>> append(Executor executor, std::vector<AuditRecord> records) = 0;
  /// It sees every append() that was called before. A failed login has no caller: AuditTotals::by_user counts
  /// it under its subject, which is the name that was tried.
  virtual Task<Result<AuditPage>> read(Executor executor, AuditQuery query) = 0;
  /// Deletes at most `limit` of the records that are older than `before`. Returns how many. Fails, and
  /// deletes nothing, if one of them is younger than 30 days.
  virtual Task<Result<std::size_t>> erase_before(Executor executor, UnixMs before, std::size_t limit) = 0;
};

}  // namespace papi::auth
