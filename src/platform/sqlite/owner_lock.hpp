#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "platform/base/error.hpp"
#include "platform/log/logger.hpp"

namespace papi::sqlite {

/// Waits. Returns false if the program was asked to end meanwhile.
using Pause = std::function<bool(std::chrono::milliseconds)>;

/// The exclusive right to serve a database: a lock on the file `<database>.lock`, which also names the
/// owner's process id and host. The kernel releases the lock when the process ends, in whatever way; the file
/// stays. Programs that only read, back up or change accounts need no lock.
class OwnerLock {
 public:
  static constexpr std::chrono::milliseconds patience{15'000};

  /// Takes the lock, waiting up to `limit` for another owner to end. Errors: `conflict` names the other
  /// owner; `unavailable` if `pause` returned false; `database` if the lock file cannot be made.
  static Result<OwnerLock> take(const std::string& database_path, std::chrono::milliseconds limit,
                                const Pause& pause, Logger& log);
  /// Who has the lock at the moment ("process 42 on host web-1"); nothing if nobody has. Makes no file.
  static std::optional<std::string> owner_of(const std::string& database_path);
  OwnerLock(OwnerLock&& other) noexcept;
  OwnerLock& operator=(OwnerLock&&) = delete;
  ~OwnerLock();

  /// Whether the lock is still this process's. If the lock file was deleted, it is made and locked anew;
  /// false if another process was faster. One thread at a time.
  bool holds();

 private:
  OwnerLock(std::string path, int file) : path_(std::move(path)), file_(file) {}

  std::string path_;
  int file_;
};

}  // namespace papi::sqlite
