#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/base/task.hpp"

namespace papi::monitoring {

/// The figures of one hour. `text` is that of text_of().
struct StoredHour {
  UnixMs begin = 0;
  std::string text;
  bool operator==(const StoredHour&) const = default;
};

/// Keeps the figures of past hours.
///
/// All operations may be called from any thread. `executor` is the caller's. Writes happen in the order of
/// the calls. A read that begins after a write has ended sees it. An operation that fails has changed
/// nothing. Fails with UNAVAILABLE if too many operations wait or the storage cannot be reached, else with
/// DATABASE.
class HourlyStore {
 public:
  virtual ~HourlyStore() = default;

  /// Stores all hours, each at most once, in place of those that begin at the same time.
  virtual Task<Result<void>> save(Executor executor, std::vector<StoredHour> hours) = 0;
  /// Returns the first `limit` hours that begin at `from` or later, oldest first.
  virtual Task<Result<std::vector<StoredHour>>> load(Executor executor, UnixMs from, std::size_t limit) = 0;
  /// Deletes at most `limit` of the hours that begin before `before`. Returns how many.
  virtual Task<Result<std::size_t>> erase_before(Executor executor, UnixMs before, std::size_t limit) = 0;
};

}  // namespace papi::monitoring
