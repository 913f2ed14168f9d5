#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "platform/log/logger.hpp"

namespace papi::sqlite {

/// Notices that the files of an open database are no longer at their paths: deleted, moved or replaced.
/// SQLite goes on with the files that it has open, so everything that is written from then on would be lost.
/// The writer asks before each commit; a thread looks each second for the times between, and writes one line
/// to the log at each change.
class FileWatch {
 public:
  static constexpr std::chrono::milliseconds interval{1'000};

  struct Options {
    /// An additional condition, asked by the watch's own thread only; false: the files count as lost.
    std::function<bool()> also = [] { return true; };
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
  void run();

  const File database_;
  const File wal_;
  Logger& log_;
  const Options options_;
  std::atomic<bool> also_{true};
  std::mutex state_mutex_;
  bool in_place_ = true;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace papi::sqlite
