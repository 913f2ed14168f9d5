#include "platform/sqlite/file_watch.hpp"

#include <sys/stat.h>

#include <filesystem>

namespace papi::sqlite {

FileWatch::File FileWatch::seen(std::string path) {
  struct stat found {};
  File file;
  if (::stat(path.c_str(), &found) == 0) {
    file.device = found.st_dev;
    file.inode = found.st_ino;
  }
  file.path = std::move(path);
  return file;
}

std::string FileWatch::File::fault() const {
  if (inode == 0) return {};  // it never existed
  struct stat now {};
  if (::stat(path.c_str(), &now) != 0) return "'" + path + "' was deleted or moved";
  if (now.st_dev != device || now.st_ino != inode) return "'" + path + "' was replaced by another file";
  return {};
}

FileWatch::FileWatch(std::string path, Logger& log, Options options)
    : database_(seen(path)),
      wal_(seen(path + "-wal")),
      shared_memory_(seen(path + "-shm")),
      log_(log),
      options_(std::move(options)),
      history_(options_.stamp) {
  if (auto probe = Database::open_to_read(path)) probe_.emplace(std::move(*probe));
  look_into();  // the file of this first look is the database
  thread_ = std::thread([this] { run(); });
}

FileWatch::~FileWatch() { stop(); }

void FileWatch::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  probe_.reset();
}

bool FileWatch::in_place() {
  // Two threads may look at the same time. The lock keeps the order of looking and judging the same.
  std::lock_guard lock(state_mutex_);
  std::string fault = database_.fault();
  if (fault.empty()) fault = wal_.fault();
  return judge(fault.empty() ? seen_fault_ : fault);
}

bool FileWatch::judge(const std::string& fault) {
  const bool now = fault.empty();
  if (now == in_place_) return now;
  in_place_ = now;
  ++changes_;
  if (now) {
    log_.error("The database files are in their place again: events are stored again",
               {{"change", changes_}});
  } else {
    log_.error(
        "The database files were taken away (deleted, moved or replaced): no event is stored or shown until "
        "they are back",
        {{"change", changes_},
         {"reason", fault},
         {"remedy", "put the files back at their paths, or stop the service, restore and start it"}});
  }
  options_.changed(now);
  return now;
}

void FileWatch::look_into() {
  std::string fault = shared_memory_.fault();
  if (fault.empty() && !options_.also()) fault = "another process has become the owner of the database";
  if (fault.empty() && probe_) {
    const auto header = FileHeader::read(*probe_);
    if (!header || !history_.plausible(*header))
      fault = "another file was written over '" + database_.path + "', or it was cut";
  }
  std::lock_guard lock(state_mutex_);
  seen_fault_ = std::move(fault);
}

void FileWatch::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, interval, [this] { return stopping_; })) {
    lock.unlock();
    look_into();
    in_place();
    lock.lock();
  }
}

}  // namespace papi::sqlite
