#pragma once

#include "auth/account_cache.hpp"
#include "auth/audit.hpp"
#include "auth/last_used.hpp"
#include "platform/base/trusted_clock.hpp"
#include "platform/log/logger.hpp"

namespace papi::auth {

struct MaintenanceDependencies {
  AccountStore& store;
  AccountCache& cache;
  AuditTrail& audit;
  LastUsed& keys_used;
  LastUsed& stream_tokens_used;
  Logger& log;
  const Clock& clock;
  TrustedClock& trusted;
};

/// The maintenance job, one coroutine. It notices within about 250 ms what another process (a command)
/// changed in users, keys or revocations, and writes down that it has. It stores when keys and stream
/// tokens were used. It deletes expired tokens, stream tokens, sign-in codes, revocations, failed logins and
/// old audit records, once the wall clock has proved itself.
class MaintenanceJob {
 public:
  MaintenanceJob(const MaintenanceDependencies& deps, Executor executor, std::chrono::days audit_retention)
      : deps_(deps), executor_(executor), audit_retention_(audit_retention), wake_(executor) {}

  /// Runs until stop(), which must be called on the executor's thread.
  Task<void> run();
  void stop();

 private:
  Task<void> write_noticed();
  Task<void> write_use();
  Task<void> prune();

  const MaintenanceDependencies deps_;
  const Executor executor_;
  const std::chrono::days audit_retention_;
  Notifier wake_;
  bool stopping_ = false;
  std::int64_t noticed_ = 0;  // the version that was last written down
};

}  // namespace papi::auth
