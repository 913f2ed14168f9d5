#include "platform/sqlite/wal_sync.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace papi::sqlite {

WalSync::WalSync(std::string database_path, Logger& log)
    : wal_path_(std::move(database_path) + "-wal"), log_(log), thread_([this] { run(); }) {}

WalSync::~WalSync() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void WalSync::committed() {
  std::lock_guard lock(mutex_);
  if (dirty_) return;
  dirty_ = true;
  wake_.notify_one();
}

void WalSync::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return dirty_ || stopping_; });
    if (dirty_) {
      // Commits within the interval share one sync.
      wake_.wait_for(lock, interval, [this] { return stopping_; });
      dirty_ = false;
      lock.unlock();
      sync();
      lock.lock();
    } else {
      return;
    }
  }
}

void WalSync::sync() {
  // The file is opened each time, because the last connection that closes deletes it and the next one makes a
  // new file.
  const int file = ::open(wal_path_.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fdatasync(file) == 0;
  const int reason = errno;
  if (file >= 0) ::close(file);
  if (!synced && reason != ENOENT)
    log_.error("The write-ahead log could not be synced", {{"reason", std::strerror(reason)}});
}

}  // namespace papi::sqlite
