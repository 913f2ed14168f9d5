#pragma once

#include "monitoring/hourly_store.hpp"
#include "platform/sqlite/readers.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::monitoring {

/// The table `hourly_metrics` in SQLite. The writer and the readers must outlive it.
class SqliteHourlyStore final : public HourlyStore {
 public:
  SqliteHourlyStore(sqlite::Writer& writer, sqlite::Readers& readers) : writer_(writer), readers_(readers) {}

  Task<Result<void>> save(Executor executor, std::vector<StoredHour> hours) override;
  Task<Result<std::vector<StoredHour>>> load(Executor executor, UnixMs from, std::size_t limit) override;
  Task<Result<std::size_t>> erase_before(Executor executor, UnixMs before, std::size_t limit) override;

 private:
  sqlite::Writer& writer_;
  sqlite::Readers& readers_;
};

}  // namespace papi::monitoring
