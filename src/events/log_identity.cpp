#include "events/log_identity.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "events/identity_rules.hpp"
#include "platform/base/random.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::events {
namespace {

/// A transaction that is on the disk when it is committed. After a power cut the identity file, which is
/// written next, must not be ahead of the database.
class Transaction {
 public:
  explicit Transaction(sqlite::Database& database) : database_(database) {
    database_.execute("PRAGMA synchronous=FULL; BEGIN IMMEDIATE");
  }
  ~Transaction() {
    if (!committed_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    sqlite3_exec(database_.handle(), "PRAGMA synchronous=NORMAL", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() {
    database_.execute("COMMIT");
    committed_ = true;
  }

 private:
  sqlite::Database& database_;
  bool committed_ = false;
};

std::optional<DatabaseIdentity> read_identity(sqlite::Database& database) {
  auto row = database.prepare("SELECT database_id, generation, starts, deletions FROM identity");
  if (!row.step()) return std::nullopt;
  DatabaseIdentity identity;
  identity.id = row.text(0);
  identity.generation = static_cast<std::uint64_t>(row.integer(1));
  identity.starts = static_cast<std::uint64_t>(row.integer(2));
  identity.deletions = static_cast<std::uint64_t>(row.integer(3));
  return identity;
}

void write_identity(sqlite::Database& database, const DatabaseIdentity& identity) {
  auto row = database.prepare("INSERT OR REPLACE INTO identity VALUES (1, ?1, ?2, ?3, ?4)");
  row.bind(1, identity.id).bind(2, static_cast<std::int64_t>(identity.generation));
  row.bind(3, static_cast<std::int64_t>(identity.starts));
  row.bind(4, static_cast<std::int64_t>(identity.deletions)).run();
}

DatabaseIdentity fresh_identity() {
  DatabaseIdentity identity;
  identity.id = random_hex(16);
  return identity;
}

std::vector<DatabaseSession> read_sessions(sqlite::Database& database) {
  auto rows = database.prepare(
      "SELECT key, epoch, last_offset, state IN ('connecting', 'waiting', 'connected', 'reconnecting') "
      "FROM sessions WHERE state <> 'deleted' ORDER BY key");
  std::vector<DatabaseSession> sessions;
  while (rows.step()) {
    DatabaseSession session;
    session.key = SessionKey(rows.integer(0));
    session.epoch = rows.text(1);
    session.last_offset = Offset(static_cast<std::uint64_t>(rows.integer(2)));
    session.running = rows.integer(3) != 0;
    sessions.push_back(std::move(session));
  }
  return sessions;
}

void renew_epoch(sqlite::Database& database, DatabaseSession& session) {
  session.epoch = random_hex(8);
  auto update = database.prepare("UPDATE sessions SET epoch = ?2 WHERE key = ?1");
  update.bind(1, session.key).bind(2, session.epoch).run();
}

void renew_all(sqlite::Database& database, DatabaseIdentity& identity,
               std::vector<DatabaseSession>& sessions) {
  ++identity.generation;
  for (DatabaseSession& session : sessions) renew_epoch(database, session);
}

void apply(sqlite::Database& database, const IdentityVerdict& verdict, DatabaseIdentity& identity,
           std::vector<DatabaseSession>& sessions) {
  if (verdict.epochs == IdentityVerdict::Epochs::renew_all) renew_all(database, identity, sessions);
  if (verdict.epochs != IdentityVerdict::Epochs::renew_some) return;
  auto next = verdict.sessions.begin();  // both are sorted by key
  for (DatabaseSession& session : sessions) {
    if (next == verdict.sessions.end() || *next != session.key) continue;
    renew_epoch(database, session);
    ++next;
  }
}

void read_sidecar(const std::string& path, IdentityFacts& facts, Logger& log) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return;
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  auto sidecar = identity_file::decode(bytes);
  if (sidecar) {
    facts.sidecar = std::move(*sidecar);
  } else {
    facts.sidecar_damaged = true;
    log.warning("The database's identity file is damaged and is made anew",
                {{"path", path}, {"reason", sidecar.error().message}});
  }
}

Error unwritable(const std::string& path, int reason) {
  return Error(ErrorCode::database, "the identity file '" + path +
                                        "' cannot be written: " + std::strerror(reason) +
                                        ". The service must be able to write in the database's folder");
}

bool write_whole(int file, std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto size = ::pwrite(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (size < 0) return false;
    done += static_cast<std::size_t>(size);
  }
  return ::fdatasync(file) == 0;
}

/// After a power cut this name must not show an older file again.
bool sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::absolute(path).parent_path().string();
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return false;
  const bool synced = ::fsync(file) == 0;
  const int reason = errno;
  ::close(file);
  errno = reason;
  return synced;
}

/// Replaces the identity file atomically. Returns the descriptor of the new file.
Result<int> write_sidecar(const std::string& path, const Sidecar& sidecar) {
  const auto header = identity_file::encode(sidecar.header);
  std::string bytes(header.data(), header.size());
  for (const auto& [key, session] : sidecar.sessions) {
    const auto slot = identity_file::encode(key, session);
    bytes.append(slot.data(), slot.size());
  }
  const std::string fresh = path + ".new";
  const int file = ::open(fresh.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (file < 0) return unwritable(fresh, errno);
  if (write_whole(file, bytes) && ::rename(fresh.c_str(), path.c_str()) == 0 && sync_folder_of(path))
    return file;
  const int reason = errno;
  ::close(file);
  return unwritable(fresh, reason);
}

void tell(const IdentityVerdict& verdict, const IdentityFacts& facts, Logger& log) {
  if (verdict.epochs == IdentityVerdict::Epochs::keep) return;
  const std::size_t count =
      verdict.epochs == IdentityVerdict::Epochs::renew_all ? facts.sessions.size() : verdict.sessions.size();
  log.warning("Sessions begin new epochs", {{"sessions", count}, {"reason", verdict.reason}});
}

}  // namespace

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string line;
  std::getline(file, line);
  return line;
}

void count_deletion(sqlite::Database& database) {
  database.prepare("UPDATE identity SET deletions = deletions + 1").run();
}

Result<void> begin_new_epochs(sqlite::Database& database) {
  if (auto migrated = schema::migrate(database); !migrated) return migrated;
  try {
    Transaction transaction(database);
    DatabaseIdentity identity = read_identity(database).value_or(fresh_identity());
    auto sessions = read_sessions(database);
    renew_all(database, identity, sessions);
    write_identity(database, identity);
    transaction.commit();
    return {};
  } catch (const sqlite::DatabaseFault& fault) {
    return fault.as_error();
  }
}

Result<std::unique_ptr<LogIdentity>> LogIdentity::open(sqlite::Database& database, const std::string& path,
                                                       Options options, Logger& log) {
  if (auto migrated = schema::migrate(database); !migrated) return migrated.error();
  const std::string sidecar_path = path + ".identity";
  IdentityFacts facts;
  facts.boot_id = options.boot;
  read_sidecar(sidecar_path, facts, log);
  Sidecar next;
  try {
    Transaction transaction(database);
    facts.database = read_identity(database);
    facts.sessions = read_sessions(database);
    const IdentityVerdict verdict = judge(facts);
    tell(verdict, facts, log);
    DatabaseIdentity identity = facts.database.value_or(fresh_identity());
    apply(database, verdict, identity, facts.sessions);
    ++identity.starts;
    write_identity(database, identity);
    transaction.commit();
    next.header.database_id = identity.id;
    next.header.generation = identity.generation;
    next.header.starts = identity.starts;
    next.header.deletions = identity.deletions;
  } catch (const sqlite::DatabaseFault& fault) {
    return fault.as_error();
  }
  next.header.boot_id = options.boot;
  next.header.power_cut_takes_rows = options.power_cut_takes_rows;
  for (DatabaseSession& session : facts.sessions)
    next.sessions[session.key] = SidecarSession{std::move(session.epoch), session.last_offset, 0};
  TRY(const int file, write_sidecar(sidecar_path, next));
  return std::unique_ptr<LogIdentity>(new LogIdentity(sidecar_path, file, next, options.keeps_events, log));
}

LogIdentity::LogIdentity(std::string path, int file, const Sidecar& sidecar, bool keeps_events, Logger& log)
    : path_(std::move(path)), file_(file), keeps_events_(keeps_events), log_(log), header_(sidecar.header) {
  for (const auto& [key, session] : sidecar.sessions) slots_[key] = slot_count_++;
}

LogIdentity::~LogIdentity() { ::close(file_); }

void LogIdentity::failed(int reason) noexcept {
  if (std::exchange(failed_, true)) return;
  // An outdated file would make an older copy of the database look current. Without a file, all epochs are
  // renewed.
  ::unlink(path_.c_str());
  log_.error("The database's identity file cannot be written: the next start begins new epochs",
             {{"path", path_}, {"reason", std::strerror(reason)}});
}

void LogIdentity::write_slot(std::size_t slot, SessionKey session_key,
                             const SidecarSession& session) noexcept {
  using namespace identity_file;
  const SlotBytes bytes = encode(session_key, session);
  const auto at = static_cast<off_t>(header_bytes + slot * slot_bytes);
  errno = ENOSPC;  // the reason of a short write
  if (::pwrite(file_, bytes.data(), bytes.size(), at) != static_cast<ssize_t>(bytes.size())) failed(errno);
}

bool LogIdentity::write_header() noexcept {
  const auto bytes = identity_file::encode(header_);
  errno = ENOSPC;  // the reason of a short write
  if (::pwrite(file_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size())) return true;
  failed(errno);
  return false;
}

void LogIdentity::committed(SessionKey session_key, std::string_view epoch, Offset last_offset) noexcept {
  if (!keeps_events_) return;
  std::lock_guard lock(mutex_);
  const auto found = slots_.find(session_key);
  std::size_t slot = 0;
  if (found != slots_.end()) {
    slot = found->second;
  } else if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
    slots_[session_key] = slot;
  } else {
    slot = slots_[session_key] = slot_count_++;
  }
  SidecarSession session;
  session.epoch = epoch;
  session.last_offset = last_offset;
  session.start = header_.starts;
  write_slot(slot, session_key, session);
}

void LogIdentity::remove(SessionKey session_key) noexcept {
  std::lock_guard lock(mutex_);
  ++header_.deletions;
  write_header();
  const auto found = slots_.find(session_key);
  if (found == slots_.end()) return;
  write_slot(found->second, SessionKey(), SidecarSession());
  free_.push_back(found->second);
  slots_.erase(found);
}

void LogIdentity::close_clean() noexcept {
  std::lock_guard lock(mutex_);
  if (failed_) return;  // the file does not have everything that was shown
  // The flag is written only after everything else is on the disk.
  if (::fdatasync(file_) != 0) return failed(errno);
  header_.clean = true;
  if (write_header() && ::fdatasync(file_) != 0) failed(errno);
}

}  // namespace papi::events
