#pragma once

// Identities out of the database's rows. Blocking, in one read transaction.

#include "auth/identities.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::auth {

/// Everybody, of all rows.
std::shared_ptr<const Identities> read_identities(sqlite::Database& database,
                                                  const std::vector<EnvironmentKey>& environment);

/// What has changed since `before`, which is itself the answer if nothing has. Reads the rows of those who
/// changed only, unless it is not known any more who they are, or they are many.
std::shared_ptr<const Identities> read_newer(sqlite::Database& database,
                                             const std::vector<EnvironmentKey>& environment,
                                             const std::shared_ptr<const Identities>& before);

}  // namespace papi::auth
