#include "auth/sqlite_account_rows.hpp"

#include "auth/sqlite_lock_out.hpp"
#include "auth/sqlite_row_readers.hpp"
#include "auth/sqlite_stream_token_rows.hpp"
#include "auth/sqlite_token_rows.hpp"
#include "platform/base/text.hpp"

namespace papi::auth::store {
namespace {

User read_user(const sqlite::Statement& row) {
  User user;
  user.id = row.text(0);
  user.username = row.text(1);
  user.email = row.text(2);
  user.role = parse_role(row.text(3)).value_or(Role::readonly);
  user.permissions = permissions_of(user.role);
  user.active = row.integer(4) != 0;
  user.demo = row.integer(5) != 0;
  user.created_at = row.integer(6);
  user.last_login_at = row.integer(7);
  return user;
}

ApiKey read_key(const sqlite::Statement& row) {
  ApiKey key;
  key.id = row.text(0);
  key.user_id = row.text(1);
  key.name = row.text(2);
  key.hash = row.text(3);
  key.preview = row.text(4);
  key.permissions = static_cast<PermissionSet>(row.integer(5));
  key.created_at = row.integer(6);
  key.expires_at = row.integer(7);
  key.last_used = row.integer(8);
  key.active = row.integer(9) != 0;
  key.parent_id = row.text(10);
  return key;
}

void note_change_of_key(sqlite::Database& database, std::string_view id) {
  const auto key = key_by_id(database, id);
  if (key) note_change(database, Change::of_account, key->user_id);
}

}  // namespace

void raise_version(sqlite::Database& database) {
  database.cached("UPDATE auth_version SET version = version + 1").run();
}

void note_change(sqlite::Database& database, Change::Kind kind, std::string_view id) {
  constexpr std::int64_t kept = 10'000;  // changes; a service that is further behind reads everything
  raise_version(database);
  const std::int64_t now = version(database);
  database.cached("INSERT INTO auth_changes(version, kind, id) VALUES (?1, ?2, ?3)")
      .bind(1, now)
      .bind(2, std::int64_t{kind})
      .bind(3, id)
      .run();
  database.cached("DELETE FROM auth_changes WHERE version <= ?1").bind(1, now - kept).run();
}

std::optional<std::vector<Change>> changes_since(sqlite::Database& database, std::int64_t since,
                                                 std::size_t max) {
  const std::int64_t newest = version(database);
  if (newest < since || newest - since > static_cast<std::int64_t>(max)) return std::nullopt;
  auto& query = database.cached("SELECT kind, id FROM auth_changes WHERE version > ?1 ORDER BY version");
  query.bind(1, since);
  std::vector<Change> changes;
  while (query.step()) {
    const std::int64_t kind = query.integer(0);
    if (kind != Change::of_account && kind != Change::of_family) break;
    changes.push_back(
        {kind == Change::of_account ? Change::of_account : Change::of_family, std::string(query.text(1))});
  }
  query.reset();
  // A version has no row, or one of an unknown kind: what changed then is not known.
  if (static_cast<std::int64_t>(changes.size()) != newest - since) return std::nullopt;
  return changes;
}

std::int64_t version(sqlite::Database& database) {
  return number(database.cached("SELECT version FROM auth_version"));
}

std::int64_t noticed(sqlite::Database& database) {
  return number(database.cached("SELECT version FROM auth_noticed"));
}

void set_noticed(sqlite::Database& database, std::int64_t version) {
  database.cached("UPDATE auth_noticed SET version = ?1").bind(1, version).run();
}

bool add_user(sqlite::Database& database, const NewUser& add) {
  const User& user = add.user;
  database
      .cached(
          "INSERT INTO users(id, username, name_key, email, role, password, active, created_at) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(name_key) DO NOTHING")
      .bind(1, user.id)
      .bind(2, user.username)
      .bind(3, to_lower_ascii(user.username))
      .bind(4, user.email)
      .bind(5, to_string(user.role))
      .bind(6, add.password_hash)
      .bind(7, std::int64_t{user.active})
      .bind(8, user.created_at)
      .run();
  if (database.changes() == 0) return false;
  note_change(database, Change::of_account, user.id);
  return true;
}

std::optional<User> user_by_id(sqlite::Database& database, std::string_view id) {
  auto& query = database.cached(
      "SELECT id, username, email, role, active, demo, created_at, last_login_at FROM users WHERE id = ?1");
  query.bind(1, id);
  return first(query, read_user);
}

std::optional<User> user_by_name(sqlite::Database& database, std::string_view username) {
  const std::string key = to_lower_ascii(username);
  auto& query = database.cached(
      "SELECT id, username, email, role, active, demo, created_at, last_login_at FROM users WHERE name_key = "
      "?1");
  query.bind(1, key);
  return first(query, read_user);
}

std::string password_hash_of(sqlite::Database& database, std::string_view user_id) {
  auto& query = database.cached("SELECT password FROM users WHERE id = ?1");
  query.bind(1, user_id);
  std::string hash = query.step() ? std::string(query.text(0)) : std::string();
  query.reset();
  return hash;
}

std::vector<User> users(sqlite::Database& database) {
  return all(database.cached("SELECT id, username, email, role, active, demo, created_at, last_login_at FROM "
                             "users ORDER BY created_at, id"),
             read_user);
}

UserPage page_of_users(sqlite::Database& database, const UserQuery& query) {
  UserPage page;
  page.total = number(database.cached("SELECT count(*) FROM users"));
  auto& rows = database.cached(
      "SELECT id, username, email, role, active, demo, created_at, last_login_at FROM users "
      "WHERE (created_at, id) > (?1, ?2) ORDER BY created_at, id LIMIT ?3");
  rows.bind(1, query.after_created_at).bind(2, query.after_id).bind(3, query.limit + 1);
  page.users = all(rows, read_user);
  page.more = static_cast<std::int64_t>(page.users.size()) > query.limit;
  if (page.more) page.users.pop_back();
  return page;
}

bool other_admin(sqlite::Database& database, std::string_view user_id) {
  auto& query =
      database.cached("SELECT 1 FROM users WHERE role = 'admin' AND active = 1 AND id <> ?1 LIMIT 1");
  query.bind(1, user_id);
  const bool found = query.step();
  query.reset();
  return found;
}

void update_user(sqlite::Database& database, const User& user) {
  database.cached("UPDATE users SET email = ?2, role = ?3, active = ?4 WHERE id = ?1")
      .bind(1, user.id)
      .bind(2, user.email)
      .bind(3, to_string(user.role))
      .bind(4, std::int64_t{user.active})
      .run();
  note_change(database, Change::of_account, user.id);
}

void set_password(sqlite::Database& database, const User& user, const std::string& hash, UnixMs now) {
  database.cached("UPDATE users SET password = ?2, demo = 0 WHERE id = ?1")
      .bind(1, user.id)
      .bind(2, hash)
      .run();
  clear_login_failures(database, user.username);
  revoke_families_of(database, user.id, now);
  delete_sign_in_codes_of(database, user.id);
  note_change(database, Change::of_account, user.id);
}

void set_demo(sqlite::Database& database, std::string_view user_id) {
  database.cached("UPDATE users SET demo = 1 WHERE id = ?1").bind(1, user_id).run();
}

bool delete_user(sqlite::Database& database, std::string_view id, UnixMs now) {
  revoke_families_of(database, id, now);
  database.cached("DELETE FROM api_keys WHERE user_id = ?1").bind(1, id).run();
  delete_stream_tokens_of(database, id);
  delete_sign_in_codes_of(database, id);
  database.cached("DELETE FROM users WHERE id = ?1").bind(1, id).run();
  const bool was_there = database.changes() > 0;
  note_change(database, Change::of_account, id);
  return was_there;
}

void logged_in(sqlite::Database& database, std::string_view user_id, UnixMs now) {
  database.cached("UPDATE users SET last_login_at = ?2 WHERE id = ?1").bind(1, user_id).bind(2, now).run();
}

void add_key(sqlite::Database& database, const ApiKey& key) {
  database
      .cached(
          "INSERT INTO api_keys(id, user_id, name, hash, preview, permissions, created_at, expires_at, "
          "active, parent_id) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
      .bind(1, key.id)
      .bind(2, key.user_id)
      .bind(3, key.name)
      .bind(4, key.hash)
      .bind(5, key.preview)
      .bind(6, key.permissions)
      .bind(7, key.created_at)
      .bind(8, key.expires_at)
      .bind(9, std::int64_t{key.active})
      .bind(10, key.parent_id)
      .run();
  note_change(database, Change::of_account, key.user_id);
}

std::optional<ApiKey> key_by_id(sqlite::Database& database, std::string_view id) {
  auto& query = database.cached(
      "SELECT id, user_id, name, hash, preview, permissions, created_at, expires_at, last_used, active, "
      "parent_id FROM api_keys WHERE id = ?1");
  query.bind(1, id);
  return first(query, read_key);
}

std::vector<ApiKey> keys(sqlite::Database& database) {
  return all(
      database.cached(
          "SELECT id, user_id, name, hash, preview, permissions, created_at, expires_at, last_used, active, "
          "parent_id FROM api_keys ORDER BY rowid DESC"),
      read_key);
}

std::vector<ApiKey> keys_of(sqlite::Database& database, std::string_view user_id) {
  auto& query = database.cached(
      "SELECT id, user_id, name, hash, preview, permissions, created_at, expires_at, last_used, active, "
      "parent_id FROM api_keys WHERE user_id = ?1 ORDER BY rowid DESC");
  query.bind(1, user_id);
  return all(query, read_key);
}

KeyPage page_of_keys(sqlite::Database& database, const KeyQuery& query) {
  KeyPage page;
  auto& count = query.user_id.empty() ? database.cached("SELECT count(*) FROM api_keys")
                                      : database.cached("SELECT count(*) FROM api_keys WHERE user_id = ?1");
  if (!query.user_id.empty()) count.bind(1, query.user_id);
  page.total = number(count);
  auto& rows =
      query.user_id.empty()
          ? database.cached(
                "SELECT id, user_id, name, hash, preview, permissions, created_at, expires_at, last_used, "
                "active, parent_id, rowid FROM api_keys WHERE rowid < ?1 ORDER BY rowid DESC LIMIT ?2")
          : database.cached(
                "SELECT id, user_id, name, hash, preview, permissions, created_at, expires_at, last_used, "
                "active, parent_id, rowid FROM api_keys WHERE rowid < ?1 AND user_id = ?3 ORDER BY rowid "
                "DESC LIMIT ?2");
  rows.bind(1, query.before).bind(2, query.limit + 1);
  if (!query.user_id.empty()) rows.bind(3, query.user_id);
  constexpr int rowid = 11;
  page.next = read_page(rows, read_key, query.limit, rowid, page.keys);
  return page;
}

std::vector<std::string> users_with_keys_of(sqlite::Database& database, std::string_view key_id) {
  // The second condition is there because the index has it.
  auto& query =
      database.cached("SELECT DISTINCT user_id FROM api_keys WHERE parent_id = ?1 AND parent_id <> ''");
  query.bind(1, key_id);
  std::vector<std::string> users;
  while (query.step()) users.emplace_back(query.text(0));
  query.reset();
  return users;
}

std::int64_t count_keys(sqlite::Database& database, std::string_view user_id, UnixMs now) {
  auto& query =
      database.cached("SELECT count(*) FROM api_keys WHERE user_id = ?1 AND active = 1 AND expires_at > ?2");
  query.bind(1, user_id).bind(2, now);
  return number(query);
}

bool revoke_key(sqlite::Database& database, std::string_view id) {
  database.cached("UPDATE api_keys SET active = 0 WHERE id = ?1 AND active = 1").bind(1, id).run();
  if (database.changes() == 0) return false;
  note_change_of_key(database, id);
  return true;
}

void shorten_key(sqlite::Database& database, std::string_view id, UnixMs expires_at) {
  database.cached("UPDATE api_keys SET expires_at = min(expires_at, ?2) WHERE id = ?1")
      .bind(1, id)
      .bind(2, expires_at)
      .run();
  note_change_of_key(database, id);
}

void key_used(sqlite::Database& database, std::string_view id, UnixMs when) {
  database.cached("UPDATE api_keys SET last_used = max(last_used, ?2) WHERE id = ?1")
      .bind(1, id)
      .bind(2, when)
      .run();
}

}  // namespace papi::auth::store
