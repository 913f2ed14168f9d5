#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "platform/postgres/pool.hpp"
#include "platform/postgres/schema.hpp"

namespace papi::postgres {

/// The scope of the one lease that a schema has.
inline constexpr const char* whole_database = "database";

struct LeaseOptions {
  std::string scope = whole_database;
  milliseconds duration{10'000};  // without a renewal for so long another process may take it
  milliseconds renewal{3'000};    // between two renewals
  milliseconds retry{250};        // between two tries to take it
};

/// Returns the process that owns the database now, or nullopt. The schema must exist.
Task<Reply<std::optional<std::string>>> current_owner(Pool& pool, const Schema& schema);

/// One process owns the database: a row of the table `leases` says which (migrations/postgres). The lease is
/// renewed all the time and expires by the server's clock if its process is gone.
///
/// The lease itself guarantees nothing, because a process may sleep for longer than it lasts. The fence is
/// the guarantee: a statement that fails with QT001 if somebody else has become the owner since. Each
/// transaction of the Writer contains it (WriterOptions::fence).
///
/// All members run on the pool's thread. The pool should be one that nobody else keeps busy.
class Lease {
 public:
  /// `owner` is new at each start and tells an operator which process it is, such as "host:pid:random".
  Lease(Pool& pool, Schema schema, LeaseOptions options, std::string owner, Logger& log);

  /// Called once when a wait for an owner begins: who it is, and how long it is waited for at most.
  using OnWait = std::function<void(const std::string& owner, milliseconds at_most)>;
  /// Tries until `deadline`. Fails with CONFLICT, which names the owner, or with the fault of the database.
  Task<Result<void>> take(std::chrono::steady_clock::time_point deadline, OnWait on_wait = {});
  /// Renews the lease until stop(). If somebody else has taken it, calls `on_lost` once and returns. While
  /// the database is away, it goes on trying: if nobody has taken the lease meanwhile, it is still ours.
  Task<void> keep(std::function<void()> on_lost);
  void stop();
  /// Gives the lease back, so that the next process need not wait. If the database is away, it expires.
  Task<void> release();

  /// Grows with each change of the owner. Set once take() has succeeded.
  std::int64_t epoch() const { return epoch_; }
  Statement fence() const;

 private:
  Task<Reply<std::int64_t>> try_to_take();
  Task<Reply<std::string>> owner_now();
  Task<Reply<bool>> renew();

  Pool& pool_;
  const Schema schema_;
  const LeaseOptions options_;
  const std::string owner_;
  Logger& log_;
  std::int64_t epoch_ = 0;
  bool stopping_ = false;
  Notifier wake_;
};

}  // namespace papi::postgres
