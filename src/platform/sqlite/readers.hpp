#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/base/completion.hpp"
#include "platform/base/fair_queue.hpp"
#include "platform/log/logger.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::sqlite {

/// Threads that read, each over its own read-only connection, beside the one that writes (WAL). Queries wait
/// in a bounded queue in which callers take turns: see FairQueue. A query that may be long is asked in steps
/// of some tens of milliseconds.
class Readers {
 public:
  static Result<std::unique_ptr<Readers>> open(const std::string& path, std::size_t threads, Logger& log);
  /// Ends after what is queued.
  ~Readers();
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  /// Runs `query` (Database& → Value; throws DatabaseFault) on one of the threads, in one transaction: it
  /// sees one state of the database. `executor` is the caller's. `caller`: who waits for it, a key or a user;
  /// empty: the service itself.
  template <class Value>
  Task<Result<Value>> read(Executor executor, std::function<Value(Database&)> query,
                           std::string caller = {}) {
    Completion<Result<Value>> completion(executor);
    Job job = [this, completion, query = std::move(query)](Database& database) {
      completion.set(attempt<Value>(database, query));
    };
    if (!enqueue(caller, std::move(job)))
      co_return Error(ErrorCode::unavailable, "Too many queries are waiting");
    co_return co_await completion.get();
  }

 private:
  using Job = std::function<void(Database&)>;
  Readers(std::vector<Database> databases, Logger& log);

  template <class Value>
  Result<Value> attempt(Database& database, const std::function<Value(Database&)>& query) {
    try {
      Transaction transaction(database);
      return query(database);
    } catch (const DatabaseFault& fault) {
      return refused(fault.what);
    } catch (const std::exception& bug) {
      return refused(bug.what());
    }
  }
  /// A read transaction: there is nothing to commit.
  struct Transaction {
    explicit Transaction(Database& database) : db(database) { db.execute("BEGIN"); }
    ~Transaction() { sqlite3_exec(db.handle(), "ROLLBACK", nullptr, nullptr, nullptr); }
    Database& db;
  };
  Error refused(std::string_view reason);
  bool enqueue(const std::string& caller, Job job);
  void run(Database& database);

  std::vector<Database> databases_;
  Logger& log_;
  std::mutex mutex_;
  std::condition_variable wake_;
  FairQueue<Job> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace papi::sqlite
