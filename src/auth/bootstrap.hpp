#pragma once

// The first credentials of a new service: the keys of the settings and the first admin. Call these at start.

#include <vector>

#include "auth/account_cache.hpp"
#include "auth/account_store.hpp"
#include "platform/base/secret.hpp"
#include "platform/log/logger.hpp"

namespace papi::auth {

/// The development admin. The password is public.
constexpr std::string_view demo_username = "admin";
constexpr std::string_view demo_password = "Admin123!";
/// The API key that the documents show. This key and the development admin are accepted only from this
/// machine and from private networks.
constexpr std::string_view known_key = "dev-api-key-12345";

/// Makes the users and keys of the settings. API_KEY gives a user `dev` with the role service and every
/// permission. If API_KEY has the form of a generated key (`pk_…`), it gives a user `environment` with the
/// permissions of the role service instead. ADMIN_API_KEY gives an admin. They have no rows in the database
/// and exist only as long as the setting. Each is logged.
std::vector<EnvironmentKey> environment_keys(const Secret& api_key, const Secret& admin_key, Logger& log);

/// Whether a key with this id comes from the settings.
bool is_environment_key(std::string_view id);

/// The first admin. A start creates it if there is no active admin.
struct FirstAdmin {
  std::string username;
  Secret password;    // empty: the development admin, or nobody
  bool demo = false;  // without a password, create the development admin
};

/// Whether the development admin is active and still has the password that everybody knows.
Task<Result<bool>> demo_admin_can_log_in(Executor executor, AccountStore& store);

/// Creates an admin if there is no active admin. If the username is taken, it logs a warning and creates
/// nothing. Hashes the password on the calling thread; call it at start only. The arguments must outlive it.
Task<Result<void>> bootstrap_admin(Executor executor, AccountStore& store, const FirstAdmin& wanted,
                                   Logger& log, UnixMs now);

}  // namespace papi::auth
