#include "app/sqlite_storage.hpp"

#include "app/file_modes.hpp"
#include "app/options.hpp"
#include "events/sqlite_installation_store.hpp"
#include "ops/sqlite_write_probe.hpp"
#include "platform/sqlite/file_check.hpp"
#include "platform/sqlite/file_header.hpp"

namespace papi::app {
namespace {

constexpr std::size_t reader_threads = 2;
constexpr std::chrono::milliseconds short_lock_timeout{250};  // of one try: a stop must not wait longer
constexpr std::chrono::milliseconds between_tries{250};
constexpr std::chrono::seconds longest_lock{60};

sqlite::Durability durability(const Settings& s) {
  return s.events_durability == "strict" ? sqlite::Durability::strict : sqlite::Durability::batched;
}

/// Opens the database and brings it to the current schema. Makes the file if it does not exist.
Result<sqlite::Database> open_database(const std::string& path, std::chrono::milliseconds lock_timeout) {
  TRY(sqlite::Database database, sqlite::Database::open(path, lock_timeout));
  if (auto prepared = events::SqliteEventStore::prepare(database); !prepared) return prepared.error();
  return database;
}

Result<events::PictureKeys> load_picture_keys(sqlite::Database& database) {
  events::SqliteInstallationStore installation(database);
  return events::PictureKeys::load(installation);
}

/// Tries once to do everything that needs the database unlocked. May be repeated.
Result<SqliteStorage::File> try_to_open(const std::string& path, const Settings& s,
                                        const StartContext& context) {
  TRY(sqlite::Database database, open_database(path, short_lock_timeout));
  auth::SqliteConnectionAccountStore accounts(database);
  if (auto prepared = prepare_admins(s, accounts, context); !prepared) return prepared.error();
  events::LogIdentity::Options options;
  options.power_cut_takes_rows = durability(s) == sqlite::Durability::batched;
  options.keeps_events = s.events_durability != "off";
  TRY(auto identity, events::LogIdentity::open(database, path, options, context.log));
  TRY(events::PictureKeys picture_keys, load_picture_keys(database));
  std::uint32_t stamp = 0;
  try {
    stamp = sqlite::stamp_file(database);
  } catch (const sqlite::DatabaseFault& fault) {
    return fault.as_error();
  }
  database.set_lock_timeout(sqlite::Database::default_lock_timeout);
  return SqliteStorage::File{
      path,  std::nullopt, std::move(database), std::move(identity), std::move(picture_keys),
      stamp, std::nullopt};
}

Error still_locked() {
  return Error(ErrorCode::conflict,
               "the database has been locked by another program for " + std::to_string(longest_lock.count()) +
                   " seconds: end the backup, VACUUM or shell that holds it, and start again");
}

/// Opens the database. The caller is its owner.
Result<SqliteStorage::File> open_owned(const std::string& path, const Settings& settings,
                                       const StartContext& context) {
  if (auto checked = sqlite::check_database_file(path); !checked) return checked.error();
  // Before SQLite makes the other files: it gives them the mode of the database.
  narrow_modes({path, path + "-wal", path + "-shm", path + "-journal", path + ".identity", path + ".lock"},
               context.log);
  const auto until = context.clock.steady() + longest_lock;
  for (bool logged = false;; logged = true) {
    auto file = try_to_open(path, settings, context);
    if (file) return file;
    const ErrorCode code = file.error().code;
    if (code == ErrorCode::validation) return file;
    if (code != ErrorCode::unavailable)
      return Error(code, "the database '" + path + "': " + file.error().message);
    if (context.clock.steady() >= until) return still_locked();
    if (!logged) context.log.warning("The database is locked by another program: waiting", {{"path", path}});
    if (!context.pause(between_tries))
      return Error(ErrorCode::unavailable, "stopped while the database was locked");
  }
}

/// If it fails, `owner` is left as it is.
Result<std::unique_ptr<Storage>> with_readers(const Settings& settings, Logger& log, SqliteStorage::File file,
                                              std::optional<sqlite::OwnerLock>& owner) {
  TRY(auto readers, sqlite::Readers::open(file.path, reader_threads, log));
  TRY(auto access_readers, sqlite::Readers::open(file.path, 1, log));
  if (owner) file.owner.emplace(std::move(*owner));
  return std::make_unique<SqliteStorage>(settings, log, std::move(file), std::move(readers),
                                         std::move(access_readers));
}

}  // namespace

Result<std::unique_ptr<Storage>> SqliteStorage::open(const Settings& settings, const StartContext& context) {
  const std::string path = sqlite::real_path(settings.sqlite_path());
  const bool lock_is_new = NewFiles::lock_is_new(path);
  TRY(sqlite::OwnerLock lock,
      sqlite::OwnerLock::take(path, sqlite::OwnerLock::take_timeout, context.pause, context.log));
  std::optional<sqlite::OwnerLock> owner(std::move(lock));
  const NewFiles files(path, lock_is_new);
  auto file = open_owned(path, settings, context);
  if (!file) {
    files.remove();
    return file.error();
  }
  file->files = files;
  auto storage = with_readers(settings, context.log, std::move(*file), owner);
  if (!storage) files.remove();
  return storage;
}

Result<std::unique_ptr<Storage>> SqliteStorage::open_in_memory(const Settings& settings, Logger& log) {
  constexpr const char* nowhere = ":memory:";
  TRY(sqlite::Database database, open_database(nowhere, sqlite::Database::default_lock_timeout));
  TRY(events::PictureKeys picture_keys, load_picture_keys(database));
  std::optional<sqlite::OwnerLock> nobody;
  File file{nowhere, std::nullopt, std::move(database), nullptr, std::move(picture_keys), 0, std::nullopt};
  return with_readers(settings, log, std::move(file), nobody);
}

SqliteStorage::SqliteStorage(const Settings& settings, Logger& log, File file,
                             std::unique_ptr<sqlite::Readers> readers,
                             std::unique_ptr<sqlite::Readers> access_readers)
    : owner_(std::move(file.owner)),
      identity_(std::move(file.identity)),
      picture_keys_(std::move(file.picture_keys)),
      files_(std::move(file.files)),
      watch_(std::in_place, file.path, log, watch_options(file.stamp)),
      writer_(std::in_place, std::move(file.database), durability(settings), log, &*watch_),
      readers_(std::move(readers)),
      access_readers_(std::move(access_readers)),
      events_(*writer_, *readers_, settings.events_durability != "off"),
      shares_(*writer_),
      engagement_(*readers_),
      gifts_(*writer_),
      profiles_(*writer_, *readers_),
      people_(*writer_, *readers_),
      accounts_(*writer_, *access_readers_),
      audit_(*writer_, *readers_),
      hours_(*writer_, *readers_) {
  writer_->measure(times_);
  readers_->measure(times_);
  access_readers_->measure(times_);
}

Storage::Waiting SqliteStorage::waiting() {
  return {writer_->waiting(), readers_->waiting() + access_readers_->waiting()};
}

sqlite::FileWatch::Options SqliteStorage::watch_options(std::uint32_t stamp) {
  sqlite::FileWatch::Options options;
  options.stamp = stamp;
  if (owner_) options.also = [&owner = *owner_] { return owner.holds(); };
  options.changed = [this](bool in_place) { lost_ = !in_place; };
  return options;
}

ops::WriteProbe SqliteStorage::write_probe() { return ops::sqlite_write_probe(*writer_); }
ops::WriteFaultReasons SqliteStorage::write_faults() { return ops::sqlite_write_faults(); }

std::optional<std::string> SqliteStorage::loss() const {
  if (!lost_.load(std::memory_order_relaxed)) return std::nullopt;
  return "the database files were deleted, moved or replaced: nothing is stored";
}

/// Otherwise the old bytes would stay in the write-ahead log until they are overwritten.
Task<Result<void>> SqliteStorage::remove_erased_bytes(Executor executor) {
  auto truncated = co_await writer_->truncate_wal(executor);
  if (truncated) co_return Result<void>();
  Error error = std::move(truncated).error();
  error.message += "; old bytes may stay there, for example while a shell or a backup reads the database";
  co_return error;
}

void SqliteStorage::stop(std::chrono::steady_clock::time_point) {
  watch_->stop();
  writer_->stop();  // commits what was accepted
  was_in_place_ = watch_->in_place();
  // The writer's connection is the last one to be closed, so that it removes the write-ahead log.
  access_readers_.reset();
  readers_.reset();
  writer_.reset();
  watch_.reset();
}

void SqliteStorage::close_in_order() {
  if (was_in_place_) identity_->close_clean();
}

void SqliteStorage::undo_start() {
  identity_.reset();
  if (files_) files_->remove();
}

}  // namespace papi::app
