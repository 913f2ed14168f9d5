#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "platform/base/error.hpp"
#include "platform/base/handle.hpp"

namespace papi::sqlite {

/// A prepared statement. Bind from index 1, step, read columns from index 0. Views from text() are valid
/// until the next step() or reset().
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : handle_(statement) {}

  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::string_view text);
  /// True: a row. False: done. Throws DatabaseFault where SQLite reports an error.
  bool step();
  void reset();
  /// Executes once and resets.
  void run();

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  std::string_view text(int column) const;

 private:
  Handle<sqlite3_stmt, sqlite3_finalize> handle_;
};

/// What SQLite reported. Thrown inside a Writer job or at start; becomes an Error at that boundary, and its
/// text goes to the log only.
struct DatabaseFault {
  std::string what;
};

/// One connection in WAL mode. Not shared between threads.
class Database {
 public:
  static Result<Database> open(const std::string& path);

  void execute(const char* sql);
  Statement prepare(std::string_view sql);
  sqlite3* handle() { return handle_.get(); }

  /// Applies the scripts that PRAGMA user_version says are missing, each in a transaction. A database from a
  /// newer version of the program is refused.
  Result<void> migrate(std::span<const char* const> scripts);

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  Handle<sqlite3, sqlite3_close_v2> handle_;
};

}  // namespace papi::sqlite
