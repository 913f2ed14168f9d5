#include "profiles/postgres_profile_store.hpp"

namespace papi::profiles {

using postgres::is_storable;
using postgres::Row;
using postgres::Rows;
using postgres::Segment;
using postgres::Statement;
using postgres::storable;
using postgres::Written;

namespace {

Profile read_profile(const Row& row) {
  Profile profile;
  profile.username = row.get<std::string>(0);
  profile.nickname = row.get<std::string>(1);
  profile.source = static_cast<Source>(row.get<std::int16_t>(2));
  profile.priority = row.get<std::int64_t>(3);
  profile.image_hash = row.get<std::string>(4);
  profile.cached_at = row.get<std::int64_t>(5);
  profile.expires_at = row.get<std::int64_t>(6);
  profile.look_again_at = row.get<std::int64_t>(7);
  return profile;
}

EntryPtr read_entry(const Row& row) {
  Image image;
  image.header.type = static_cast<ImageType>(row.get<std::int16_t>(8));
  image.header.width = static_cast<std::uint32_t>(row.get<std::int64_t>(9));
  image.header.height = static_cast<std::uint32_t>(row.get<std::int64_t>(10));
  image.bytes = row.get<postgres::Bytes>(11).data;
  image.hash = row.get<std::string>(4);
  return std::make_shared<ProfileEntry>(read_profile(row), std::make_shared<Image>(std::move(image)));
}

}  // namespace

Task<Result<std::optional<EntryPtr>>> PostgresProfileStore::find(Executor, std::string username) {
  std::optional<EntryPtr> entry;
  if (!is_storable(username)) co_return entry;
  Statement look("find_profile",
                 schema_.qualify("SELECT username, nickname, source, priority, image_hash, cached_at, "
                                 "expires_at, look_again_at, i.type, i.width, i.height, i.bytes "
                                 "FROM {schema}.profiles JOIN {schema}.profile_images AS i "
                                 "ON i.hash = image_hash WHERE username = $1 AND source BETWEEN 0 AND $2 "
                                 "AND i.type BETWEEN 0 AND $3"),
                 username, max_source, max_image_type);
  CO_TRY(const Rows rows, co_await pool_.ask(std::move(look)));
  if (!rows.empty()) entry = read_entry(rows[0]);
  co_return entry;
}

Task<Result<void>> PostgresProfileStore::save(Executor, EntryPtr entry) {
  const Profile& profile = entry->profile;
  const ImageHeader& header = entry->image->header;
  const std::string username = storable(profile.username), hash = storable(profile.image_hash);
  const auto type = static_cast<std::int16_t>(header.type);
  std::vector<Statement> steps;
  steps.emplace_back("drop_damaged_profile",
                     schema_.qualify("DELETE FROM {schema}.profiles WHERE username = $1 AND (source NOT "
                                     "BETWEEN 0 AND $2 OR EXISTS (SELECT FROM {schema}.profile_images "
                                     "WHERE hash = image_hash AND type NOT BETWEEN 0 AND $3))"),
                     username, max_source, max_image_type);
  steps.emplace_back(
      "save_profile",
      schema_.qualify("SELECT {schema}.save_profile_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"),
      username, storable(profile.nickname), static_cast<std::int16_t>(profile.source), profile.priority, hash,
      profile.cached_at, profile.expires_at, profile.look_again_at, type, std::int64_t{header.width},
      std::int64_t{header.height}, postgres::Bytes(entry->image->bytes));
  // save_profile_v1 keeps a picture that is stored. The profile is locked before its picture there, too.
  steps.emplace_back("mend_image_type",
                     schema_.qualify("UPDATE {schema}.profile_images SET type = $2 WHERE hash = $1 AND type "
                                     "NOT BETWEEN 0 AND $3"),
                     hash, type, max_image_type);
  CO_TRY([[maybe_unused]] const Written written, co_await writer_.write_repeatable(std::move(steps)));
  co_return Result<void>();
}

// A trigger removes the picture with its last profile.
Task<Result<bool>> PostgresProfileStore::erase(Executor, std::string username) {
  if (!is_storable(username)) co_return false;
  // The files of both tables are cleaned at the end of the erasure: see events/postgres_dead_rows.hpp.
  Statement erase(
      "erase_profile",
      schema_.qualify("WITH erased AS (DELETE FROM {schema}.profiles WHERE username = $1 RETURNING "
                      "1) SELECT n, CASE WHEN n > 0 THEN {schema}.note_erased_tables_v1('{profiles, "
                      "profile_images}') END FROM (SELECT count(*) AS n FROM erased) AS c"),
      username);
  CO_TRY(const Rows rows, co_await writer_.write_repeatable(std::move(erase)));
  co_return rows[0].get<std::int64_t>(0) > 0;
}

Task<Result<std::vector<std::string>>> PostgresProfileStore::erase_expired(Executor, UnixMs now) {
  // The condition stands outside too: it is checked again on a row that was refreshed meanwhile.
  Statement erase("erase_expired_profiles",
                  schema_.qualify("DELETE FROM {schema}.profiles WHERE username IN (SELECT username FROM "
                                  "{schema}.profiles WHERE expires_at <= $1 LIMIT $2) AND expires_at <= $1 "
                                  "RETURNING username"),
                  now, static_cast<std::int64_t>(erased_at_once));
  CO_TRY(const Rows rows, co_await writer_.write_repeatable(std::move(erase)));
  std::vector<std::string> names;
  names.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) names.push_back(rows[i].get<std::string>(0));
  co_return names;
}

Task<Result<std::vector<Profile>>> PostgresProfileStore::list(Executor, ProfileQuery query) {
  // No name has a zero byte, so the same names follow the text before it.
  const std::string after = storable(query.after.substr(0, query.after.find('\0')));
  Statement look(
      "list_profiles",
      schema_.qualify("SELECT username, nickname, source, priority, image_hash, cached_at, expires_at, "
                      "look_again_at FROM {schema}.profiles WHERE username > $1 AND ($2 < 0 OR source = $2) "
                      "AND source BETWEEN 0 AND $4 ORDER BY username LIMIT $3"),
      after, static_cast<std::int16_t>(query.source ? static_cast<int>(*query.source) : -1),
      static_cast<std::int64_t>(query.limit), max_source);
  CO_TRY(const Rows rows, co_await pool_.ask(std::move(look)));
  std::vector<Profile> profiles;
  profiles.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) profiles.push_back(read_profile(rows[i]));
  co_return profiles;
}

}  // namespace papi::profiles
