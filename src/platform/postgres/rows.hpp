#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/handle.hpp"
#include "platform/postgres/fault.hpp"
#include "platform/postgres/value.hpp"

namespace papi::postgres {

/// A column is not what the code takes it for, or NULL where no NULL was expected: code and schema disagree.
/// what() names statement, column and both types. read_rows() and the transaction functions turn it into a
/// DatabaseFault of kind `refused`.
struct ColumnMismatch : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Rows;

/// One row; a view into its Rows, valid as long as these. Columns count from 0.
class Row {
 public:
  /// T is bool, int16_t, int32_t, int64_t (each also reads the narrower types), double, std::string,
  /// std::string_view, Bytes, a std::vector of int16_t, int64_t, std::string or Bytes, or a std::optional of
  /// any of these, which alone takes NULL. A view is valid as long as the Rows. Throws ColumnMismatch.
  template <class T>
  T get(int column) const;
  bool is_null(int column) const;

 private:
  friend class Rows;
  Row(const Rows& rows, int row) : rows_(&rows), row_(row) {}

  const Rows* rows_;
  int row_;
};

/// What one statement answered, in binary format. Owns it; may be moved to and destroyed on any thread.
class Rows {
 public:
  /// Has no rows.
  Rows() = default;
  Rows(PGresult* result, std::string statement) : result_(result), statement_(std::move(statement)) {}

  std::size_t size() const { return result_ ? static_cast<std::size_t>(PQntuples(result_.get())) : 0; }
  bool empty() const { return size() == 0; }
  /// `row` must be below size().
  Row operator[](std::size_t row) const { return Row(*this, static_cast<int>(row)); }
  /// How many rows an INSERT, UPDATE, DELETE or MERGE changed, or a SELECT gave.
  std::uint64_t affected() const;
  /// What the server calls the command, such as "INSERT 0 1", "COMMIT" or "ROLLBACK".
  std::string_view command() const;
  const std::string& statement() const { return statement_; }

 private:
  friend class Row;
  struct Cell {
    const char* data;
    std::size_t size;
    unsigned type;
  };
  /// Returns nullopt for NULL. Throws if there is no such column.
  std::optional<Cell> cell(int row, int column) const;
  [[noreturn]] void mismatch(int column, const std::string& what) const;

  Handle<PGresult, PQclear> result_;
  std::string statement_;
};

/// Applies `read` (Row → T) to each row.
template <class T, class Read>
Reply<std::vector<T>> read_rows(const Rows& rows, Read read) {
  try {
    std::vector<T> all;
    all.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) all.push_back(read(rows[i]));
    return all;
  } catch (const ColumnMismatch& mismatch) {
    DatabaseFault fault(FaultKind::refused, mismatch.what());
    fault.statement = rows.statement();
    return fault;
  }
}

}  // namespace papi::postgres
