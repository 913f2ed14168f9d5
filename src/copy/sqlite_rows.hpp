#pragma once

#include "copy/sides.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::copy {

/// Reads the rows of a table of SQLite. The constructor throws sqlite::DatabaseFault. The database must
/// outlive it.
class SqliteRowReader final : public RowReader {
 public:
  /// `after`: a key; nullptr: from the first row on. Only with `by_key`. It must outlive the reader.
  SqliteRowReader(sqlite::Database& database, const Table& table, bool by_key, const Row* after);
  Result<bool> next(Row& row) override;

 private:
  /// Returns what is wrong with the value, or an empty text.
  std::string read(Type type, int column, Cell& cell) const;

  const Table& table_;
  sqlite::Statement rows_;
};

std::string sqlite_insert(const Table& table);
/// Runs the statement of sqlite_insert() with a row. Throws sqlite::DatabaseFault.
void sqlite_bind(sqlite::Statement& insert, const Table& table, const Row& row);

}  // namespace papi::copy
