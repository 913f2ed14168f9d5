#pragma once

// Token families and their revocations as rows of SQLite. Blocking functions over one connection; they throw
// DatabaseFault. What they change raises the version of the accounts (sqlite_account_rows.hpp).

#include <optional>
#include <string>
#include <vector>

#include "auth/account_store.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::auth::store {

void save_family(sqlite::Database& database, const TokenFamily& family);
std::optional<TokenFamily> family(sqlite::Database& database, std::string_view id);
/// After this neither the refresh tokens nor the access tokens of the family work. Returns false if the
/// family is not stored, or is no longer stored.
bool revoke_family(sqlite::Database& database, std::string_view id, UnixMs now);
/// Revokes all token families of a user. Returns how many.
std::size_t revoke_families_of(sqlite::Database& database, std::string_view user_id, UnixMs now);
/// Returns every stored revocation, independently of the clock. If the clock was wrong and is set right, no
/// token may become valid again.
std::vector<std::string> revoked_families(sqlite::Database& database);
bool is_revoked(sqlite::Database& database, std::string_view family);
/// Empties the list of revoked tokens and returns how many there were. Access tokens that have not expired
/// work again.
std::size_t clear_revoked(sqlite::Database& database);

/// Deletes expired tokens, expired revocations and old failed logins: at most 500 rows of each kind. `now`
/// must come from a clock that has proved itself (TrustedClock). Returns true if there may be more.
bool prune(sqlite::Database& database, UnixMs now);

}  // namespace papi::auth::store
