#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/notifier.hpp"
#include "platform/base/random.hpp"
#include "platform/base/task_group.hpp"
#include "platform/log/logger.hpp"
#include "platform/metrics/operation_times.hpp"
#include "platform/postgres/backoff.hpp"
#include "platform/postgres/pool.hpp"
#include "platform/postgres/transaction.hpp"

namespace papi::postgres {

/// What is stored together.
struct WriteJob {
  /// None of these may begin or end a transaction.
  std::vector<Statement> statements;
  /// Its statements may be committed twice without harm. If the answer is lost, they are run again, also if
  /// they were committed, so the caller always gets their rows.
  bool repeatable = false;
  /// It waits for as long as the server is away. Others fail then: see WriterOptions::away_timeout.
  bool waits_for_server = false;

  WriteJob() = default;
  explicit WriteJob(std::vector<Statement> all) : statements(std::move(all)) {}
};

/// The row that each transaction leaves, so that it is known afterwards whether it was committed: a number
/// under the name of its connection.
struct WriterMarks {
  using Make = std::function<Statement(const std::string& connection, std::int64_t number)>;
  Make leave;
  Make look;  // gives one row with one boolean: whether that number is stored
};

struct WriterOptions {
  std::size_t max_waiting = 100'000;                   // jobs
  std::size_t max_waiting_bytes = 256u * 1024 * 1024;  // of all that wait
  std::size_t group_jobs = 1'000;                      // of one transaction
  std::size_t group_bytes = 8u * 1024 * 1024;
  milliseconds away_timeout{5'000};  // how long a job waits while the server is away
  TransactionOptions transaction;
  ConnectionOptions connection;
  /// Without marks, a job whose answer was lost ends with `outcome_unknown`, unless it is repeatable.
  std::optional<WriterMarks> marks;
  /// Runs first in each transaction. If it fails with `fenced` (see Lease::fence()), all jobs of the group
  /// do.
  std::optional<Statement> fence;
  metrics::OperationTimes* times = nullptr;  // records how long writes take; nullptr: nobody does
};

/// What a committed job answered: its statements' rows. Empty if the answer was lost and the
/// mark is there.
using Written = std::vector<Rows>;

/// The one connection that writes. All jobs that wait when it is free share one transaction (group commit),
/// sent in one round trip. Jobs run in the order in which they were given.
///
/// A group that fails is repeated job by job, so that a bad job fails alone. While the server is away, the
/// writer tries to reconnect with back-off for as long as it lives. Jobs wait meanwhile, up to away_timeout
/// or, if they say so, without end; if too many wait, new ones fail with `busy`. A job that was under way
/// when the connection was lost waits until its outcome is known. Every answered job is either stored, or not
/// stored, or has a fault with `outcome_unknown`.
///
/// Before the outcome of a lost commit is asked, the writer ends the lost server process by the
/// application_name that only that connection had, so that it cannot commit later. It lives on the thread of
/// `executor`; write() and state() may be called from any thread.
class Writer {
 public:
  Writer(Executor executor, Target target, WriterOptions options, Logger& log, Random random);
  /// stop() must have ended.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// After success the job is committed. Resumes on the caller's executor. If the caller is cancelled, the
  /// job is written all the same.
  Task<Reply<Written>> write(WriteJob job) { return run_on(executor_, enqueue(std::move(job))); }
  /// Writes what may be committed twice without harm. Its rows are always known.
  Task<Reply<Written>> write_repeatable(std::vector<Statement> statements);
  Task<Reply<Rows>> write_repeatable(Statement statement);

  /// `waiting`: jobs. `in_use`: 1 while a group is under way.
  DatabaseState state() const;

  /// Writes what waits, until the deadline; what is left then fails with `away`, or with `outcome_unknown` if
  /// its answer is missing. Jobs that come later fail. On the writer's thread, once.
  Task<void> stop(std::chrono::steady_clock::time_point deadline);

 private:
  struct Entry {
    Entry(Executor executor, WriteJob its_job) : job(std::move(its_job)), answered(executor) {}
    WriteJob job;
    Notifier answered;
    std::optional<Reply<Written>> reply;
    std::size_t bytes = 0;
    bool maybe_stored = false;  // it was sent once, and the answer was lost
    int losses = 0;             // how often the connection was lost with it, without an error of the server
  };
  using Group = std::vector<std::shared_ptr<Entry>>;
  enum class Outcome { answered, lost, failed };  // failed: nothing of it is stored

  Task<Reply<Written>> enqueue(WriteJob job);
  Task<void> run();
  Task<void> reconnect();
  /// Whether the server process of a lost connection has ended.
  Task<Reply<bool>> lost_session_has_ended(const std::string& application_name);
  Task<void> commit(Group group);
  /// Tries the group, and repeats it after a deadlock or a serialisation failure.
  Task<Outcome> try_group(const Group& group);
  Task<Outcome> try_group_once(const Group& group);
  Task<void> settle_lost(Group group);
  Task<Reply<bool>> was_committed(const std::string& lost_session);
  Group take_group();
  void answer(const Group& group, const DatabaseFault& fault);
  void answer(Entry& entry, Reply<Written> reply);
  void put_back(Group& group);
  /// Takes a job out of the queue while the server is away. Returns false if it is not in the queue.
  bool give_up(const std::shared_ptr<Entry>& entry);
  /// Removes the jobs that are repeatable from `group` and puts them back.
  void put_back_repeatable(Group& group);
  void note(const DatabaseFault* fault);
  void publish();
  Task<void> pause();

  const Executor executor_;
  const Target target_;
  const WriterOptions options_;
  Logger& log_;
  Random random_;
  Backoff backoff_;
  std::unique_ptr<Connection> connection_;
  std::string session_name_;  // the application_name of connection_
  std::deque<std::shared_ptr<Entry>> queue_;
  std::size_t queued_bytes_ = 0;
  bool writing_ = false;
  bool stopping_ = false;
  bool too_late_ = false;  // stop()'s deadline has passed
  std::optional<DatabaseFault> away_;
  std::chrono::steady_clock::time_point away_since_{};
  std::int64_t groups_ = 0;   // that were sent
  DatabaseFault last_fault_;  // of the group tried last
  Notifier wake_;
  SteadyTimer pause_;
  SteadyTimer last_call_;
  TaskGroup tasks_;

  mutable std::mutex state_mutex_;
  DatabaseState state_;
};

}  // namespace papi::postgres
