#include "profiles/postgres_seen_people_store.hpp"

#include <algorithm>

#include "events/postgres_values.hpp"

namespace papi::profiles {

using events::from_stored;
using events::to_stored;
using postgres::Rows;
using postgres::Segment;
using postgres::Statement;
using postgres::storable;
using postgres::Written;

Task<Result<void>> PostgresSeenPeopleStore::save(Executor, std::vector<SeenPerson> people) {
  std::vector<std::int64_t> ids, seen;
  std::vector<std::string> usernames, nicknames;
  for (const SeenPerson& person : people) {
    ids.push_back(to_stored(person.user_id.value()));
    seen.push_back(person.seen_at);
    usernames.push_back(storable(person.username));
    nicknames.push_back(storable(person.nickname));
  }
  // In one order, so that two processes cannot wait for each other.
  Statement save(
      "save_people",
      schema_.qualify("INSERT INTO {schema}.people AS p (user_id, username, nickname, seen_at) "
                      "SELECT * FROM unnest($1, $2, $3, $4) AS t(user_id, username, nickname, seen_at) "
                      "ORDER BY user_id ON CONFLICT (user_id) DO UPDATE SET "
                      "username = coalesce(nullif(excluded.username, ''), p.username), "
                      "nickname = coalesce(nullif(excluded.nickname, ''), p.nickname), "
                      "seen_at = excluded.seen_at"),
      ids, usernames, nicknames, seen);
  CO_TRY([[maybe_unused]] const Rows rows, co_await writer_.write_repeatable(std::move(save)));
  co_return Result<void>();
}

Task<Result<std::optional<SeenPerson>>> PostgresSeenPeopleStore::find(Executor, events::UserId user_id) {
  Statement look(
      "find_person",
      schema_.qualify("SELECT username, nickname, seen_at FROM {schema}.people WHERE user_id = $1"),
      to_stored(user_id.value()));
  CO_TRY(const Rows rows, co_await pool_.ask(std::move(look)));
  std::optional<SeenPerson> person;
  if (!rows.empty()) {
    person = SeenPerson{user_id, rows[0].get<std::string>(0), rows[0].get<std::string>(1),
                        rows[0].get<std::int64_t>(2)};
  }
  co_return person;
}

Task<Result<std::vector<events::UserId>>> PostgresSeenPeopleStore::ids_of(Executor, std::string username) {
  Statement look("ids_of_person",
                 schema_.qualify("SELECT user_id FROM {schema}.people "
                                 "WHERE username = $1 AND username <> ''"),
                 postgres::findable(username));
  CO_TRY(const Rows rows, co_await writer_.write_repeatable(std::move(look)));
  std::vector<events::UserId> ids;
  ids.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) ids.emplace_back(from_stored(rows[i].get<std::int64_t>(0)));
  std::sort(ids.begin(), ids.end());  // here, as the stored numbers have a sign
  co_return ids;
}

Task<Result<void>> PostgresSeenPeopleStore::erase(Executor, std::vector<events::UserId> user_ids) {
  std::vector<std::int64_t> ids;
  ids.reserve(user_ids.size());
  for (const events::UserId id : user_ids) ids.push_back(to_stored(id.value()));
  // The file is cleaned at the end of the erasure: see events/postgres_dead_rows.hpp.
  Statement erase("erase_people",
                  schema_.qualify("WITH erased AS (DELETE FROM {schema}.people WHERE user_id = ANY ($1) "
                                  "RETURNING 1) SELECT CASE WHEN n > 0 THEN "
                                  "{schema}.note_erased_tables_v1('{people}') END FROM (SELECT count(*) AS n "
                                  "FROM erased) AS c"),
                  ids);
  CO_TRY([[maybe_unused]] const Rows rows, co_await writer_.write_repeatable(std::move(erase)));
  co_return Result<void>();
}

Task<Result<std::size_t>> PostgresSeenPeopleStore::erase_unseen(Executor, UnixMs before, std::size_t limit) {
  // The condition stands outside too: it is checked again on a row that was saved meanwhile.
  Statement erase("erase_unseen_people",
                  schema_.qualify("DELETE FROM {schema}.people WHERE user_id IN (SELECT user_id FROM "
                                  "{schema}.people WHERE seen_at < $1 LIMIT $2) AND seen_at < $1"),
                  before, static_cast<std::int64_t>(limit));
  CO_TRY(const Rows rows, co_await writer_.write_repeatable(std::move(erase)));
  co_return static_cast<std::size_t>(rows.affected());
}

}  // namespace papi::profiles
