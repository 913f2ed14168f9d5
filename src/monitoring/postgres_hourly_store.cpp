#include "monitoring/postgres_hourly_store.hpp"

namespace papi::monitoring {

using postgres::Rows;
using postgres::Statement;

Task<Result<void>> PostgresHourlyStore::save(Executor, std::vector<StoredHour> hours) {
  std::vector<std::int64_t> begins;
  std::vector<std::string> texts;
  for (StoredHour& hour : hours) {
    begins.push_back(hour.begin);
    texts.push_back(postgres::storable(std::move(hour.text)));
  }
  Statement save("save_hours",
                 schema_.qualify("INSERT INTO {schema}.hourly_metrics (hour, figures) "
                                 "SELECT * FROM unnest($1, $2) AS t(hour, figures) ORDER BY hour "
                                 "ON CONFLICT (hour) DO UPDATE SET figures = excluded.figures"),
                 begins, texts);
  CO_TRY([[maybe_unused]] const Rows rows, co_await writer_.write_repeatable(std::move(save)));
  co_return Result<void>();
}

Task<Result<std::vector<StoredHour>>> PostgresHourlyStore::load(Executor, UnixMs from, std::size_t limit) {
  Statement look("load_hours",
                 schema_.qualify("SELECT hour, figures FROM {schema}.hourly_metrics WHERE hour >= $1 "
                                 "ORDER BY hour LIMIT $2"),
                 std::int64_t{from}, static_cast<std::int64_t>(limit));
  CO_TRY(const Rows rows, co_await pool_.ask(std::move(look)));
  std::vector<StoredHour> hours;
  hours.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    hours.push_back({rows[i].get<std::int64_t>(0), rows[i].get<std::string>(1)});
  co_return hours;
}

Task<Result<std::size_t>> PostgresHourlyStore::erase_before(Executor, UnixMs before, std::size_t limit) {
  Statement erase("erase_hours",
                  schema_.qualify("DELETE FROM {schema}.hourly_metrics WHERE hour IN (SELECT hour FROM "
                                  "{schema}.hourly_metrics WHERE hour < $1 LIMIT $2)"),
                  std::int64_t{before}, static_cast<std::int64_t>(limit));
  CO_TRY(const Rows rows, co_await writer_.write_repeatable(std::move(erase)));
  co_return static_cast<std::size_t>(rows.affected());
}

}  // namespace papi::monitoring
