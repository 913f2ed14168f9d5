#include "live/sqlite_gift_store.hpp"

#include "schema/sqlite_schema.hpp"

namespace papi::live {
namespace {

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

GiftStore::Known read_all_gifts(sqlite::Database& database) {
  GiftStore::Known known;
  auto rows = database.prepare("SELECT id, name, diamonds, image_url, type, streakable FROM gifts");
  while (rows.step()) {
    known.gifts.push_back({rows.integer(0), std::string(rows.text(1)), rows.integer(2),
                           std::string(rows.text(3)), rows.integer(4), rows.integer(5) != 0});
  }
  auto times = database.prepare("SELECT listed_at, updated_at FROM gift_list");
  if (times.step()) {
    known.listed_at = times.integer(0);
    known.updated_at = times.integer(1);
  }
  return known;
}

}  // namespace

Result<void> SqliteGiftStore::prepare(sqlite::Database& database) { return schema::migrate(database); }

Result<GiftStore::Known> SqliteGiftStore::gifts_in(sqlite::Database& database) {
  try {
    return read_all_gifts(database);
  } catch (const sqlite::DatabaseFault& fault) {
    return Error(ErrorCode::database, "the gifts cannot be read: " + std::string(fault.what()));
  }
}

Task<Result<GiftStore::Known>> SqliteGiftStore::load(Executor executor) {
  const auto known = std::make_shared<Known>();
  sqlite::Writer::Job job = [known](sqlite::Database& database) { *known = read_all_gifts(database); };
  if (auto done = co_await writer_.write(executor, std::move(job)); !done) co_return done.error();
  co_return std::move(*known);
}

Task<Result<void>> SqliteGiftStore::save(Executor executor, Known known) {
  const auto shared = std::make_shared<const Known>(std::move(known));
  sqlite::Writer::Job job = [shared](sqlite::Database& database) { save_all(database, *shared); };
  co_return co_await writer_.write(executor, std::move(job));
}

}  // namespace papi::live
