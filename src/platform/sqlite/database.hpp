#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

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
  Statement& bind_blob(int index, std::string_view bytes);
  /// True: a row. False: done. Throws DatabaseFault where SQLite reports an error.
  bool step();
  void reset();
  /// Executes once and resets.
  void run();

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  std::string_view text(int column) const;
  std::string_view blob(int column) const;
  double real(int column) const { return sqlite3_column_double(handle_.get(), column); }

 private:
  Handle<sqlite3_stmt, sqlite3_finalize> handle_;
};

/// What SQLite reported. Thrown inside a Writer job or at start; becomes an Error at that boundary, and its
/// text goes to the log only.
struct DatabaseFault {
  std::string what;
  int code = SQLITE_ERROR;  // SQLite's, without the extended part
  bool busy() const { return code == SQLITE_BUSY || code == SQLITE_LOCKED; }
  /// UNAVAILABLE if another connection holds a lock (a retry may help), else DATABASE.
  Error as_error() const;
};

/// One connection in WAL mode. Not shared between threads.
class Database {
 public:
  static constexpr int busy_timeout_ms = 5'000;

  /// `patience_ms`: how long it and every later statement waits for locks of other connections; see
  /// set_patience().
  static Result<Database> open(const std::string& path, int patience_ms = busy_timeout_ms);
  /// Of a file that open() has made: cannot write.
  static Result<Database> open_to_read(const std::string& path);

  /// The same without adding a file beside it: a database that nobody has open is read as it lies there.
  /// (A write-ahead log that has lost its index gets one, as it could not be read otherwise.)
  static Result<Database> open_unchanged(const std::string& path);

  void set_patience(int milliseconds) { sqlite3_busy_timeout(handle_.get(), milliseconds); }

  void execute(const char* sql);
  Statement prepare(std::string_view sql);
  sqlite3* handle() { return handle_.get(); }
  /// Rows that the last INSERT, UPDATE or DELETE changed.
  std::size_t changes() { return static_cast<std::size_t>(sqlite3_changes64(handle_.get())); }

  /// A statement that is prepared once per connection and reset after each run(). `sql` must be a literal.
  Statement& cached(std::string_view sql);

  /// Applies the scripts of a component that are still missing, each in a transaction with its number. A
  /// database from a newer version of the program is refused.
  Result<void> migrate(std::string_view component, std::span<const char* const> scripts);

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  static Result<Database> open(const std::string& path, int flags, const char* pragmas, int patience_ms);
  std::int64_t version_of(std::string_view component);

  Handle<sqlite3, sqlite3_close_v2> handle_;
  std::unordered_map<const char*, Statement> cached_;  // by the literal's address; freed before the handle
};

}  // namespace papi::sqlite
