#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/base/fair_queue.hpp"
#include "platform/base/promise.hpp"
#include "platform/log/logger.hpp"
#include "platform/metrics/operation_times.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::sqlite {

/// Reader threads: each has its own read-only connection and runs beside the writer (WAL). Queries wait in a
/// bounded queue in which callers take turns: see FairQueue. A query that may take long must be split into
/// steps of some tens of milliseconds.
class Readers {
 public:
  /// Opens `threads` connections. Fails if one cannot be opened.
  static Result<std::unique_ptr<Readers>> open(const std::string& path, std::size_t threads, Logger& log);
  /// Runs the queued queries, then ends the threads.
  ~Readers();
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  /// Runs `query` on one of the threads in one transaction, so it sees one state of the database. `query` may
  /// throw DatabaseFault. `executor` is that of the calling coroutine. `caller` is the key or user that the
  /// query is for; empty: the service itself. Fails with UNAVAILABLE if too many queries wait, and with
  /// DATABASE if `query` threw.
  template <class Value>
  Task<Result<Value>> read(Executor executor, std::function<Value(Database&)> query,
                           std::string caller = {}) {
    metrics::OperationTimer timer(times_, metrics::OperationTimes::Operation::read);
    Promise<Result<Value>> completion(executor);
    Job job = [this, completion, query = std::move(query)](Database& database) {
      completion.set(attempt<Value>(database, query));
    };
    if (!enqueue(caller, std::move(job)))
      co_return Error(ErrorCode::unavailable, "Too many queries are waiting");
    Result<Value> result = co_await completion.get();
    timer.set_succeeded(result.has_value());
    co_return result;
  }
  /// Records from now on how long queries take. Call it before the first query.
  void measure(metrics::OperationTimes& times) { times_ = &times; }
  /// Returns how many queries wait.
  std::size_t waiting();

 private:
  using Job = std::function<void(Database&)>;
  Readers(std::vector<Database> databases, Logger& log);

  template <class Value>
  Result<Value> attempt(Database& database, const std::function<Value(Database&)>& query) {
    try {
      Transaction transaction(database);
      return query(database);
    } catch (const DatabaseFault& fault) {
      return refused(fault.what());
    } catch (const std::exception& bug) {
      return refused(bug.what());
    }
  }
  /// A read transaction. It ends with ROLLBACK, because there is nothing to commit.
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
  metrics::OperationTimes* times_ = nullptr;
  std::mutex mutex_;
  std::condition_variable wake_;
  FairQueue<Job> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace papi::sqlite
