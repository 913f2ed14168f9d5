#pragma once

// The two databases of a copy, without their engines. All calls block; one thread.

#include <map>
#include <memory>
#include <span>
#include <string>

#include "copy/row.hpp"
#include "copy/tables.hpp"
#include "platform/base/error.hpp"

namespace papi::copy {

/// The copy is refused, or the two sides differ. What else fails has the codes VALIDATION (bad arguments),
/// CONFLICT (a database is in use) and DATABASE (it cannot be read or written).
inline constexpr ErrorCode refused{static_cast<std::uint16_t>(ErrorCode::first_of_domain) + 900};

/// Reads rows one after the other.
class RowReader {
 public:
  virtual ~RowReader() = default;
  /// Sets `row` to the next one. Returns false at the end. Fails with DATABASE if a value is not what the
  /// column holds; the message names table, key and column.
  virtual Result<bool> next(Row& row) = 0;
};

/// A database that can be read. One reader at a time.
class Side {
 public:
  virtual ~Side() = default;

  /// Names the database for messages and journals: engine and place, without secrets.
  virtual std::string name() const = 0;
  virtual Result<std::int64_t> count(const Table& table) = 0;
  /// In the order of the key, as the engine sorts it; behind the row with the key `after`, if there is one.
  virtual Result<std::unique_ptr<RowReader>> read_by_key(const Table& table, const Row* after) = 0;
  /// All rows in the order that is the fastest.
  virtual Result<std::unique_ptr<RowReader>> read_all(const Table& table) = 0;
  virtual Result<std::int64_t> counter(const Counter& counter) = 0;
};

/// The database that is copied. It is owned, so that no service changes it, and is not changed. All reading
/// sees one state of it.
class Source : public Side {
 public:
  /// Fails with CONFLICT if another process has become the owner since.
  virtual Result<void> check_owned() = 0;
};

/// How far one table was copied.
struct TableProgress {
  std::int64_t rows = 0;
  Checksum sum;  // of these rows, as they were written
  Row last;      // the key of the last one, as the source has it; empty: none
  bool finished = false;
  bool operator==(const TableProgress&) const = default;
};

/// What a target remembers of an unfinished copy.
struct Journal {
  std::string copy_id;  // random
  std::string source;   // Side::name()
  std::map<std::string, TableProgress, std::less<>> tables;
};

/// The database that is written. It is owned by the copy. As long as the copy is unfinished, no service
/// starts on it: its table schema_migrations has a row with `not_ready_version`.
class Target : public Side {
 public:
  /// Returns whether a text may have zero bytes and bytes that are no UTF-8.
  virtual bool keeps_any_text() const = 0;
  /// Returns the journal of an unfinished copy, or begins a new one. Fails with `refused` if the target has
  /// rows or the unfinished copy is one of another source.
  virtual Result<Journal> begin(const std::string& source) = 0;
  /// Writes rows and how far the table has come in one transaction.
  virtual Result<void> write(const Table& table, std::span<const Row> rows,
                             const TableProgress& progress) = 0;
  /// In the order of counters().
  virtual Result<void> set_counters(std::span<const std::int64_t> values) = 0;
  /// All later reading sees one state.
  virtual Result<void> begin_check() = 0;
  /// Removes the journal, and lets services start.
  virtual Result<void> finish() = 0;
};

/// The name of the row of schema_migrations while a copy is unfinished.
inline constexpr std::string_view unfinished =
    "an unfinished copy: run the same 'profile-api db copy' again, or use an empty database";

/// `events, session_key 7, offset 12`: where a row stands.
std::string place_of(const Table& table, const Row& row);
Error unreadable(const Table& table, const Row& row, const Column& column, const std::string& what);
/// For a target that has rows.
Error not_empty(const std::string& target, std::string_view table);
Error other_source(const std::string& target, const std::string& source);
/// For a source that lacks migrations. It is not changed, so it cannot be migrated here.
Error older_version(const std::string& source);
/// For a target whose unfinished copy has other tables than this program makes.
Error begun_by_other_version(const std::string& target);

}  // namespace papi::copy
