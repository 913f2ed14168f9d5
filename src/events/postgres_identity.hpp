#pragma once

#include <optional>
#include <string>

#include "platform/log/logger.hpp"
#include "platform/postgres/lease.hpp"
#include "platform/postgres/schema.hpp"

namespace papi::events {

/// Where a database is, as its server tells it. All of it changes if the database becomes another one; the
/// first two also if a standby or an archive takes its place.
struct DatabasePlace {
  std::string system_id;          // of the cluster; empty: the role may not ask for it
  std::string timeline;           // eight hex digits; empty: the role may not ask for it
  std::int64_t wal_position = 0;  // bytes since the cluster was made; 0: the role may not ask for it
  std::int64_t database_oid = 0;
  std::int64_t events_oid = 0;  // of the table events
};

/// What a start finds.
struct PlaceFacts {
  std::optional<DatabasePlace> stored;  // by the last start; nullopt: this is the first one
  bool row_is_original = true;          // the stored row was written by this program, not by a dump
  bool has_events = false;
  DatabasePlace now;
};

/// Decides whether the sessions keep their epochs: they do exactly if the facts show an unbroken history
/// since the last start. Returns nullopt then, else why not, for the application log. Pure.
std::optional<std::string> reason_for_new_epochs(const PlaceFacts& facts);

/// Compares where the database was with where it is, begins new epochs in all sessions if its history is
/// broken (a warning says why), and stores where it is; all in one transaction. Call it after the lease was
/// taken and before sessions are loaded. `fence`: Lease::fence(). If it fails, nothing has changed.
///
/// It sees only what stands in the database or comes from the server. A data folder that was copied back, or
/// a snapshot of its disk, brings all of that along and is not noticed: see
/// docs/decisions/0010-postgres-stores.md.
Task<Result<void>> settle_identity(postgres::Pool& pool, const postgres::Schema& schema,
                                   postgres::Statement fence, Logger& log);

/// The fence of all that is stored: fails with QT001 as Lease::fence() does, and also if the server's
/// timeline is no longer the one that settle_identity() has stored.
postgres::Statement history_fence(const postgres::Schema& schema, std::int64_t lease_epoch);

/// Gives every session a new epoch. Offsets continue. Readers with an old epoch learn that they cannot
/// continue. Use it after the database was restored in a way that settle_identity() does not notice. The
/// service must not be running on the database. Returns the number of sessions.
Task<Result<std::size_t>> begin_new_epochs(postgres::Pool& pool, const postgres::Schema& schema);

}  // namespace papi::events
