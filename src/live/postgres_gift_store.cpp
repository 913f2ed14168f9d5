#include "live/postgres_gift_store.hpp"

#include <map>

namespace papi::live {

using postgres::Row;
using postgres::Rows;
using postgres::Statement;
using postgres::storable;
using postgres::Written;

Task<Result<GiftStore::Known>> PostgresGiftStore::load(Executor) {
  std::vector<Statement> look;
  look.emplace_back("load_gifts", schema_.qualify("SELECT id, name, diamonds, image_url, type, streakable "
                                                  "FROM {schema}.gifts ORDER BY id"));
  look.emplace_back("load_gift_times",
                    schema_.qualify("SELECT listed_at, updated_at FROM {schema}.gift_list"));
  CO_TRY(const Written written, co_await writer_.write_repeatable(std::move(look)));
  Known known;
  const Rows &gifts = written[0], &times = written[1];
  known.gifts.reserve(gifts.size());
  for (std::size_t i = 0; i < gifts.size(); ++i) {
    const Row row = gifts[i];
    known.gifts.push_back({row.get<std::int64_t>(0), row.get<std::string>(1), row.get<std::int64_t>(2),
                           row.get<std::string>(3), row.get<std::int64_t>(4), row.get<bool>(5)});
  }
  if (!times.empty()) {
    known.listed_at = times[0].get<std::int64_t>(0);
    known.updated_at = times[0].get<std::int64_t>(1);
  }
  co_return known;
}

Task<Result<void>> PostgresGiftStore::save(Executor, Known known) {
  // One statement cannot change a row twice. The last gift of an id counts.
  std::map<std::int64_t, const KnownGift*> by_id;
  for (const KnownGift& gift : known.gifts) by_id[gift.id] = &gift;
  std::vector<std::int64_t> ids, diamonds, types;
  std::vector<std::int16_t> streakable;
  std::vector<std::string> names, image_urls;
  for (const auto& [id, gift] : by_id) {
    ids.push_back(id);
    diamonds.push_back(gift->diamonds);
    types.push_back(gift->type);
    streakable.push_back(gift->streakable ? 1 : 0);
    names.push_back(storable(gift->name));
    image_urls.push_back(storable(gift->image_url));
  }
  std::vector<Statement> statements;
  statements.emplace_back(
      "save_gifts",
      schema_.qualify("INSERT INTO {schema}.gifts (id, diamonds, type, streakable, name, image_url) "
                      "SELECT id, diamonds, type, streakable <> 0, name, image_url FROM "
                      "unnest($1, $2, $3, $4, $5, $6) AS t(id, diamonds, type, streakable, name, image_url) "
                      "ON CONFLICT (id) DO UPDATE SET diamonds = excluded.diamonds, type = excluded.type, "
                      "streakable = excluded.streakable, name = excluded.name, "
                      "image_url = excluded.image_url"),
      ids, diamonds, types, streakable, names, image_urls);
  statements.emplace_back("save_gift_times",
                          schema_.qualify("INSERT INTO {schema}.gift_list (listed_at, updated_at) VALUES "
                                          "($1, $2) ON CONFLICT (one) DO UPDATE SET "
                                          "listed_at = excluded.listed_at, updated_at = excluded.updated_at"),
                          known.listed_at, known.updated_at);
  CO_TRY([[maybe_unused]] const Written written, co_await writer_.write_repeatable(std::move(statements)));
  co_return Result<void>();
}

}  // namespace papi::live
