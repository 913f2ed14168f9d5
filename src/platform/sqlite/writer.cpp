#include "platform/sqlite/writer.hpp"

#include <algorithm>
#include <iterator>

#include "platform/base/promise.hpp"

namespace papi::sqlite {
namespace {

constexpr std::chrono::seconds stopping_lock_timeout{1};  // for a lock, while the service stops

/// Shortens the lock timeout to 5 ms while it lives.
class ShortTimeout {
 public:
  explicit ShortTimeout(Database& database) : database_(database) {
    database_.set_lock_timeout(std::chrono::milliseconds(5));
  }
  ~ShortTimeout() { database_.set_lock_timeout(Database::default_lock_timeout); }
  ShortTimeout(const ShortTimeout&) = delete;
  ShortTimeout& operator=(const ShortTimeout&) = delete;

 private:
  Database& database_;
};

}  // namespace

Writer::Writer(Database database, Durability durability, Logger& log, FileWatch* watch)
    : database_(std::move(database)), log_(log), watch_(watch) {
  if (durability == Durability::strict) {
    database_.execute("PRAGMA synchronous=FULL");
  } else {
    sync_ = std::make_unique<WalSync>(sqlite3_db_filename(database_.handle(), "main"), log);
  }
  thread_ = std::thread([this] { run(); });
}

void Writer::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  sync_.reset();  // syncs the last commits
}

Writer::~Writer() {
  stop();
  // Closing the last connection deletes the write-ahead log by its name. If the files were replaced, that
  // name may now belong to another database.
  if (!files_in_place()) sqlite3_db_config(database_.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Task<Result<void>> Writer::write(Executor executor, Job job) {
  return enqueue(executor, std::move(job), false);
}

Task<Result<void>> Writer::truncate_wal(Executor executor) {
  constexpr int tries = 50;
  constexpr std::chrono::milliseconds between{100};
  SteadyTimer pause(executor);
  for (int i = 1;; ++i) {
    // Each try is short: a connection that reads must not delay all other writes.
    Job job = [](Database& database) {
      const ShortTimeout short_timeout(database);
      auto checkpoint = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
      if (checkpoint.step() && checkpoint.integer(0) != 0)
        throw DatabaseFault("another connection still reads an older state of the database");
    };
    auto emptied = co_await enqueue(executor, std::move(job), true);
    if (emptied || emptied.error().code != ErrorCode::database || i == tries) co_return emptied;
    pause.expires_after(between);
    co_await pause.async_wait(as_result);
  }
}

Task<Result<void>> Writer::enqueue(Executor executor, Job job, bool alone) {
  metrics::OperationTimer timer(times_, metrics::OperationTimes::Operation::write);
  Promise<Outcome> completion(executor);
  Entry entry;
  entry.job = std::move(job);
  entry.alone = alone;
  entry.done = [completion](Outcome outcome) { completion.set(outcome); };
  {
    std::lock_guard lock(mutex_);
    if (queue_.size() >= max_waiting) co_return Error(ErrorCode::unavailable, "Too many writes are waiting");
    queue_.push_back(std::move(entry));
  }
  wake_.notify_one();
  const Outcome outcome = co_await completion.get();
  timer.set_succeeded(outcome == Outcome::committed);
  if (outcome == Outcome::committed) co_return Result<void>();
  if (outcome == Outcome::files_lost) {
    co_return Error(ErrorCode::database,
                    "The database files were taken away: nothing is stored until they are back");
  }
  co_return Error(ErrorCode::database, "The database did not accept a write");
}

std::size_t Writer::waiting() {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void Writer::run() {
  for (;;) {
    std::deque<Entry> group;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      if (stopping_) database_.set_lock_timeout(stopping_lock_timeout);
      if (queue_.front().alone) {
        group.push_back(std::move(queue_.front()));
        queue_.pop_front();
      } else {
        const auto end = std::find_if(queue_.begin(), queue_.end(), [](const Entry& e) { return e.alone; });
        group.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
        queue_.erase(queue_.begin(), end);
      }
    }
    if (group.front().alone) {
      run_alone(group.front());
    } else {
      commit(group);
    }
  }
}

void Writer::run_alone(Entry& entry) {
  if (!files_in_place()) return entry.done(Outcome::files_lost);
  try {
    entry.job(database_);
    entry.done(Outcome::committed);
  } catch (const DatabaseFault& fault) {
    log_.debug("The write-ahead log could not be truncated", {{"reason", fault.what()}});
    entry.done(Outcome::failed);
  }
}

Writer::Outcome Writer::try_group(std::deque<Entry>& group) {
  Outcome outcome = Outcome::failed;
  try {
    for (Entry& entry : group) entry.job(database_);
    // Checked as late as possible: a commit to a file that is gone is lost, and must not be reported as
    // stored.
    if (files_in_place()) {
      database_.cached("COMMIT").run();
      if (sync_) sync_->committed();
      return Outcome::committed;
    }
    outcome = Outcome::files_lost;
  } catch (const DatabaseFault& fault) {
    log_.error("Database write failed", {{"reason", fault.what()}, {"jobs", group.size()}});
  } catch (const std::exception& bug) {
    log_.error("Database job failed", {{"reason", bug.what()}, {"jobs", group.size()}});
  }
  sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  return outcome;
}

Writer::Outcome Writer::begin() {
  if (!files_in_place()) return Outcome::files_lost;
  try {
    database_.cached("BEGIN IMMEDIATE").run();
    return Outcome::committed;
  } catch (const DatabaseFault& fault) {
    log_.error("Database cannot be written", {{"reason", fault.what()}});
    return Outcome::failed;
  }
}

void Writer::commit(std::deque<Entry>& group) {
  // If another program holds the database locked, no job is at fault: to try them one by one would only wait
  // longer. The same holds if the files are gone.
  Outcome outcome = begin();
  if (outcome == Outcome::committed) {
    outcome = try_group(group);
    if (outcome == Outcome::failed) return commit_one_by_one(group);
  }
  for (Entry& entry : group) entry.done(outcome);
}

void Writer::commit_one_by_one(std::deque<Entry>& group) {
  for (Entry& entry : group) {
    std::deque<Entry> single;
    single.push_back(std::move(entry));
    Outcome outcome = group.size() > 1 ? begin() : Outcome::failed;
    if (outcome == Outcome::committed) outcome = try_group(single);
    single.front().done(outcome);
  }
}

}  // namespace papi::sqlite
