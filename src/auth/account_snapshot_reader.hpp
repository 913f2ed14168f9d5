#pragma once

// Builds AccountSnapshot from the rows of the database. Blocking. Call it in a read transaction. Throws
// DatabaseFault.

#include "auth/account_cache.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::auth {

/// Reads all rows.
std::shared_ptr<const AccountSnapshot> read_identities(sqlite::Database& database,
                                                       const std::vector<EnvironmentKey>& environment);

/// Applies the changes since `before`. Returns `before` itself if nothing changed. Reads only the rows of the
/// accounts that changed. If the list of changes is no longer complete, or is long, it reads all rows.
std::shared_ptr<const AccountSnapshot> read_newer(sqlite::Database& database,
                                                  const std::vector<EnvironmentKey>& environment,
                                                  const std::shared_ptr<const AccountSnapshot>& before);

}  // namespace papi::auth
