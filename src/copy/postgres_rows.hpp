#pragma once

#include "copy/postgres_session.hpp"
#include "copy/sides.hpp"
#include "platform/postgres/schema.hpp"

namespace papi::copy {

/// Reads the rows of a table of PostgreSQL by a cursor. The session must be in a transaction and outlive it.
class PostgresRowReader final : public RowReader {
 public:
  PostgresRowReader(PostgresSession& session, const Table& table) : session_(session), table_(table) {}
  ~PostgresRowReader() override;

  /// `after`: a key; nullptr: from the first row on. Only with `by_key`.
  Result<void> open(const postgres::Schema& schema, bool by_key, const Row* after);
  Result<bool> next(Row& row) override;

 private:
  PostgresSession& session_;
  const Table& table_;
  bool open_ = false;
  postgres::Rows rows_;
  std::size_t at_ = 0;
};

/// `COPY … FROM STDIN` for the bytes that copy_begin(), copy_row() for each row and copy_end() append.
std::string copy_statement(const postgres::Schema& schema, const Table& table);
void copy_begin(std::string& out);
void copy_row(std::string& out, const Table& table, const Row& row);
void copy_end(std::string& out);

}  // namespace papi::copy
