#include "profiles/sqlite_seen_people_store.hpp"

#include <algorithm>

namespace papi::profiles {
namespace {

// SQLite has signed integers only. The same 64 bits are stored.
std::int64_t stored(events::UserId user_id) { return static_cast<std::int64_t>(user_id.value()); }

constexpr std::string_view upsert = R"sql(
    INSERT INTO people(user_id, username, nickname, seen_at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO UPDATE SET
      username = CASE ?2 WHEN '' THEN username ELSE ?2 END,
      nickname = CASE ?3 WHEN '' THEN nickname ELSE ?3 END, seen_at = ?4
    )sql";

void save_rows(sqlite::Database& database, const std::vector<SeenPerson>& people) {
  sqlite::Statement& row = database.cached(upsert);
  for (const SeenPerson& person : people) {
    row.bind(1, stored(person.user_id)).bind(2, person.username);
    row.bind(3, person.nickname).bind(4, person.seen_at).run();
  }
}

std::optional<SeenPerson> read(sqlite::Database& database, events::UserId user_id) {
  sqlite::Statement& row =
      database.cached("SELECT username, nickname, seen_at FROM people WHERE user_id = ?1");
  row.bind(1, stored(user_id));
  std::optional<SeenPerson> person;
  if (row.step())
    person = SeenPerson{user_id, std::string(row.text(0)), std::string(row.text(1)), row.integer(2)};
  row.reset();
  return person;
}

std::vector<events::UserId> read_ids(sqlite::Database& database, const std::string& username) {
  auto rows = database.prepare("SELECT user_id FROM people WHERE username = ?1 AND username <> ''");
  rows.bind(1, username);
  std::vector<events::UserId> ids;
  while (rows.step()) ids.emplace_back(static_cast<std::uint64_t>(rows.integer(0)));
  std::sort(ids.begin(), ids.end());
  return ids;
}

void erase_rows(sqlite::Database& database, const std::vector<events::UserId>& ids) {
  sqlite::Statement& row = database.cached("DELETE FROM people WHERE user_id = ?1");
  for (const events::UserId id : ids) row.bind(1, stored(id)).run();
}

}  // namespace

Task<Result<void>> SqliteSeenPeopleStore::save(Executor executor, std::vector<SeenPerson> people) {
  const auto shared = std::make_shared<const std::vector<SeenPerson>>(std::move(people));
  sqlite::Writer::Job job = [shared](sqlite::Database& database) { save_rows(database, *shared); };
  co_return co_await writer_.write(executor, std::move(job));
}

Task<Result<std::optional<SeenPerson>>> SqliteSeenPeopleStore::find(Executor executor,
                                                                    events::UserId user_id) {
  using Found = std::optional<SeenPerson>;
  std::function<Found(sqlite::Database&)> query = [user_id](sqlite::Database& database) {
    return read(database, user_id);
  };
  co_return co_await readers_.read<Found>(executor, std::move(query));
}

// A job of the writer, so that it runs after the writes that wait.
Task<Result<std::vector<events::UserId>>> SqliteSeenPeopleStore::ids_of(Executor executor,
                                                                        std::string username) {
  const auto ids = std::make_shared<std::vector<events::UserId>>();
  sqlite::Writer::Job job = [ids, username = std::move(username)](sqlite::Database& database) {
    *ids = read_ids(database, username);
  };
  if (auto done = co_await writer_.write(executor, std::move(job)); !done) co_return done.error();
  co_return std::move(*ids);
}

Task<Result<void>> SqliteSeenPeopleStore::erase(Executor executor, std::vector<events::UserId> user_ids) {
  const auto shared = std::make_shared<const std::vector<events::UserId>>(std::move(user_ids));
  sqlite::Writer::Job job = [shared](sqlite::Database& database) { erase_rows(database, *shared); };
  co_return co_await writer_.write(executor, std::move(job));
}

Task<Result<std::size_t>> SqliteSeenPeopleStore::erase_unseen(Executor executor, UnixMs before,
                                                              std::size_t limit) {
  const auto erased = std::make_shared<std::size_t>(0);
  sqlite::Writer::Job job = [erased, before, limit](sqlite::Database& database) {
    auto& rows = database.cached(
        "DELETE FROM people WHERE user_id IN (SELECT user_id FROM people WHERE seen_at < ?1 LIMIT ?2)");
    rows.bind(1, before).bind(2, static_cast<std::int64_t>(limit)).run();
    *erased = database.changes();
  };
  if (auto done = co_await writer_.write(executor, std::move(job)); !done) co_return done.error();
  co_return *erased;
}

}  // namespace papi::profiles
