#pragma once

// Who may call a service that nobody has set up yet: the keys of the settings, and the first admin. At start.

#include <vector>

#include "auth/account_store.hpp"
#include "auth/identities.hpp"
#include "platform/base/secret.hpp"
#include "platform/log/logger.hpp"

namespace papi::auth {

/// The development admin, `admin`, whose password everybody knows.
constexpr std::string_view demo_username = "admin";
constexpr std::string_view demo_password = "Admin123!";
/// The key that the documents show. This and that admin are accepted from near callers only.
constexpr std::string_view known_key = "dev-api-key-12345";

/// What the settings' keys are worth. API_KEY: a user `dev` with role service and every permission, or, where
/// it has the form of our own keys (`pk_…`), a user `environment` with what the role may. ADMIN_API_KEY: an
/// admin. They have no row in the database and end with the setting. Tells the log who was made.
std::vector<EnvironmentKey> environment_keys(const Secret& api_key, const Secret& admin_key, Logger& log);

/// Whether a key's id is that of one of these.
bool is_environment_key(std::string_view id);

/// Makes an admin where there is none: with `password`, or, if it is empty and `demo` says so, the
/// development admin. Blocking.
Result<void> found_first_admin(sqlite::Database& database, const std::string& username,
                               const Secret& password, bool demo, Logger& log, UnixMs now);

/// Whether the development admin can log in to this database, which may have no tables yet. Blocking.
bool has_demo_admin(sqlite::Database& database);

}  // namespace papi::auth
