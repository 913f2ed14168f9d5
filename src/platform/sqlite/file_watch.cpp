#include "platform/sqlite/file_watch.hpp"

#include <sys/stat.h>

#include <filesystem>

namespace papi::sqlite {

FileWatch::File FileWatch::seen(std::string path) {
  struct stat found {};
  File file;
  if (::stat(path.c_str(), &found) == 0) file.device = found.st_dev, file.inode = found.st_ino;
  file.path = std::move(path);
  return file;
}

std::string FileWatch::File::fault() const {
  if (inode == 0) return {};  // was never there
  struct stat now {};
  if (::stat(path.c_str(), &now) != 0) return "'" + path + "' was deleted or moved";
  if (now.st_dev != device || now.st_ino != inode) return "'" + path + "' was replaced by another file";
  return {};
}

FileWatch::FileWatch(std::string path, Logger& log, Options options)
    : database_(seen(path)),
      wal_(seen(path + "-wal")),
      log_(log),
      options_(std::move(options)),
      thread_([this] { run(); }) {}

FileWatch::~FileWatch() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool FileWatch::in_place() {
  // A thread that looked earlier must not judge after one that looked later.
  std::lock_guard lock(state_mutex_);
  std::string fault = database_.fault();
  if (fault.empty()) fault = wal_.fault();
  if (fault.empty() && !also_) fault = "another process has become the owner of the database";
  return judge(fault);
}

bool FileWatch::judge(const std::string& fault) {
  const bool now = fault.empty();
  if (now == in_place_) return now;
  in_place_ = now;
  if (now) {
    log_.error("The database files are in their place again: events are stored again");
  } else {
    log_.error("The database files were taken away: nothing is stored or shown until they are back",
               {{"reason", fault},
                {"remedy", "put the files back at their paths, or stop the service, restore and start it"}});
  }
  options_.changed(now);
  return now;
}

void FileWatch::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, interval, [this] { return stopping_; })) {
    lock.unlock();
    also_ = options_.also();
    in_place();
    lock.lock();
  }
}

}  // namespace papi::sqlite
