#include "monitoring/sqlite_hourly_store.hpp"

namespace papi::monitoring {

Task<Result<void>> SqliteHourlyStore::save(Executor executor, std::vector<StoredHour> hours) {
  const auto shared = std::make_shared<const std::vector<StoredHour>>(std::move(hours));
  sqlite::Writer::Job job = [shared](sqlite::Database& database) {
    auto& row = database.cached(
        "INSERT INTO hourly_metrics(hour, figures) VALUES (?1, ?2) "
        "ON CONFLICT DO UPDATE SET figures = ?2");
    for (const StoredHour& hour : *shared) row.bind(1, hour.begin).bind(2, hour.text).run();
  };
  co_return co_await writer_.write(executor, std::move(job));
}

Task<Result<std::vector<StoredHour>>> SqliteHourlyStore::load(Executor executor, UnixMs from,
                                                              std::size_t limit) {
  using Hours = std::vector<StoredHour>;
  std::function<Hours(sqlite::Database&)> query = [from, limit](sqlite::Database& database) {
    auto rows =
        database.prepare("SELECT hour, figures FROM hourly_metrics WHERE hour >= ?1 ORDER BY hour LIMIT ?2");
    rows.bind(1, from).bind(2, static_cast<std::int64_t>(limit));
    Hours hours;
    while (rows.step()) hours.push_back({rows.integer(0), std::string(rows.text(1))});
    return hours;
  };
  co_return co_await readers_.read<Hours>(executor, std::move(query));
}

Task<Result<std::size_t>> SqliteHourlyStore::erase_before(Executor executor, UnixMs before,
                                                          std::size_t limit) {
  const auto erased = std::make_shared<std::size_t>(0);
  sqlite::Writer::Job job = [before, limit, erased](sqlite::Database& database) {
    database
        .cached(
            "DELETE FROM hourly_metrics WHERE hour IN (SELECT hour FROM hourly_metrics WHERE hour < ?1 "
            "LIMIT ?2)")
        .bind(1, before)
        .bind(2, static_cast<std::int64_t>(limit))
        .run();
    *erased = database.changes();
  };
  if (auto done = co_await writer_.write(executor, std::move(job)); !done) co_return done.error();
  co_return *erased;
}

}  // namespace papi::monitoring
