#pragma once

#include "auth/authenticate.hpp"
#include "platform/base/trusted_clock.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::auth {

struct UpkeepParts {
  sqlite::Writer& writer;
  IdentityBook& book;
  AuditTrail& audit;
  KeyUse& use;
  Logger& log;
  const Clock& clock;
  TrustedClock& trusted;
};

/// What goes on beside the requests: notices within 250 ms what another process (a command) changed of who
/// may call and writes down that it has, writes down when keys were used, and deletes what time has made
/// meaningless, once the wall clock has proved itself. One coroutine.
class Upkeep {
 public:
  Upkeep(const UpkeepParts& parts, Executor executor, std::int64_t audit_days)
      : parts_(parts), executor_(executor), audit_days_(audit_days), wake_(executor) {}

  /// Until stop(), which comes on the executor's thread too.
  Task<void> run();
  void stop();

 private:
  Task<void> write_noticed();
  Task<void> write_key_use();
  Task<void> prune();

  const UpkeepParts parts_;
  const Executor executor_;
  const std::int64_t audit_days_;
  Signal wake_;
  bool stopping_ = false;
  std::int64_t noticed_ = 0;  // written
};

}  // namespace papi::auth
