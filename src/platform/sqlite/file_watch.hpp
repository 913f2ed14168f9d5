#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "platform/log/logger.hpp"
#include "platform/sqlite/file_header.hpp"

namespace papi::sqlite {

/// Notices that the files of an open database are no longer at their paths (deleted, moved or replaced), or
/// that another file was written over the database. SQLite goes on with the files that it has open, so
/// everything that is written from then on would be lost. The writer asks before each commit; a thread looks
/// each second for the times between, and also into the file, and writes one line to the log at each change.
class FileWatch {
 public:
  static constexpr std::chrono::milliseconds interval{1'000};

  struct Options {
    /// An additional condition, asked by the watch's own thread only; false: the files count as lost.
    std::function<bool()> also = [] { return true; };
    /// What stamp_file() gave the database; 0: nothing.
    std::uint32_t stamp = 0;
    /// Called at each change, by whichever thread notices it.
    std::function<void(bool in_place)> changed = [](bool) {};
  };

  /// `path`: of a database that is open and has been read, so that its write-ahead log exists.
  FileWatch(std::string path, Logger& log, Options options);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  /// Looks now (two stat calls). False: what is written is lost. Any thread.
  bool in_place();
  /// Ends the thread and closes its connection: before the last one that may write is closed, so that that
  /// one cleans up.
  void stop();

 private:
  struct File {
    std::string path;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    /// Empty: it is there. Else what happened to it.
    std::string fault() const;
  };
  static File seen(std::string path);
  bool judge(const std::string& fault);  // state_mutex_ is held
  void look_into();
  void run();

  const File database_;
  const File wal_;
  const File shared_memory_;
  Logger& log_;
  const Options options_;
  std::optional<Database> probe_;  // the thread's
  FileHistory history_;            // the thread's
  std::mutex state_mutex_;
  std::string seen_fault_;  // what the thread has found by more than two stat calls
  bool in_place_ = true;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace papi::sqlite
