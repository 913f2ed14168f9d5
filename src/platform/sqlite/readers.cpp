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

Readers::Readers(std::vector<Database> databases, Logger& log) : databases_(std::move(databases)), log_(log) {
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

bool Readers::enqueue(Job job) {
  {
    std::lock_guard lock(mutex_);
    if (queue_.size() >= max_waiting) return false;
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void Readers::run(Database& database) {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    job(database);
  }
}

}  // namespace papi::sqlite
