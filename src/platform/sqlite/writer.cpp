#include "platform/sqlite/writer.hpp"

#include "platform/base/completion.hpp"

namespace papi::sqlite {

Writer::Writer(Database database, Durability durability, Logger& log)
    : database_(std::move(database)), log_(log) {
  if (durability == Durability::strict) {
    database_.execute("PRAGMA synchronous=FULL");
  } else {
    sync_ = std::make_unique<WalSync>(sqlite3_db_filename(database_.handle(), "main"), log);
  }
  thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

Task<Result<void>> Writer::write(Executor executor, Job job) {
  Completion<bool> completion(executor);
  Entry entry;
  entry.job = std::move(job);
  entry.done = [completion](bool committed) { completion.set(committed); };
  {
    std::lock_guard lock(mutex_);
    if (queue_.size() >= max_waiting) co_return Error(ErrorCode::unavailable, "Too many writes are waiting");
    queue_.push_back(std::move(entry));
  }
  wake_.notify_one();
  const bool committed = co_await completion.get();
  if (committed) co_return Result<void>();
  co_return Error(ErrorCode::database, "The database did not accept a write");
}

void Writer::run() {
  for (;;) {
    std::deque<Entry> group;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      std::swap(group, queue_);
    }
    commit(group);
  }
}

bool Writer::try_group(std::deque<Entry>& group) {
  try {
    for (Entry& entry : group) entry.job(database_);
    database_.execute("COMMIT");
    if (sync_) sync_->committed();
    return true;
  } catch (const DatabaseFault& fault) {
    log_.error("Database write failed", {{"reason", fault.what}, {"jobs", group.size()}});
  } catch (const std::exception& bug) {
    log_.error("Database job failed", {{"reason", bug.what()}, {"jobs", group.size()}});
  }
  sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  return false;
}

bool Writer::begin() {
  try {
    database_.execute("BEGIN IMMEDIATE");
    return true;
  } catch (const DatabaseFault& fault) {
    log_.error("Database cannot be written", {{"reason", fault.what}});
    return false;
  }
}

void Writer::commit(std::deque<Entry>& group) {
  // A database that somebody else holds locked is no job's fault: trying them one by one would only wait
  // longer.
  if (!begin()) {
    for (Entry& entry : group) entry.done(false);
    return;
  }
  if (try_group(group)) {
    for (Entry& entry : group) entry.done(true);
    return;
  }
  for (Entry& entry : group) {
    std::deque<Entry> single;
    single.push_back(std::move(entry));
    const bool committed = group.size() > 1 && begin() && try_group(single);
    single.front().done(committed);
  }
}

}  // namespace papi::sqlite
