#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/new_files.hpp"
#include "app/settings.hpp"
#include "events/log_identity.hpp"
#include "live/live_service.hpp"
#include "platform/sqlite/owner_lock.hpp"

namespace papi::app {

/// The database as the service begins with it: owned, migrated, its identity settled.
struct Storage {
  std::string path;  // absolute, behind symbolic links
  std::optional<sqlite::OwnerLock> owner;
  sqlite::Database database;
  std::unique_ptr<events::LogIdentity> identity;
  live::LiveService::Known known;
  std::uint32_t stamp = 0;        // of the file: see sqlite::stamp_file()
  std::optional<NewFiles> files;  // to be removed if the start fails after all
};

/// Opens the database with the tables of every part.
Result<sqlite::Database> open_database(const std::string& path,
                                       int patience_ms = sqlite::Database::busy_timeout_ms);

/// What the database has of sessions.
Result<live::LiveService::Known> known_sessions(sqlite::Database& database);

/// In this order: becomes the owner, checks the file, opens and migrates, makes the first admin, compares the
/// identity, loads the sessions. While another program holds the database locked (a backup, VACUUM), all but
/// the first two are tried again for up to a minute. Errors: `conflict` if the database is in use, `database`
/// if it cannot be used, `unavailable` if `pause` returned false. A failure leaves no file that was not
/// there.
Result<Storage> open_storage(const Settings& settings, Logger& log, const Clock& clock,
                             const sqlite::Pause& pause);

}  // namespace papi::app
