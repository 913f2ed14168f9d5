#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "platform/log/log_level.hpp"

namespace papi {

/// Keeps an error that comes again and again from filling the application log: it is written when it comes
/// first, and then once in each interval, with the number of times. Any thread may call every member.
class RepeatFilter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// The parts of one line. Two lines are the same error if level, logger, message and `identity` are equal.
  struct Line {
    LogLevel level = LogLevel::error;
    std::string logger;
    std::string message;
    std::string identity;  // the fields without those that differ in each line
    std::string fields;    // as they are written
  };
  struct Summary {
    Line line;                // the newest of those that were not written
    std::uint64_t times = 0;  // how many were not written
  };

  /// If more than `max_errors` different errors come within an interval, the further ones are all written.
  explicit RepeatFilter(std::chrono::milliseconds interval, std::size_t max_errors = 256);

  /// Returns true if `line` must be written now. Otherwise counts it. Call due() before.
  bool admit(const Line& line, TimePoint now);
  /// Returns a summary of each error whose interval is over and that came again in it. The interval of such
  /// an error begins anew; errors that did not come again are forgotten.
  std::vector<Summary> due(TimePoint now);
  /// Returns all summaries now, and forgets all errors. For the end.
  std::vector<Summary> take_all();
  bool has_errors() const;

 private:
  struct Entry {
    TimePoint end;
    Summary waiting;
  };
  using Key = std::string;

  const std::chrono::milliseconds interval_;
  const std::size_t max_errors_;
  mutable std::mutex mutex_;
  std::map<Key, Entry> entries_;
};

}  // namespace papi
