#include "platform/sqlite/database.hpp"

#include <chrono>
#include <filesystem>

namespace papi::sqlite {
namespace {

[[noreturn]] void fail(sqlite3* handle) {
  throw DatabaseFault(sqlite3_errmsg(handle), sqlite3_errcode(handle) & 0xff);
}

}  // namespace

Error DatabaseFault::as_error() const {
  return Error(busy() ? ErrorCode::unavailable : ErrorCode::database, what());
}

Statement& Statement::bind(int index, std::int64_t value) {
  if (sqlite3_bind_int64(handle_.get(), index, value) != SQLITE_OK) fail(sqlite3_db_handle(handle_.get()));
  return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
  // SQLITE_STATIC: the text is not copied and must live until the statement has run. A view without data is
  // empty text, not NULL.
  const char* data = text.data() ? text.data() : "";
  if (sqlite3_bind_text(handle_.get(), index, data, static_cast<int>(text.size()), SQLITE_STATIC) !=
      SQLITE_OK) {
    fail(sqlite3_db_handle(handle_.get()));
  }
  return *this;
}

Statement& Statement::bind_blob(int index, std::string_view bytes) {
  const char* data = bytes.data() ? bytes.data() : "";
  if (sqlite3_bind_blob64(handle_.get(), index, data, bytes.size(), SQLITE_STATIC) != SQLITE_OK)
    fail(sqlite3_db_handle(handle_.get()));
  return *this;
}

bool Statement::step() {
  const int rc = sqlite3_step(handle_.get());
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  sqlite3* database = sqlite3_db_handle(handle_.get());
  const DatabaseFault fault(sqlite3_errmsg(database), rc & 0xff);
  reset();
  throw fault;
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

std::string_view Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  return bytes
             ? std::string_view(bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column)))
             : std::string_view();
}

std::string_view Statement::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  return bytes
             ? std::string_view(bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column)))
             : std::string_view();
}

Result<Database> Database::open(const std::string& path, std::chrono::milliseconds lock_timeout) {
  // secure_delete: deleted or changed data leaves no bytes in the file.
  //
  // WAL and the lock timeout: the operator's sqlite3 may read, back up and checkpoint beside us.
  //
  // journal_size_limit: a write-ahead log that grew during a long query is cut when it starts from the
  // beginning again.
  return open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
              "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
              "PRAGMA secure_delete=ON; PRAGMA journal_size_limit=67108864;",
              lock_timeout);
}

Result<Database> Database::open_to_read(const std::string& path) {
  return open(path, SQLITE_OPEN_READONLY, "PRAGMA query_only=ON;", default_lock_timeout);
}

Result<Database> Database::open_unchanged(const std::string& path) {
  std::error_code ec;
  const auto log = std::filesystem::file_size(path + "-wal", ec);
  if (!ec && log > 0) return open_to_read(path);
  std::string uri = "file:";
  for (const char c : path) {
    constexpr std::string_view special = "?#%";
    if (special.find(c) == std::string_view::npos) {
      uri += c;
    } else {
      constexpr char digits[] = "0123456789ABCDEF";
      uri += {'%', digits[static_cast<unsigned char>(c) >> 4], digits[c & 15]};
    }
  }
  return open(uri + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, "PRAGMA query_only=ON;",
              default_lock_timeout);
}

Result<Database> Database::open(const std::string& path, int flags, const char* pragmas,
                                std::chrono::milliseconds lock_timeout) {
  sqlite3* raw = nullptr;
  const int rc = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(raw);  // a failed open also gives a handle to free
  if (rc != SQLITE_OK) return Error(ErrorCode::database, raw ? sqlite3_errmsg(raw) : "out of memory");
  database.set_lock_timeout(lock_timeout);
  // If two connections switch a new database to WAL at the same moment, SQLite does not wait but fails.
  constexpr std::chrono::milliseconds between_tries{10};
  const auto until = std::chrono::steady_clock::now() + lock_timeout;
  for (;;) {
    try {
      database.execute(pragmas);
      return database;
    } catch (const DatabaseFault& fault) {
      if (!fault.busy() || std::chrono::steady_clock::now() >= until) return fault.as_error();
    }
    sqlite3_sleep(static_cast<int>(between_tries.count()));
  }
}

void Database::execute(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(handle_.get());
}

Statement Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int rc = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                    SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  Statement statement(raw);
  if (rc != SQLITE_OK) fail(handle_.get());
  return statement;
}

Statement& Database::cached(SqlLiteral sql) {
  const char* address = sql.text().data();
  const auto found = cached_.find(address);
  if (found != cached_.end()) return found->second;
  return cached_.emplace(address, prepare(sql.text())).first->second;
}

}  // namespace papi::sqlite
