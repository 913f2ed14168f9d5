#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"

namespace papi {

/// Opens a log file for appending, with the mode 0640 if it is new. It never waits for the reader of a FIFO.
/// Returns -1 if that fails; errno says why.
int open_log_file(const std::string& path);

/// Says when a log file is full or of an earlier day, gives it another name, and opens the next one. The name
/// is that of the file with the local time of its last line: `app.log.20261127-235959`. A file that is no
/// regular file is never rotated. For one thread: that of the sink.
class LogRotation {
 public:
  struct Options {
    std::string path;
    std::uint64_t max_bytes = 0;  // 0: any size
    bool daily = false;           // at local midnight
    std::size_t keep = 30;        // how many rotated files stay
    /// The wall clock. It may be asked after the logger is gone.
    std::function<UnixMs()> now = [] { return SystemClock().now_ms(); };
    /// Makes the line that tells why a rotation failed. The same holds for it.
    std::function<std::string(const std::string& reason)> failed = [](const std::string&) {
      return std::string();
    };
  };
  explicit LogRotation(Options options) : options_(std::move(options)) {}

  /// From now on the file is `descriptor`.
  void opened(int descriptor);
  /// Returns true if the next `bytes` belong into a new file.
  bool due(std::size_t bytes) const;
  /// Renames the file and deletes the oldest rotated ones. If the path is not `descriptor` any more, because
  /// another program has renamed it, it is left as it is. Returns a new file at the path. If that fails, it
  /// is not due again for a minute.
  Result<int> rotate(int descriptor);
  void wrote(std::size_t bytes);
  std::string failure_line(const std::string& reason) const { return options_.failed(reason); }

 private:
  Result<void> rename();
  void delete_oldest() const;

  const Options options_;
  bool regular_ = false;
  std::uint64_t size_ = 0;
  UnixMs last_write_ = 0;
  UnixMs next_try_ = 0;
};

}  // namespace papi
