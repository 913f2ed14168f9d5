#include "live/gift_store.hpp"

namespace papi::live {
namespace {

constexpr const char* gift_schema[] = {
    R"sql(
    CREATE TABLE gifts (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      diamonds INTEGER NOT NULL,
      image_url TEXT NOT NULL,
      type INTEGER NOT NULL,
      streakable INTEGER NOT NULL
    );
    CREATE TABLE gift_list (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      listed_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL
    );
    )sql",
};

void save_all(sqlite::Database& database, const GiftStore::Known& known) {
  auto& row = database.cached(
      "INSERT OR REPLACE INTO gifts(id, name, diamonds, image_url, type, streakable) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  for (const KnownGift& gift : known.gifts) {
    row.bind(1, gift.id).bind(2, gift.name).bind(3, gift.diamonds).bind(4, gift.image_url);
    row.bind(5, gift.type).bind(6, static_cast<std::int64_t>(gift.streakable)).run();
  }
  database.cached("INSERT OR REPLACE INTO gift_list(one, listed_at, updated_at) VALUES (1, ?1, ?2)")
      .bind(1, known.listed_at)
      .bind(2, known.updated_at)
      .run();
}

}  // namespace

Result<void> GiftStore::prepare(sqlite::Database& database) { return database.migrate("gifts", gift_schema); }

Result<GiftStore::Known> GiftStore::load(sqlite::Database& database) {
  try {
    Known known;
    auto rows = database.prepare("SELECT id, name, diamonds, image_url, type, streakable FROM gifts");
    while (rows.step()) {
      known.gifts.push_back({rows.integer(0), std::string(rows.text(1)), rows.integer(2),
                             std::string(rows.text(3)), rows.integer(4), rows.integer(5) != 0});
    }
    auto times = database.prepare("SELECT listed_at, updated_at FROM gift_list");
    if (times.step()) known.listed_at = times.integer(0), known.updated_at = times.integer(1);
    return known;
  } catch (const sqlite::DatabaseFault& fault) {
    return Error(ErrorCode::database, "the gifts cannot be read: " + fault.what);
  }
}

Task<Result<void>> GiftStore::save(Executor executor, Known known) {
  const auto shared = std::make_shared<const Known>(std::move(known));
  sqlite::Writer::Job job = [shared](sqlite::Database& database) { save_all(database, *shared); };
  co_return co_await writer_.write(executor, std::move(job));
}

}  // namespace papi::live
