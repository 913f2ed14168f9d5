#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "auth/audit_limit.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/signal.hpp"
#include "platform/http/exchange.hpp"
#include "platform/log/logger.hpp"
#include "platform/sqlite/readers.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::auth {

enum class AuditKind {
  authentication,  // a credential was refused
  login,
  lockout,
  logout,
  token_reuse,
  permission,  // valid credentials without the permission
  rate_limit,
  suspicious,
  user_change,
  key_change,
  token_change,
  share_change,
  overflow,  // records that were not written because there were too many; `reason` says how many
};
std::string_view to_string(AuditKind kind);
/// The kind of that name, or every one for `all`; empty for an unknown name.
std::vector<AuditKind> audit_kinds(std::string_view name);
/// All names, by comma.
std::string audit_kind_names();

/// One security event: who, what, from where, outcome. Never a secret, nor what was given in its place.
struct AuditRecord {
  UnixMs at = 0;
  AuditKind kind = AuditKind::authentication;
  bool success = false;
  std::string username;  // of the caller, as far as known
  std::string client_ip;
  std::string endpoint;
  std::string subject;  // what it was done to: a username, a key's id
  std::string reason;
  std::string correlation_id;
};

/// Who calls, from where and which route, of a request.
AuditRecord record_of(const http::Exchange& exchange, AuditKind kind, bool success, std::string reason);

struct AuditQuery {
  std::vector<AuditKind> kinds;
  bool only_failures = false;
  UnixMs since = 0;
  std::size_t limit = 100;
};
struct AuditTotals {
  std::int64_t total = 0;
  std::vector<std::pair<std::string, std::int64_t>> by_kind, by_ip, by_user;  // the largest first
};
struct AuditPage {
  std::vector<AuditRecord> recent;  // newest first
  AuditTotals totals;
};

/// The append-only record of security events, in the database: the table refuses changes, and deletions of
/// what is younger than 30 days. record() only queues; a coroutine writes. Refusals are written as far as
/// AuditLimit lets them, and counted beyond; lock-outs and stolen tokens always.
class AuditTrail {
 public:
  static constexpr std::size_t max_waiting = 10'000;

  static Result<void> prepare(sqlite::Database& database);
  /// Blocking: for commands.
  static void append(sqlite::Database& database, const AuditRecord& record);

  AuditTrail(Executor executor, sqlite::Writer& writer, sqlite::Readers& readers, Logger& log,
             const Clock& clock)
      : executor_(executor), writer_(writer), readers_(readers), log_(log), clock_(clock), wake_(executor) {}

  /// Any thread. Fills in the time.
  void record(AuditRecord record);
  /// Counts what is not worth a record of its own: one of many alike.
  void seen(AuditKind kind) { ++counts_[static_cast<std::size_t>(kind)]; }
  /// A credential was refused: for the record and, as operators look for it there, the log. `subject`: the
  /// username it was offered for, as far as known.
  void refused(const http::Exchange& exchange, std::string subject, std::string reason);
  /// With all that was recorded before the call.
  Task<Result<AuditPage>> read(Executor executor, AuditQuery query);
  /// Deletes records older than `days`, which is 30 at the least.
  Task<void> trim(std::int64_t days);

  /// Writes what is recorded until stop(); on the executor's thread, as stop() is.
  Task<void> run();
  void stop();

  /// Recorded and seen since the start, by kind.
  std::uint64_t count(AuditKind kind) const { return counts_[static_cast<std::size_t>(kind)].load(); }

 private:
  Task<void> flush();
  void add_overflows(std::deque<AuditRecord>& records, std::size_t lost);

  const Executor executor_;
  sqlite::Writer& writer_;
  sqlite::Readers& readers_;
  Logger& log_;
  const Clock& clock_;
  std::mutex mutex_;
  std::deque<AuditRecord> queue_;
  std::size_t lost_ = 0;
  AuditLimit limit_;
  Signal wake_;
  bool stopping_ = false;
  std::array<std::atomic<std::uint64_t>, 13> counts_{};
};

}  // namespace papi::auth
