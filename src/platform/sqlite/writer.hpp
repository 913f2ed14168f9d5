#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "platform/base/task.hpp"
#include "platform/log/logger.hpp"
#include "platform/metrics/operation_times.hpp"
#include "platform/sqlite/database.hpp"
#include "platform/sqlite/file_watch.hpp"
#include "platform/sqlite/wal_sync.hpp"

namespace papi::sqlite {

/// What a power cut may take of committed data. A crash of the program takes nothing in either mode.
enum class Durability {
  batched,  // the last 200 ms
  strict,   // nothing: every commit waits for the disk
};

/// The one thread that writes. All jobs that wait when the thread is free share one transaction (group
/// commit, docs/decisions/0007-sqlite-one-writer.md), so a burst of small writes costs one commit. Jobs run
/// in the order in which they were given.
class Writer {
 public:
  using Job = std::function<void(Database&)>;  // throws DatabaseFault
  static constexpr std::size_t max_waiting = 100'000;

  /// `watch` says whether the database's files are in their place. While they are not, every job fails.
  Writer(Database database, Durability durability, Logger& log, FileWatch* watch = nullptr);
  /// As stop().
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Runs the queued jobs, then ends the thread and syncs the write-ahead log. From now on a lock of another
  /// program is waited for 1 s only. A later job would never run and its caller would wait for ever, so end
  /// the callers first.
  void stop();
  /// Runs `job`. After success its writes are committed. A failing job fails alone: the other jobs of its
  /// group are run again without it, so a job must be repeatable. Fails with UNAVAILABLE if `max_waiting`
  /// jobs wait, else with DATABASE. `executor` is that of the calling coroutine.
  Task<Result<void>> write(Executor executor, Job job);
  /// Moves everything from the write-ahead log into the database file and empties the log. So data that was
  /// overwritten is in neither. Fails if another connection, such as an operator's shell, goes on reading for
  /// about 5 s.
  Task<Result<void>> truncate_wal(Executor executor);
  /// Records from now on how long writes take. Call it before the first write.
  void measure(metrics::OperationTimes& times) { times_ = &times; }
  /// Returns how many jobs wait.
  std::size_t waiting();

 private:
  enum class Outcome { committed, failed, files_lost };
  struct Entry {
    Job job;
    std::function<void(Outcome)> done;
    bool alone = false;  // not in a transaction
  };
  Task<Result<void>> enqueue(Executor executor, Job job, bool alone);
  void run_alone(Entry& entry);
  void run();
  void commit(std::deque<Entry>& group);
  void commit_one_by_one(std::deque<Entry>& group);
  bool files_in_place() { return !watch_ || watch_->in_place(); }
  Outcome begin();  // committed: the transaction has begun
  Outcome try_group(std::deque<Entry>& group);

  Database database_;
  Logger& log_;
  FileWatch* const watch_;
  metrics::OperationTimes* times_ = nullptr;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Entry> queue_;
  bool stopping_ = false;
  std::unique_ptr<WalSync> sync_;  // only with Durability::batched
  std::thread thread_;
};

}  // namespace papi::sqlite
