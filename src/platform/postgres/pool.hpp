#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "platform/base/fair_queue.hpp"
#include "platform/base/notifier.hpp"
#include "platform/base/random.hpp"
#include "platform/base/task_group.hpp"
#include "platform/log/logger.hpp"
#include "platform/metrics/operation_times.hpp"
#include "platform/postgres/backoff.hpp"
#include "platform/postgres/transaction.hpp"

namespace papi::postgres {

struct PoolOptions {
  std::size_t size = 5;  // DB_POOL_SIZE: connections that stay open
  std::size_t overflow =
      10;  // DB_POOL_MAX_OVERFLOW: more of them while all are in use; closed when given back
  milliseconds timeout{30'000};      // DB_POOL_TIMEOUT: how long a caller waits for a connection
  milliseconds recycle{3'600'000};   // DB_POOL_RECYCLE: a connection older than this is replaced; 0: never
  milliseconds away_timeout{1'000};  // how long a caller waits while the server is not there
  std::size_t max_waiting = 10'000;  // callers
  std::size_t max_waiting_of_one = 500;  // of one named caller
  ConnectionOptions connection;
  metrics::OperationTimes* times = nullptr;  // records how long work takes; nullptr: nobody does
  metrics::Histogram* waits = nullptr;       // records how long callers waited for a connection, also in vain
};

/// What health shows. Without secrets.
struct DatabaseState {
  bool connected = false;       // the last that was heard of the server was good
  std::string last_error;       // for operators, with the remedy; empty: none since the last success
  bool needs_operator = false;  // the last error does not go away by itself
  std::size_t in_use = 0;
  std::size_t idle = 0;
  std::size_t waiting = 0;
};

/// Connections for many callers. All live on the thread of `executor`; run() and transact() may be called
/// from any thread, state() too. Callers wait in a bounded queue in which they take turns: see FairQueue.
///
/// One coroutine of the pool opens connections, one at a time, with back-off while the server is not there.
/// A connection is handed on only if it is idle() and not too old; else it is closed.
class Pool {
 public:
  Pool(Executor executor, Target target, PoolOptions options, Logger& log, Random random);
  /// stop() must have ended.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// A borrowed connection. It is given back when this object is destroyed. On the pool's thread.
  class PooledConnection {
   public:
    PooledConnection(PooledConnection&& other) noexcept = default;
    PooledConnection& operator=(PooledConnection&& other) noexcept {
      std::swap(pool_, other.pool_);
      std::swap(connection_, other.connection_);
      std::swap(caller_, other.caller_);
      return *this;
    }
    ~PooledConnection();
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    friend class Pool;
    PooledConnection(Pool& pool, std::unique_ptr<Connection> connection, std::string caller)
        : pool_(&pool), connection_(std::move(connection)), caller_(std::move(caller)) {}
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
    std::string caller_;
  };

  /// Borrows a connection; on the pool's thread. `caller`: whom it is for, a key or a user; empty: the
  /// service itself. Faults: `busy` if the queue is full or the wait took too long, else why the server is
  /// not there.
  Task<Reply<PooledConnection>> take(std::string caller = {});

  /// Runs `work` (Connection& → Task<Reply<T>>) with a connection, on the pool's thread. T has a default
  /// value.
  template <class T>
  Task<Reply<T>> run(std::function<Task<Reply<T>>(Connection&)> work, std::string caller = {}) {
    return run_on(executor_, run_here<T>(std::move(work), std::move(caller)));
  }
  /// The same inside a transaction. If it fails with `repeat`, all of it is done again, up to 5 times, so
  /// `work` must be repeatable. A write whose outcome is unknown is never repeated.
  template <class T>
  Task<Reply<T>> transact(TransactionOptions options, std::function<Task<Reply<T>>(Connection&)> work,
                          std::string caller = {}) {
    return run_on(executor_, transact_here<T>(options, std::move(work), std::move(caller)));
  }

  /// Runs statements in one round trip, without a transaction around those of other calls. Returns their
  /// rows.
  Task<Reply<std::vector<Rows>>> ask(Segment statements, std::string caller = {});
  Task<Reply<Rows>> ask(Statement statement, std::string caller = {});

  DatabaseState state() const;
  Executor executor() const { return executor_; }

  /// Refuses new callers and those that wait, and waits for the rest until the deadline; then closes what is
  /// left, which ends its users with faults, and waits for them. On the pool's thread, once.
  Task<void> stop(std::chrono::steady_clock::time_point deadline);

 private:
  struct Waiter {
    explicit Waiter(Executor executor) : changed(executor) {}
    Notifier changed;
    std::unique_ptr<Connection> connection;
    bool granted = false;
  };
  class Waiting;  // takes a waiter out of the queue, however its coroutine ends
  using SteadyTime = std::chrono::steady_clock::time_point;

  template <class T>
  Task<Reply<T>> run_here(std::function<Task<Reply<T>>(Connection&)> work, std::string caller) {
    metrics::OperationTimer timer(options_.times, metrics::OperationTimes::Operation::read);
    CO_TRY(PooledConnection connection, co_await take(std::move(caller)));
    try {
      Reply<T> result = co_await work(*connection);
      timer.set_succeeded(result.has_value());
      close_if_away(result, *connection);
      co_return result;
    } catch (const ColumnMismatch& mismatch) {
      co_return DatabaseFault(FaultKind::refused, mismatch.what());
    }
  }
  template <class T>
  Task<Reply<T>> transact_here(TransactionOptions options, std::function<Task<Reply<T>>(Connection&)> work,
                               std::string caller) {
    metrics::OperationTimer timer(options_.times, metrics::OperationTimes::Operation::write);
    for (int tries = 1;; ++tries) {
      {
        CO_TRY(PooledConnection connection, co_await take(caller));
        Reply<T> result = co_await in_transaction<T>(*connection, options, work);
        close_if_away(result, *connection);
        const bool again = !result && result.error().kind == FaultKind::repeat && tries < max_tries;
        timer.set_succeeded(result.has_value());
        if (!again) co_return result;
      }
      co_await pause_before(tries);
    }
  }
  /// The server ends, or is a standby: the next caller must not get this connection.
  template <class T>
  static void close_if_away(const Reply<T>& result, Connection& connection) {
    if (!result && result.error().kind == FaultKind::away) connection.close();
  }
  static constexpr int max_tries = 5;
  Task<void> pause_before(int tries);
  Task<void> open_on_demand();
  bool wanted() const;
  std::size_t capacity() const { return options_.size + options_.overflow; }
  bool fresh(const Connection& connection) const;
  void give_back(std::unique_ptr<Connection> connection, const std::string& caller);
  /// Hands idle connections to those whose turn it is.
  void grant();
  void remove(const std::string& caller, const std::shared_ptr<Waiter>& waiter);
  void note_wait(std::chrono::steady_clock::time_point began) const;
  void note(const DatabaseFault* fault);
  void publish();

  const Executor executor_;
  const Target target_;
  const PoolOptions options_;
  Logger& log_;
  Random random_;
  FairQueue<std::shared_ptr<Waiter>> queue_;
  std::list<std::shared_ptr<Waiter>> waiting_;  // those of the queue, to wake them at changes
  std::vector<std::unique_ptr<Connection>> idle_;
  std::vector<Connection*> in_use_;
  std::unique_ptr<Connection> opening_;
  std::optional<DatabaseFault> away_;  // why the last try to connect failed
  bool answers_ = false;               // the last connection that was opened or given back was good
  bool stopping_ = false;
  Notifier demand_;
  SteadyTimer pause_;
  Notifier given_back_;
  Backoff backoff_;
  TaskGroup tasks_;

  mutable std::mutex state_mutex_;
  DatabaseState state_;
};

}  // namespace papi::postgres
