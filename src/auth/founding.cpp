#include "auth/founding.hpp"

#include <algorithm>
#include <limits>

#include "auth/account_service.hpp"
#include "auth/password.hpp"
#include "platform/base/sha256.hpp"

namespace papi::auth {
namespace {

/// Of demo_password, made once: it is no secret, and a first start need not wait for Argon2.
constexpr const char* demo_hash =
    "$argon2id$v=19$m=65536,t=2,p=1$4N0NpbmTwQTsoC21rGQ91w$H6MDdn0ij6jok6UBOx3GX0osAlZpUGV3h3uuXqC24MQ";

constexpr std::string_view user_prefix = "env_", key_prefix = "k_env_";

EnvironmentKey known_by(const Secret& key, std::string username, Role role, PermissionSet permissions) {
  EnvironmentKey known;
  known.user.id = std::string(user_prefix) + username;  // no id of the database begins like that
  known.user.username = std::move(username);
  known.user.role = role;
  known.user.permissions = permissions;
  known.user.from_environment = true;
  // Of this very key: what it makes ends when the setting is another one.
  known.key.id = "k_" + known.user.id + "_" + sha256_hex(key.reveal()).substr(0, 12);
  known.key.user_id = known.user.id;
  known.key.name = "environment";
  known.key.hash = sha256_hex(key.reveal());
  known.key.permissions = permissions;
  known.key.expires_at = std::numeric_limits<UnixMs>::max();
  return known;
}

std::string list_of(PermissionSet permissions) {
  std::string text;
  for (const std::string_view name : names_of(permissions)) (text += text.empty() ? "" : ",") += name;
  return text;
}

void tell(Logger& log, std::string_view message, const EnvironmentKey& known) {
  std::string role(to_string(known.user.role));
  std::transform(role.begin(), role.end(), role.begin(),
                 [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  log.info(message, {{"username", known.user.username},
                     {"role", role},
                     {"permissions", list_of(known.user.permissions)},
                     {"wildcard", known.user.permissions == every_permission}});
}

}  // namespace

bool is_environment_key(std::string_view id) { return id.starts_with(key_prefix); }

std::vector<EnvironmentKey> environment_keys(const Secret& api_key, const Secret& admin_key, Logger& log) {
  std::vector<EnvironmentKey> keys;
  if (api_key.reveal().starts_with("pk_")) {
    keys.push_back(known_by(api_key, "environment", Role::service, permissions_of(Role::service)));
    tell(log, "Created environment user for environment API key", keys.back());
  } else if (!api_key.empty()) {
    keys.push_back(known_by(api_key, "dev", Role::service, every_permission));
    tell(log, "Created dev user for environment API key", keys.back());
  }
  if (!admin_key.empty()) {
    keys.push_back(known_by(admin_key, "environment-admin", Role::admin, every_permission));
    tell(log, "Created admin user for environment admin API key", keys.back());
  }
  return keys;
}

Result<void> found_first_admin(sqlite::Database& database, const std::string& username,
                               const Secret& password, bool demo, Logger& log, UnixMs now) {
  try {
    if (store::any_admin(database) || (password.empty() && !demo)) return {};
    store::NewUser add;
    add.user = fresh_user(password.empty() ? std::string(demo_username) : username,
                          "admin@localhost.localdomain", Role::admin, now);
    add.password_hash = password.empty() ? demo_hash : hash_password(password);
    if (!store::add_user(database, add)) {
      log.warning("The first admin cannot be made: the username is taken", {{"username", add.user.username}});
      return {};
    }
    if (password.empty()) {
      store::set_demo(database, add.user.id);
      log.warning("Development admin created with a password that everybody knows: change it",
                  {{"username", add.user.username}});
    } else {
      log.info("First admin created from ADMIN_PASSWORD", {{"username", add.user.username}});
    }
    return {};
  } catch (const sqlite::DatabaseFault& fault) {
    return fault.as_error();
  }
}

bool has_demo_admin(sqlite::Database& database) {
  try {
    auto query = database.prepare("SELECT 1 FROM users WHERE demo = 1 AND active = 1 LIMIT 1");
    return query.step();
  } catch (const sqlite::DatabaseFault&) {
    return false;  // no such table: nobody can log in
  }
}

}  // namespace papi::auth
