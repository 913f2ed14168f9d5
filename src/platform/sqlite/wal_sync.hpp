#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "platform/log/logger.hpp"

namespace papi::sqlite {

/// Brings committed transactions to the disk soon and beside the writer: with synchronous=NORMAL a commit is
/// in the system's memory only, safe from a crash of the program and not from a power cut. Once something was
/// committed, the write-ahead log is synced within `interval`, so that no more than that is ever at risk.
class WalSync {
 public:
  static constexpr std::chrono::milliseconds interval{100};

  WalSync(std::string database_path, Logger& log);
  /// Syncs what is left.
  ~WalSync();
  WalSync(const WalSync&) = delete;
  WalSync& operator=(const WalSync&) = delete;

  /// Something was committed. Any thread.
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
