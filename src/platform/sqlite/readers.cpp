#include "platform/sqlite/readers.hpp"

namespace papi::sqlite {

Result<std::unique_ptr<Readers>> Readers::open(const std::string& path, std::size_t threads, Logger& log) {
  std::vector<Database> databases;
  for (std::size_t i = 0; i < threads; ++i) {
    TRY(Database database, Database::open_to_read(path));
    databases.push_back(std::move(database));
  }
  return std::unique_ptr<Readers>(new Readers(std::move(databases), log));
}

namespace {

FairQueue<std::function<void(Database&)>>::Bounds bounds_for(std::size_t threads) {
  FairQueue<std::function<void(Database&)>>::Bounds bounds;
  bounds.workers = threads;
  return bounds;
}

}  // namespace

Readers::Readers(std::vector<Database> databases, Logger& log)
    : databases_(std::move(databases)), log_(log), queue_(bounds_for(databases_.size())) {
  for (Database& database : databases_) threads_.emplace_back([this, &database] { run(database); });
}

Readers::~Readers() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Error Readers::refused(std::string_view reason) {
  log_.error("Database read failed", {{"reason", reason}});
  return Error(ErrorCode::database, "The database did not answer a query");
}

bool Readers::enqueue(const std::string& caller, Job job) {
  {
    std::lock_guard lock(mutex_);
    if (!queue_.push(caller, std::move(job))) return false;
  }
  wake_.notify_one();
  return true;
}

std::size_t Readers::waiting() {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void Readers::run(Database& database) {
  std::unique_lock lock(mutex_);
  for (;;) {
    auto item = queue_.pop();
    if (!item) {
      if (stopping_ && queue_.size() == 0) return;
      wake_.wait(lock);
      continue;
    }
    lock.unlock();
    item->job(database);
    item->job = nullptr;  // what it holds is freed without the lock
    lock.lock();
    queue_.done(item->caller);
    if (stopping_) wake_.notify_all();
    if (queue_.size() > 0) wake_.notify_one();  // the caller's next job may run now
  }
}

}  // namespace papi::sqlite
