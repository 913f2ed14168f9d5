#pragma once

#include <map>
#include <string>

#include "monitoring/hourly_store.hpp"

namespace papi::monitoring {

/// Keeps hours in memory. It can be told to refuse the next calls of save().
class MemoryHourlyStore final : public HourlyStore {
 public:
  Task<Result<void>> save(Executor executor, std::vector<StoredHour> hours) override;
  Task<Result<std::vector<StoredHour>>> load(Executor executor, UnixMs from, std::size_t limit) override;
  Task<Result<std::size_t>> erase_before(Executor executor, UnixMs before, std::size_t limit) override;

  std::map<UnixMs, std::string> hours;
  int refusals = 0;
  std::size_t saved = 0;  // hours
  std::size_t loads = 0;
};

inline Task<Result<void>> MemoryHourlyStore::save(Executor, std::vector<StoredHour> given) {
  Result<void> outcome;
  if (refusals > 0) {
    --refusals;
    outcome = Error(ErrorCode::unavailable, "away");
    co_return outcome;
  }
  for (StoredHour& hour : given) hours[hour.begin] = std::move(hour.text);
  saved += given.size();
  co_return outcome;
}

inline Task<Result<std::vector<StoredHour>>> MemoryHourlyStore::load(Executor, UnixMs from,
                                                                     std::size_t limit) {
  ++loads;
  std::vector<StoredHour> found;
  for (auto hour = hours.lower_bound(from); hour != hours.end() && found.size() < limit; ++hour)
    found.push_back({hour->first, hour->second});
  co_return found;
}

inline Task<Result<std::size_t>> MemoryHourlyStore::erase_before(Executor, UnixMs before, std::size_t limit) {
  std::size_t erased = 0;
  while (erased < limit && !hours.empty() && hours.begin()->first < before) {
    hours.erase(hours.begin());
    ++erased;
  }
  co_return erased;
}

}  // namespace papi::monitoring
