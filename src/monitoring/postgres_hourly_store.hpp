#pragma once

#include "monitoring/hourly_store.hpp"
#include "platform/postgres/pool.hpp"
#include "platform/postgres/schema.hpp"
#include "platform/postgres/writer.hpp"

namespace papi::monitoring {

/// The table `hourly_metrics` in PostgreSQL. It writes through the writer and reads through the pool. Both
/// must outlive it.
class PostgresHourlyStore final : public HourlyStore {
 public:
  PostgresHourlyStore(postgres::Writer& writer, postgres::Pool& pool, const postgres::Schema& schema)
      : writer_(writer), pool_(pool), schema_(schema) {}

  Task<Result<void>> save(Executor executor, std::vector<StoredHour> hours) override;
  Task<Result<std::vector<StoredHour>>> load(Executor executor, UnixMs from, std::size_t limit) override;
  /// If the answer is lost, the step is done again, so up to twice `limit` hours may be deleted. The number
  /// is that of the last time.
  Task<Result<std::size_t>> erase_before(Executor executor, UnixMs before, std::size_t limit) override;

 private:
  postgres::Writer& writer_;
  postgres::Pool& pool_;
  const postgres::Schema schema_;
};

}  // namespace papi::monitoring
