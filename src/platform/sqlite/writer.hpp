#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "platform/base/task.hpp"
#include "platform/log/logger.hpp"
#include "platform/sqlite/database.hpp"
#include "platform/sqlite/file_watch.hpp"
#include "platform/sqlite/wal_sync.hpp"

namespace papi::sqlite {

/// What a power cut may take of what was committed. A crash of the program takes nothing either way.
enum class Durability {
  batched,  // up to 200 ms
  strict,   // nothing: every commit waits for the disk
};

/// The one thread that writes. All jobs that wait when it comes round share one transaction (group commit),
/// so a burst of small writes costs one commit. Jobs run in the order in which they were given.
class Writer {
 public:
  using Job = std::function<void(Database&)>;  // throws DatabaseFault
  static constexpr std::size_t max_waiting = 100'000;

  /// `watch`: says whether the database's files are in their place; while they are not, every job is refused.
  Writer(Database database, Durability durability, Logger& log, FileWatch* watch = nullptr);
  /// As stop().
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Runs what is queued, then ends the thread; for a lock it waits only a second more. Jobs that come later
  /// are never run and their callers wait for ever: end those first.
  void stop();
  /// After success the job's writes are committed. A failing job fails alone: the others of its group are run
  /// again without it, so a job must be repeatable. `executor` is the caller's.
  Task<Result<void>> write(Executor executor, Job job);
  /// Brings everything from the write-ahead log into the database file and empties the log, so that what was
  /// overwritten is in neither. Fails where a reader, an operator's for instance, stays in the way.
  Task<Result<void>> empty_log(Executor executor);

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
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Entry> queue_;
  bool stopping_ = false;
  std::unique_ptr<WalSync> sync_;  // batched only
  std::thread thread_;
};

}  // namespace papi::sqlite
