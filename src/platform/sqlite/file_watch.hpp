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
/// that another file was written over the database. SQLite would go on with the files that it has open, so
/// everything written from then on would be lost. The writer checks before each commit. A thread checks once
/// a second, also within the file. Each change of the verdict writes one line to the application log.
class FileWatch {
 public:
  static constexpr std::chrono::milliseconds interval{1'000};

  struct Options {
    /// An additional condition. If it returns false, the files count as lost. Called by the constructor, then
    /// only by the watch's own thread.
    std::function<bool()> also = [] { return true; };
    /// What stamp_file() returned for the database. 0: the database has no stamp.
    std::uint32_t stamp = 0;
    /// Called at each change of the verdict, by the thread that notices it, under a lock.
    std::function<void(bool in_place)> changed = [](bool) {};
  };

  /// `path` names a database that is open and was read, so that its write-ahead log exists.
  FileWatch(std::string path, Logger& log, Options options);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  /// Checks now, with two stat calls, and takes the last findings of the thread into account. Returns false
  /// if what is written now would be lost. Any thread may call it.
  bool in_place();
  /// Ends the thread and closes its connection. Call it before the last writing connection is closed, so that
  /// the writing one removes the write-ahead log.
  void stop();

 private:
  struct File {
    std::string path;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    /// Returns an empty string if the file is in its place, else what happened to it.
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
  std::optional<Database> probe_;  // used by the thread only
  FileHistory history_;            // used by the thread only
  std::mutex state_mutex_;
  std::string seen_fault_;  // what the thread found beyond the two stat calls
  bool in_place_ = true;
  std::int64_t changes_ =
      0;  // of in_place_. It is in the lines, so that no line is counted as a repeated one.
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace papi::sqlite
