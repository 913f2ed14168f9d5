#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "platform/base/error.hpp"
#include "platform/base/pause.hpp"
#include "platform/log/logger.hpp"

namespace papi::sqlite {

/// The right of one process to serve a database: a lock on the file `<database>.lock`. The file also names
/// the owner's process id and host. The kernel releases the lock whenever and however the process ends; the
/// file stays. Programs that only read, back up or change accounts need no lock.
class OwnerLock {
 public:
  static constexpr std::chrono::milliseconds take_timeout{15'000};

  /// Takes the lock. If another owner has it, waits for that one to end, up to `limit`. Fails with CONFLICT
  /// if the other owner stays (the message names it), with UNAVAILABLE if `pause` returned false, and with
  /// DATABASE if the lock file cannot be used.
  static Result<OwnerLock> take(const std::string& database_path, std::chrono::milliseconds limit,
                                const Pause& pause, Logger& log);
  /// Returns the current owner ("process 42 on host web-1"), or nullopt if nobody has the lock. Makes no
  /// file.
  static std::optional<std::string> owner_of(const std::string& database_path);
  OwnerLock(OwnerLock&& other) noexcept;
  OwnerLock& operator=(OwnerLock&&) = delete;
  ~OwnerLock();

  /// Returns true if this process still has the lock. If the lock file was deleted, it is made and locked
  /// again; returns false if another process was faster. Call it from one thread at a time.
  bool holds();

 private:
  OwnerLock(std::string path, int file) : path_(std::move(path)), file_(file) {}

  std::string path_;
  int file_;
};

}  // namespace papi::sqlite
