#pragma once

#include <chrono>
#include <functional>

#include "copy/sides.hpp"
#include "platform/log/logger.hpp"
#include "platform/postgres/schema.hpp"
#include "platform/postgres/url.hpp"

namespace papi::copy {

/// A schema of a PostgreSQL database.
struct PostgresPlace {
  postgres::Target target;
  postgres::Schema schema;
  /// How long the owner is waited for. A service that was killed keeps its lease for 10 s.
  std::chrono::milliseconds lease_timeout{12'000};

  /// The name of such a source or target: `postgresql host:5432/database, schema profile_api`.
  std::string name() const;
};

/// Called once with a line for the operator if the wait for another owner begins. On another thread.
using OnWait = std::function<void(const std::string& line)>;

/// Becomes the owner of the schema, checks its tables, and begins to read. Fails with CONFLICT if a service
/// uses it, and with `refused` if it has no tables or those of an older version.
Result<std::unique_ptr<Source>> open_postgres_source(const PostgresPlace& place, Logger& log,
                                                     const OnWait& on_wait = {});

/// Brings the schema, which is made if it does not exist, to the program's tables, and becomes its owner.
Result<std::unique_ptr<Target>> open_postgres_target(const PostgresPlace& place, Logger& log,
                                                     const OnWait& on_wait = {});

}  // namespace papi::copy
