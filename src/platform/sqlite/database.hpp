#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

#include "platform/base/error.hpp"
#include "platform/base/handle.hpp"
#include "platform/base/strong.hpp"

namespace papi::sqlite {

/// A prepared statement. Bind values from index 1, step, then read columns from index 0. Bound text is not
/// copied: it must live until the statement has run. Views from text() and blob() are valid until the next
/// step() or reset().
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : handle_(statement) {}

  Statement& bind(int index, std::int64_t value);
  template <class Tag>
  Statement& bind(int index, Strong<Tag, std::int64_t> value) {
    return bind(index, value.value());
  }
  Statement& bind(int index, std::string_view text);
  Statement& bind_blob(int index, std::string_view bytes);
  /// Returns true if there is a row, false if the statement is done. Throws DatabaseFault if SQLite reports
  /// an error.
  bool step();
  void reset();
  /// Steps to the end and resets.
  void run();

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  std::string_view text(int column) const;
  std::string_view blob(int column) const;
  double real(int column) const { return sqlite3_column_double(handle_.get(), column); }
  /// Returns the type of the stored value, such as SQLITE_TEXT. Call it before the value is read as another.
  int type(int column) const { return sqlite3_column_type(handle_.get(), column); }

 private:
  Handle<sqlite3_stmt, sqlite3_finalize> handle_;
};

/// An error that SQLite reported. It is thrown by Statement and Database within jobs, queries and at start.
/// There it becomes an Error. Its text is for the operator (application log, standard error) and never for a
/// caller of the API.
class DatabaseFault : public std::runtime_error {
 public:
  /// `code`: SQLite's, without the extended part.
  explicit DatabaseFault(const std::string& text, int code = SQLITE_ERROR)
      : std::runtime_error(text), code_(code) {}

  int code() const { return code_; }
  bool busy() const { return code_ == SQLITE_BUSY || code_ == SQLITE_LOCKED; }
  /// Returns UNAVAILABLE if another connection holds a lock (a retry may help), else DATABASE.
  Error as_error() const;

 private:
  int code_;
};

/// SQL text that the compiler has seen: a literal, or a constexpr string_view of one. It lives as long as the
/// program. Text that is made at run time does not compile.
class SqlLiteral {
 public:
  template <std::size_t size>
  consteval SqlLiteral(const char (&literal)[size]) : text_(literal, size - 1) {}
  consteval SqlLiteral(std::string_view constant) : text_(constant) {}

  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// One connection to a database in WAL mode. Not shared between threads.
class Database {
 public:
  /// How long a statement waits for locks of other connections, unless it is set otherwise.
  static constexpr std::chrono::milliseconds default_lock_timeout{5'000};

  /// Opens a database for reading and writing, and makes it if it does not exist. `lock_timeout`: how long
  /// this call and every later statement wait for locks of other connections; see set_lock_timeout().
  static Result<Database> open(const std::string& path,
                               std::chrono::milliseconds lock_timeout = default_lock_timeout);
  /// Opens a database that open() has made, for reading only.
  static Result<Database> open_to_read(const std::string& path);

  /// As open_to_read(), but adds no file beside the database. If no other process has the database open, it
  /// is read as it lies there. (Exception: a write-ahead log that has lost its index gets a new one, because
  /// it could not be read without it.)
  static Result<Database> open_unchanged(const std::string& path);

  void set_lock_timeout(std::chrono::milliseconds timeout) {
    sqlite3_busy_timeout(handle_.get(), static_cast<int>(timeout.count()));
  }

  void execute(const char* sql);
  Statement prepare(std::string_view sql);
  sqlite3* handle() { return handle_.get(); }
  /// Returns the number of rows that the last INSERT, UPDATE or DELETE changed.
  std::size_t changes() { return static_cast<std::size_t>(sqlite3_changes64(handle_.get())); }

  /// Returns a statement that is prepared once per connection. run() resets it. The statement is found by the
  /// address of the text, which is fast and needs texts that stay: hence SqlLiteral.
  Statement& cached(SqlLiteral sql);

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  static Result<Database> open(const std::string& path, int flags, const char* pragmas,
                               std::chrono::milliseconds lock_timeout);

  Handle<sqlite3, sqlite3_close_v2> handle_;
  std::unordered_map<const char*, Statement> cached_;  // by the literal's address; freed before the handle
};

}  // namespace papi::sqlite
