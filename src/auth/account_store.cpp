#include "auth/account_store.hpp"

#include "platform/base/text.hpp"

namespace papi::auth::store {
namespace {

/// One script per version. A released script never changes.
constexpr const char* schema[] = {
    R"sql(
    CREATE TABLE users (
      id TEXT PRIMARY KEY,
      username TEXT NOT NULL,
      name_key TEXT NOT NULL UNIQUE,
      email TEXT NOT NULL,
      role TEXT NOT NULL,
      password TEXT NOT NULL,
      active INTEGER NOT NULL,
      demo INTEGER NOT NULL DEFAULT 0,
      created_at INTEGER NOT NULL,
      last_login_at INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE api_keys (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL,
      name TEXT NOT NULL,
      hash TEXT NOT NULL UNIQUE,
      preview TEXT NOT NULL,
      parent_id TEXT NOT NULL DEFAULT '',
      permissions INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      last_used INTEGER NOT NULL DEFAULT 0,
      active INTEGER NOT NULL
    );
    CREATE INDEX api_keys_by_user ON api_keys(user_id, created_at);
    CREATE TABLE token_families (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      current TEXT NOT NULL,
      current_at INTEGER NOT NULL,
      previous TEXT NOT NULL
    );
    CREATE INDEX token_families_by_user ON token_families(user_id);
    CREATE TABLE revoked_tokens (
      family TEXT PRIMARY KEY,
      user_id TEXT NOT NULL,
      revoked_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    );
    CREATE TABLE login_failures (
      name_key TEXT PRIMARY KEY,
      failures INTEGER NOT NULL,
      locked_until INTEGER NOT NULL,
      last_at INTEGER NOT NULL
    );
    CREATE TABLE auth_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL);
    INSERT INTO auth_version VALUES (1, 1);
    )sql",
};

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

template <class Value>
std::optional<Value> first(sqlite::Statement& query, Value (*read)(const sqlite::Statement&)) {
  std::optional<Value> value;
  if (query.step()) value = read(query);
  query.reset();
  return value;
}

template <class Value>
std::vector<Value> all(sqlite::Statement& query, Value (*read)(const sqlite::Statement&)) {
  std::vector<Value> values;
  while (query.step()) values.push_back(read(query));
  query.reset();
  return values;
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

}  // namespace

Result<void> prepare(sqlite::Database& database) { return database.migrate("auth", schema); }

void raise_version(sqlite::Database& database) {
  database.cached("UPDATE auth_version SET version = version + 1").run();
}

std::int64_t version(sqlite::Database& database) {
  auto& query = database.cached("SELECT version FROM auth_version");
  const std::int64_t version = query.step() ? query.integer(0) : 0;
  query.reset();
  return version;
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
  raise_version(database);
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

bool any_admin(sqlite::Database& database) {
  auto& query = database.cached("SELECT 1 FROM users WHERE role = 'admin' AND active = 1 LIMIT 1");
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
  raise_version(database);
}

void set_password(sqlite::Database& database, const User& user, const std::string& hash, UnixMs now) {
  database.cached("UPDATE users SET password = ?2, demo = 0 WHERE id = ?1")
      .bind(1, user.id)
      .bind(2, hash)
      .run();
  clear_login_failures(database, user.username);
  revoke_families_of(database, user.id, now);
  raise_version(database);
}

void set_demo(sqlite::Database& database, std::string_view user_id) {
  database.cached("UPDATE users SET demo = 1 WHERE id = ?1").bind(1, user_id).run();
}

bool delete_user(sqlite::Database& database, std::string_view id, UnixMs now) {
  revoke_families_of(database, id, now);
  database.cached("DELETE FROM api_keys WHERE user_id = ?1").bind(1, id).run();
  database.cached("DELETE FROM users WHERE id = ?1").bind(1, id).run();
  const bool was_there = database.changes() > 0;
  raise_version(database);
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
  raise_version(database);
}

std::optional<ApiKey> key_by_id(sqlite::Database& database, std::string_view id) {
  auto& query = database.cached(
      "SELECT id, user_id, name, hash, preview, permissions, created_at, expires_at, last_used, active, "
      "parent_id FROM "
      "api_keys WHERE id = ?1");
  query.bind(1, id);
  return first(query, read_key);
}

std::vector<ApiKey> keys(sqlite::Database& database, std::string_view user_id) {
  auto& query = database.cached(
      "SELECT id, user_id, name, hash, preview, permissions, created_at, expires_at, last_used, active, "
      "parent_id FROM "
      "api_keys WHERE ?1 = '' OR user_id = ?1 ORDER BY rowid DESC");
  query.bind(1, user_id);
  return all(query, read_key);
}

std::int64_t count_keys(sqlite::Database& database, std::string_view user_id, UnixMs now) {
  auto& query =
      database.cached("SELECT count(*) FROM api_keys WHERE user_id = ?1 AND active = 1 AND expires_at > ?2");
  query.bind(1, user_id).bind(2, now);
  const std::int64_t count = query.step() ? query.integer(0) : 0;
  query.reset();
  return count;
}

bool revoke_key(sqlite::Database& database, std::string_view id) {
  database.cached("UPDATE api_keys SET active = 0 WHERE id = ?1 AND active = 1").bind(1, id).run();
  if (database.changes() == 0) return false;
  raise_version(database);
  return true;
}

void shorten_key(sqlite::Database& database, std::string_view id, UnixMs expires_at) {
  database.cached("UPDATE api_keys SET expires_at = min(expires_at, ?2) WHERE id = ?1")
      .bind(1, id)
      .bind(2, expires_at)
      .run();
  raise_version(database);
}

void key_used(sqlite::Database& database, std::string_view id, UnixMs when) {
  database.cached("UPDATE api_keys SET last_used = max(last_used, ?2) WHERE id = ?1")
      .bind(1, id)
      .bind(2, when)
      .run();
}

}  // namespace papi::auth::store
