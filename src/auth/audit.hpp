#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "auth/audit_limit.hpp"
#include "auth/audit_store.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/enum_count.hpp"
#include "platform/base/notifier.hpp"
#include "platform/log/logger.hpp"

namespace papi::auth {

/// The audit trail: the append-only list of security events, which an AuditStore keeps. record() only queues;
/// a coroutine writes. Records of failures are limited by AuditLimit; those above the limit are only counted.
/// Lock-outs and stolen tokens are not limited. The store must outlive it.
class AuditTrail final : public AuditSink {
 public:
  static constexpr std::size_t max_waiting = 10'000;

  /// `between_tries`: how long it waits before it writes again what the store did not take.
  AuditTrail(Executor executor, AuditStore& store, Logger& log, const Clock& clock,
             std::chrono::milliseconds between_tries = std::chrono::seconds(1))
      : executor_(executor),
        store_(store),
        log_(log),
        clock_(clock),
        between_tries_(between_tries),
        wake_(executor),
        pause_(executor) {}

  /// Any thread. Sets the time of the record. If `max_waiting` records wait, the new one is dropped and
  /// counted.
  void record(AuditRecord record) override;
  /// Counts an event without a record, because it is one of many that are alike.
  void seen(AuditKind kind) { ++counts_[static_cast<std::size_t>(kind)]; }
  void refused(const Actor& actor, std::string subject, std::string reason) override;
  /// The result includes everything that was recorded before the call.
  Task<Result<AuditPage>> read(Executor executor, AuditQuery query);
  /// Deletes records older than `retention`, but none younger than 31 days.
  Task<void> trim(std::chrono::days retention);

  /// Writes the queued records until stop(), again if the store did not take them. Runs on the executor's
  /// thread; stop() must be called there too.
  Task<void> run();
  void stop();

  /// How many events of a kind were given to record() or seen() since the start. Changes of accounts are not
  /// among them: see AccountTransaction::record().
  std::uint64_t count(AuditKind kind) const { return counts_[static_cast<std::size_t>(kind)].load(); }

  /// Returns how many records wait to be written. Any thread.
  std::size_t waiting();
  /// Returns how many records were lost since the start, because too many waited. Any thread.
  std::uint64_t lost() const { return lost_ever_.load(std::memory_order_relaxed); }

 private:
  /// Returns false if the records could not be written. They wait again then.
  Task<bool> flush();
  AuditRecord overflow() const;
  void add_overflows(std::vector<AuditRecord>& records);
  /// Call it with `mutex_` locked.
  void count_lost(std::size_t records);

  const Executor executor_;
  AuditStore& store_;
  Logger& log_;
  const Clock& clock_;
  const std::chrono::milliseconds between_tries_;
  std::mutex mutex_;
  std::vector<AuditRecord> queue_;
  std::size_t lost_ = 0;  // of which the audit trail does not tell yet
  std::atomic<std::uint64_t> lost_ever_{0};
  AuditLimit limit_;
  Notifier wake_;
  Notifier pause_;  // after a write that failed
  bool stopping_ = false;
  std::array<std::atomic<std::uint64_t>, enum_count<AuditKind>()> counts_{};
};

}  // namespace papi::auth
