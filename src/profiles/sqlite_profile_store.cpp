#include "profiles/sqlite_profile_store.hpp"

namespace papi::profiles {
namespace {

Profile read_profile(const sqlite::Statement& row) {
  Profile profile;
  profile.username = row.text(0);
  profile.nickname = row.text(1);
  profile.source = static_cast<Source>(row.integer(2));
  profile.priority = row.integer(3);
  profile.image_hash = row.text(4);
  profile.cached_at = row.integer(5);
  profile.expires_at = row.integer(6);
  profile.look_again_at = row.integer(7);
  return profile;
}

std::optional<EntryPtr> find_entry(sqlite::Database& database, const std::string& username) {
  auto& query = database.cached(
      "SELECT username, nickname, source, priority, image_hash, cached_at, expires_at, look_again_at, "
      "i.type, i.width, i.height, i.bytes FROM profiles JOIN profile_images i ON i.hash = image_hash "
      "WHERE username = ?1 AND source BETWEEN 0 AND ?2 AND i.type BETWEEN 0 AND ?3");
  query.bind(1, username).bind(2, max_source).bind(3, max_image_type);
  std::optional<EntryPtr> entry;
  if (query.step()) {
    Image image;
    image.header.type = static_cast<ImageType>(query.integer(8));
    image.header.width = static_cast<std::uint32_t>(query.integer(9));
    image.header.height = static_cast<std::uint32_t>(query.integer(10));
    image.bytes = query.blob(11);
    image.hash = query.text(4);
    entry = std::make_shared<ProfileEntry>(read_profile(query), std::make_shared<Image>(std::move(image)));
  }
  query.reset();
  return entry;
}

void save_image(sqlite::Database& database, const Image& image) {
  database
      .cached(
          "INSERT INTO profile_images(hash, type, width, height, bytes) VALUES (?1, ?2, ?3, ?4, ?5) "
          "ON CONFLICT(hash) DO UPDATE SET type = excluded.type WHERE type NOT BETWEEN 0 AND ?6")
      .bind(1, image.hash)
      .bind(2, static_cast<std::int64_t>(image.header.type))
      .bind(3, image.header.width)
      .bind(4, image.header.height)
      .bind_blob(5, image.bytes)
      .bind(6, max_image_type)
      .run();
}

std::string hash_of(sqlite::Database& database, const std::string& username) {
  auto& query = database.cached("SELECT image_hash FROM profiles WHERE username = ?1");
  query.bind(1, username);
  std::string hash = query.step() ? std::string(query.text(0)) : std::string();
  query.reset();
  return hash;
}

void drop_unused_image(sqlite::Database& database, const std::string& hash) {
  database
      .cached(
          "DELETE FROM profile_images WHERE hash = ?1 "
          "AND NOT EXISTS (SELECT 1 FROM profiles WHERE image_hash = ?1)")
      .bind(1, hash)
      .run();
}

void drop_damaged(sqlite::Database& database, const std::string& username) {
  database
      .cached(
          "DELETE FROM profiles WHERE username = ?1 AND (source NOT BETWEEN 0 AND ?2 OR EXISTS (SELECT 1 "
          "FROM profile_images WHERE hash = image_hash AND type NOT BETWEEN 0 AND ?3))")
      .bind(1, username)
      .bind(2, max_source)
      .bind(3, max_image_type)
      .run();
}

void save_entry(sqlite::Database& database, const ProfileEntry& entry) {
  const Profile& profile = entry.profile;
  const std::string old_hash = hash_of(database, profile.username);
  drop_damaged(database, profile.username);
  save_image(database, *entry.image);
  database
      .cached(
          "INSERT INTO profiles(username, nickname, source, priority, image_hash, created_at, cached_at, "
          "expires_at, look_again_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8) ON CONFLICT(username) DO "
          "UPDATE SET nickname = excluded.nickname, source = excluded.source, priority = "
          "excluded.priority, image_hash = excluded.image_hash, cached_at = excluded.cached_at, "
          "expires_at = excluded.expires_at, look_again_at = excluded.look_again_at "
          // The writer may not have read the row. A lower source never replaces an unexpired higher one.
          "WHERE excluded.priority >= profiles.priority OR profiles.expires_at <= excluded.cached_at")
      .bind(1, profile.username)
      .bind(2, profile.nickname)
      .bind(3, static_cast<std::int64_t>(profile.source))
      .bind(4, profile.priority)
      .bind(5, profile.image_hash)
      .bind(6, profile.cached_at)
      .bind(7, profile.expires_at)
      .bind(8, profile.look_again_at)
      .run();
  if (!old_hash.empty() && old_hash != profile.image_hash) {
    drop_unused_image(database, old_hash);
    drop_unused_image(database, profile.image_hash);  // unused if the old profile was kept
  }
}

std::vector<Profile> list_profiles(sqlite::Database& database, const ProfileQuery& wanted) {
  auto& query = database.cached(
      "SELECT username, nickname, source, priority, image_hash, cached_at, expires_at, look_again_at "
      "FROM profiles WHERE username > ?1 AND (?2 < 0 OR source = ?2) AND source BETWEEN 0 AND ?4 "
      "ORDER BY username LIMIT ?3");
  query.bind(1, wanted.after)
      .bind(2, wanted.source ? static_cast<std::int64_t>(*wanted.source) : -1)
      .bind(3, static_cast<std::int64_t>(wanted.limit))
      .bind(4, max_source);
  std::vector<Profile> profiles;
  while (query.step()) profiles.push_back(read_profile(query));
  query.reset();
  return profiles;
}

}  // namespace

Task<Result<std::optional<EntryPtr>>> SqliteProfileStore::find(Executor executor, std::string username) {
  using Found = std::optional<EntryPtr>;
  std::function<Found(sqlite::Database&)> query =
      [username = std::move(username)](sqlite::Database& database) { return find_entry(database, username); };
  co_return co_await readers_.read<Found>(executor, std::move(query));
}

Task<Result<void>> SqliteProfileStore::save(Executor executor, EntryPtr entry) {
  sqlite::Writer::Job job = [entry = std::move(entry)](sqlite::Database& database) {
    save_entry(database, *entry);
  };
  co_return co_await writer_.write(executor, std::move(job));
}

Task<Result<bool>> SqliteProfileStore::erase(Executor executor, std::string username) {
  auto was_there = std::make_shared<bool>(false);
  sqlite::Writer::Job job = [username = std::move(username), was_there](sqlite::Database& database) {
    const std::string hash = hash_of(database, username);
    *was_there = !hash.empty();
    database.cached("DELETE FROM profiles WHERE username = ?1").bind(1, username).run();
    drop_unused_image(database, hash);
  };
  if (auto done = co_await writer_.write(executor, std::move(job)); !done) co_return done.error();
  co_return *was_there;
}

Task<Result<std::vector<std::string>>> SqliteProfileStore::erase_expired(Executor executor, UnixMs now) {
  auto names = std::make_shared<std::vector<std::string>>();
  sqlite::Writer::Job job = [names, now](sqlite::Database& database) {
    names->clear();  // a job may be repeated
    std::vector<std::string> hashes;
    auto gone = database.prepare(
        "DELETE FROM profiles WHERE username IN (SELECT username FROM profiles WHERE expires_at <= ?1 LIMIT "
        "?2) "
        "RETURNING username, image_hash");
    gone.bind(1, now).bind(2, static_cast<std::int64_t>(erased_at_once));
    while (gone.step()) {
      names->emplace_back(gone.text(0));
      hashes.emplace_back(gone.text(1));
    }
    for (const std::string& hash : hashes) drop_unused_image(database, hash);
  };
  if (auto done = co_await writer_.write(executor, std::move(job)); !done) co_return done.error();
  co_return *names;
}

Task<Result<std::vector<Profile>>> SqliteProfileStore::list(Executor executor, ProfileQuery query) {
  std::function<std::vector<Profile>(sqlite::Database&)> job =
      [query = std::move(query)](sqlite::Database& database) { return list_profiles(database, query); };
  co_return co_await readers_.read<std::vector<Profile>>(executor, std::move(job));
}

}  // namespace papi::profiles
