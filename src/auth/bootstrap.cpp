#include "auth/bootstrap.hpp"

#include <algorithm>
#include <limits>

#include "auth/password.hpp"
#include "platform/base/sha256.hpp"

namespace papi::auth {
namespace {

/// The hash of demo_password, computed once. The password is public, and a first start need not wait for
/// Argon2.
constexpr const char* demo_hash =
    "$argon2id$v=19$m=65536,t=2,p=1$4N0NpbmTwQTsoC21rGQ91w$H6MDdn0ij6jok6UBOx3GX0osAlZpUGV3h3uuXqC24MQ";

constexpr std::string_view user_prefix = "env_", key_prefix = "k_env_";

EnvironmentKey known_by(const Secret& key, std::string username, Role role, PermissionSet permissions) {
  EnvironmentKey known;
  known.user.id = std::string(user_prefix) + username;  // ids in the database never have this prefix
  known.user.username = std::move(username);
  known.user.role = role;
  known.user.permissions = permissions;
  known.user.from_environment = true;
  // The id depends on the key itself. If the setting gets another value, the keys that this key created end.
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

namespace {

enum class Bootstrap { has_admin, name_taken, created };

Task<Result<Bootstrap>> add_first_admin(AccountTransaction& accounts, const NewUser& add, bool demo) {
  CO_CHECK(co_await accounts.lock_admins());
  CO_TRY(const bool has_admin, co_await accounts.other_admin(add.user.id));
  if (has_admin) co_return Bootstrap::has_admin;
  CO_TRY(const bool added, co_await accounts.add_user(add));
  if (!added) co_return Bootstrap::name_taken;
  if (demo) {
    CO_CHECK(co_await accounts.set_demo(add.user.id));
  }
  co_return Bootstrap::created;
}

/// Returns whether there is an active admin. The password of the first admin is hashed only if no admin
/// is active, because that takes a while.
Task<Result<bool>> any_admin(AccountTransaction& accounts) {
  const std::string nobody;
  co_return co_await accounts.other_admin(nobody);
}

}  // namespace

Task<Result<bool>> demo_admin_can_log_in(Executor executor, AccountStore& store) {
  CO_TRY(const std::optional<User> user, co_await store.user_by_name(executor, std::string(demo_username)));
  co_return user && user->demo && user->active;
}

Task<Result<void>> bootstrap_admin(Executor executor, AccountStore& store, const FirstAdmin& wanted,
                                   Logger& log, UnixMs now) {
  const bool is_demo = wanted.password.empty();
  if (is_demo && !wanted.demo) co_return Result<void>();
  AccountStore::Work<bool> look = any_admin;
  CO_TRY(const bool known, co_await store.transact<bool>(executor, std::move(look)));
  if (known) co_return Result<void>();
  NewUser add;
  add.user = fresh_user(is_demo ? std::string(demo_username) : wanted.username, "admin@localhost.localdomain",
                        Role::admin, now);
  add.password_hash = is_demo ? demo_hash : hash_password(wanted.password);
  AccountStore::Work<Bootstrap> make = [add, is_demo](AccountTransaction& accounts) {
    return add_first_admin(accounts, add, is_demo);
  };
  CO_TRY(const Bootstrap done, co_await store.transact<Bootstrap>(executor, std::move(make)));
  if (done == Bootstrap::name_taken) {
    log.warning("The first admin cannot be made: the username is taken", {{"username", add.user.username}});
  } else if (done == Bootstrap::created && is_demo) {
    log.warning("Development admin created with a password that everybody knows: change it",
                {{"username", add.user.username}});
  } else if (done == Bootstrap::created) {
    log.info("First admin created from ADMIN_PASSWORD", {{"username", add.user.username}});
  }
  co_return Result<void>();
}

}  // namespace papi::auth
