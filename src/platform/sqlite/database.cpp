#include "platform/sqlite/database.hpp"

namespace papi::sqlite {
namespace {

[[noreturn]] void fail(sqlite3* handle) { throw DatabaseFault{sqlite3_errmsg(handle)}; }

}  // namespace

Statement& Statement::bind(int index, std::int64_t value) {
  if (sqlite3_bind_int64(handle_.get(), index, value) != SQLITE_OK) fail(sqlite3_db_handle(handle_.get()));
  return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
  // Static: the text lives until the statement has run, and is not copied.
  if (sqlite3_bind_text(handle_.get(), index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC) !=
      SQLITE_OK) {
    fail(sqlite3_db_handle(handle_.get()));
  }
  return *this;
}

bool Statement::step() {
  const int rc = sqlite3_step(handle_.get());
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  sqlite3* database = sqlite3_db_handle(handle_.get());
  DatabaseFault fault{sqlite3_errmsg(database)};
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

Result<Database> Database::open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int rc = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database database(raw);  // also a failed open gives a handle to free
  if (rc != SQLITE_OK) return Error(ErrorCode::database, raw ? sqlite3_errmsg(raw) : "out of memory");
  sqlite3_busy_timeout(raw, 5000);
  try {
    // The operator's sqlite3 may read, back up and checkpoint beside us: WAL, and waiting instead of failing.
    database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;");
  } catch (const DatabaseFault& fault) {
    return Error(ErrorCode::database, fault.what);
  }
  return database;
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

Result<void> Database::migrate(std::span<const char* const> scripts) {
  try {
    auto version_query = prepare("PRAGMA user_version");
    version_query.step();
    const auto version = static_cast<std::size_t>(version_query.integer(0));
    version_query.reset();
    if (version > scripts.size()) {
      return Error(ErrorCode::database, "the database was written by a newer version of this program");
    }
    for (std::size_t i = version; i < scripts.size(); ++i) {
      execute("BEGIN IMMEDIATE");
      execute(scripts[i]);
      execute(("PRAGMA user_version=" + std::to_string(i + 1)).c_str());
      execute("COMMIT");
    }
  } catch (const DatabaseFault& fault) {
    sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    return Error(ErrorCode::database, fault.what);
  }
  return {};
}

}  // namespace papi::sqlite
