#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <string_view>

#include "platform/base/pause.hpp"
#include "platform/net/io_threads.hpp"
#include "platform/postgres/lease.hpp"

namespace papi::postgres {

/// The lease of a schema, held by a thread and connections of its own, so that nothing delays a renewal. A
/// connection that hangs is replaced well before the lease expires.
class HeldLease {
 public:
  struct Options {
    std::string_view purpose;      // shown in the owner's name: "process 7 on host h, PURPOSE 1f2e3d4c"
    std::string_view application;  // of the connections, in pg_stat_activity
    milliseconds timeout{10'500};  // how long an earlier owner is waited for; a killed one lasts 10 s
    Pause pause = {};              // asked while it waits; empty: nothing can end the wait
    Lease::OnWait on_wait = {};    // called on another thread
  };

  /// Blocks. Fails with CONFLICT, which names the owner, with UNAVAILABLE if the pause said to stop, and as
  /// Lease::take() does.
  static Result<std::unique_ptr<HeldLease>> take(const Target& target, const Schema& schema,
                                                 const Options& options, Logger& log);
  /// Calls give_back(), which gets a second.
  ~HeldLease();
  HeldLease(const HeldLease&) = delete;
  HeldLease& operator=(const HeldLease&) = delete;

  /// Gives the lease back, so that the next owner need not wait. Blocks, at most until `deadline`, or for a
  /// second if that is later. If the server is away, the lease expires by itself.
  void give_back(std::chrono::steady_clock::time_point deadline);

  /// Returns whether another process has become the owner. Any thread.
  bool lost() const { return lost_.load(std::memory_order_relaxed); }
  std::int64_t epoch() const { return lease_.epoch(); }
  Statement fence() const { return lease_.fence(); }

 private:
  HeldLease(const Target& target, const Schema& schema, const Options& options, Logger& log);
  Result<void> wait_for_it(const Options& options);
  std::future<void> start(Task<void> task);

  std::atomic<bool> lost_{false};
  bool given_back_ = false;
  IoThreads threads_{1};
  Pool pool_;
  Lease lease_;
  std::future<void> keeping_;  // valid while the lease is held
};

}  // namespace papi::postgres
