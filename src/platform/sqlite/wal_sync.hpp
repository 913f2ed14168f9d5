#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "platform/log/logger.hpp"

namespace papi::sqlite {

/// Syncs committed transactions to the disk soon, without making the writer wait. With synchronous=NORMAL a
/// commit is only in the system's memory: it survives a crash of the program, but not a power cut. A sync of
/// the write-ahead log begins at most `interval` after a commit, or as soon as the sync before it has ended.
class WalSync {
 public:
  static constexpr std::chrono::milliseconds interval{100};

  WalSync(std::string database_path, Logger& log);
  /// Syncs what is left.
  ~WalSync();
  WalSync(const WalSync&) = delete;
  WalSync& operator=(const WalSync&) = delete;

  /// Call after each commit. Any thread may call it.
  void committed();

 private:
  void run();
  void sync();

  const std::string wal_path_;
  Logger& log_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool dirty_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace papi::sqlite
