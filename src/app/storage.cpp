#include "app/storage.hpp"

#include "app/file_modes.hpp"
#include "app/options.hpp"
#include "auth/account_store.hpp"
#include "auth/audit.hpp"
#include "auth/founding.hpp"
#include "engagement/figures.hpp"
#include "live/gift_store.hpp"
#include "ops/write_check.hpp"
#include "platform/sqlite/file_check.hpp"
#include "platform/sqlite/file_header.hpp"
#include "profiles/profile_store.hpp"
#include "profiles/seen_people.hpp"

namespace papi::app {
namespace {

constexpr int remembered_sessions = 100'000;
constexpr int short_patience_ms = 250;  // of one try: a signal must not wait for more
constexpr std::chrono::milliseconds between_tries{250};
constexpr std::chrono::seconds longest_lock{60};

/// One try of everything that needs the database unlocked. Repeatable.
Result<Storage> try_to_open(const std::string& path, const Settings& s, Logger& log, const Clock& clock) {
  TRY(sqlite::Database database, open_database(path, short_patience_ms));
  const AuthSettings& who = s.auth;
  auto admin = auth::found_first_admin(database, who.admin_username, who.admin_password, !s.production(), log,
                                       clock.now_ms());
  if (!admin) return admin.error();
  events::LogIdentity::Options options;
  options.power_cut_takes_rows = durability(s) == sqlite::Durability::batched;
  options.keeps_events = s.events_durability != "off";
  TRY(auto identity, events::LogIdentity::open(database, path, options, log));
  TRY(auto known, known_sessions(database));
  std::uint32_t stamp = 0;
  try {
    stamp = sqlite::stamp_file(database);
  } catch (const sqlite::DatabaseFault& fault) {
    return fault.as_error();
  }
  database.set_patience(sqlite::Database::busy_timeout_ms);
  return Storage{path,  std::nullopt, std::move(database), std::move(identity), std::move(known),
                 stamp, std::nullopt};
}

Error still_locked() {
  return Error(ErrorCode::conflict,
               "the database has been locked by another program for " + std::to_string(longest_lock.count()) +
                   " seconds: end the backup, VACUUM or shell that holds it, and start again");
}

}  // namespace

Result<sqlite::Database> open_database(const std::string& path, int patience_ms) {
  TRY(sqlite::Database database, sqlite::Database::open(path, patience_ms));
  for (auto* prepare :
       {events::EventStore::prepare, profiles::ProfileStore::prepare, engagement::Figures::prepare,
        auth::store::prepare, auth::AuditTrail::prepare, live::GiftStore::prepare,
        profiles::SeenPeople::prepare, ops::WriteCheck::prepare, events::ShareStore::prepare_endings}) {
    if (auto prepared = prepare(database); !prepared) return prepared.error();
  }
  return database;
}

Result<live::LiveService::Known> known_sessions(sqlite::Database& database) {
  live::LiveService::Known known;
  TRY(known.sessions, events::EventStore::load_sessions(database, remembered_sessions));
  TRY(known.last_key, events::EventStore::last_key(database));
  TRY(known.shares, events::ShareStore::load(database));
  return known;
}

namespace {

/// As the owner.
Result<Storage> open_owned(const std::string& path, const Settings& settings, Logger& log, const Clock& clock,
                           const sqlite::Pause& pause) {
  if (auto checked = sqlite::check_database_file(path); !checked) return checked.error();
  // Before SQLite makes the others: it gives them the database's mode.
  narrow_modes({path, path + "-wal", path + "-shm", path + "-journal", path + ".identity", path + ".lock"},
               log);
  const auto until = clock.steady() + longest_lock;
  for (bool told = false;; told = true) {
    auto storage = try_to_open(path, settings, log, clock);
    if (storage) return storage;
    const bool locked = storage.error().code == ErrorCode::unavailable;
    if (!locked)
      return Error(storage.error().code, "the database '" + path + "': " + storage.error().message);
    if (clock.steady() >= until) return still_locked();
    if (!told) log.warning("The database is locked by another program: waiting", {{"path", path}});
    if (!pause(between_tries)) return Error(ErrorCode::unavailable, "stopped while the database was locked");
  }
}

}  // namespace

Result<Storage> open_storage(const Settings& settings, Logger& log, const Clock& clock,
                             const sqlite::Pause& pause) {
  const std::string path = sqlite::real_path(settings.sqlite_path());
  const bool lock_is_new = NewFiles::lock_is_new(path);
  TRY(sqlite::OwnerLock owner, sqlite::OwnerLock::take(path, sqlite::OwnerLock::patience, pause, log));
  const NewFiles files(path, lock_is_new);
  auto storage = open_owned(path, settings, log, clock, pause);
  if (!storage) {
    files.remove();
    return storage;
  }
  storage->owner.emplace(std::move(owner));
  storage->files = files;
  return storage;
}

}  // namespace papi::app
