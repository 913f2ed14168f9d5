#include "copy/postgres_rows.hpp"

#include "events/postgres_values.hpp"
#include "platform/postgres/wire.hpp"

namespace papi::copy {
namespace {

/// `a, b, c`
std::string column_names(std::span<const Column> columns) {
  std::string list;
  for (const Column& column : columns) (list += list.empty() ? "" : ", ") += column.name;
  return list;
}

postgres::Value value_of(const Cell& cell) {
  if (cell.kind == Cell::Kind::number) return postgres::Value(cell.number);
  return postgres::Value(cell.text);
}

/// A statement whose parameters are the cells of a key: at most three.
postgres::Statement with_key(const std::string& sql, const Row* key) {
  if (!key) return {"read_rows", sql};
  const Row& cells = *key;
  if (cells.size() == 1) return {"read_rows", sql, value_of(cells[0])};
  if (cells.size() == 2) return {"read_rows", sql, value_of(cells[0]), value_of(cells[1])};
  return {"read_rows", sql, value_of(cells[0]), value_of(cells[1]), value_of(cells[2])};
}

std::string declare_cursor(const postgres::Schema& schema, const Table& table, bool by_key,
                           const Row* after) {
  std::string sql = "DECLARE copied NO SCROLL CURSOR FOR SELECT " + column_names(table.columns) + " FROM " +
                    schema.name() + "." + std::string(table.name);
  if (after) {
    sql += " WHERE (" + column_names(table.key()) + ") > (";
    for (std::size_t i = 1; i <= after->size(); ++i) sql += (i == 1 ? "$" : ", $") + std::to_string(i);
    sql += ")";
  }
  if (by_key) sql += " ORDER BY " + column_names(table.key());
  return sql;
}

/// Returns what is wrong with the value, or an empty text.
std::string read_cell(const postgres::Row& from, int column, Type type, Cell& cell) {
  switch (type) {
    case Type::int64:
    case Type::int32:
    case Type::int16:
    case Type::id:
      cell.set(from.get<std::int64_t>(column));
      return "";
    case Type::boolean:
      cell.set(std::int64_t{from.get<bool>(column)});
      return "";
    case Type::text:
    case Type::epoch:
      cell.set(from.get<std::string_view>(column));
      return "";
    case Type::bytes:
      cell = Cell(std::move(from.get<postgres::Bytes>(column).data));
      return "";
    case Type::optional_id:
      if (from.is_null(column)) {
        cell.set_null();
      } else {
        cell.set(from.get<std::int64_t>(column));
      }
      return "";
    case Type::event_type: {
      const auto number = from.get<std::int16_t>(column);
      cell.set(std::int64_t{number});
      const auto type_of = events::type_of_stored(number);
      return events::stored_type(type_of) == number ? "" : std::to_string(number) + " is no type of events";
    }
  }
  return "";
}

template <class Number>
void append_field(std::string& out, std::int64_t number) {
  postgres::append_big_endian<std::int32_t>(out, sizeof(Number));
  postgres::append_big_endian<Number>(out, static_cast<Number>(number));
}

}  // namespace

PostgresRowReader::~PostgresRowReader() {
  if (open_) (void)session_.query("close_cursor", "CLOSE copied");
}

Result<void> PostgresRowReader::open(const postgres::Schema& schema, bool by_key, const Row* after) {
  const auto declared = session_.run(with_key(declare_cursor(schema, table_, by_key, after), after));
  if (!declared) return declared.error();
  open_ = true;
  return {};
}

Result<bool> PostgresRowReader::next(Row& row) {
  if (at_ == rows_.size()) {
    at_ = 0;
    TRY(rows_, session_.query("fetch_rows", "FETCH " + std::to_string(table_.rows_at_once) + " FROM copied"));
    if (rows_.empty()) return false;
  }
  const postgres::Row from = rows_[at_++];
  row.resize(table_.columns.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Column& column = table_.columns[i];
    std::string wrong;
    try {
      wrong = read_cell(from, static_cast<int>(i), column.type, row[i]);
    } catch (const postgres::ColumnMismatch& mismatch) {
      wrong = mismatch.what();
    }
    if (wrong.empty()) continue;
    row.resize(i);
    return unreadable(table_, row, column, wrong);
  }
  return true;
}

std::string copy_statement(const postgres::Schema& schema, const Table& table) {
  return "COPY " + schema.name() + "." + std::string(table.name) + " (" + column_names(table.columns) +
         ") FROM STDIN (FORMAT binary)";
}

void copy_begin(std::string& out) {
  constexpr char signature[] = "PGCOPY\n\377\r\n";  // and the zero byte at its end
  out.append(signature, sizeof signature);
  postgres::append_big_endian<std::int32_t>(out, 0);  // flags
  postgres::append_big_endian<std::int32_t>(out, 0);  // of the header's extension
}

void copy_row(std::string& out, const Table& table, const Row& row) {
  postgres::append_big_endian<std::int16_t>(out, static_cast<std::int16_t>(row.size()));
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Cell& cell = row[i];
    if (cell.kind == Cell::Kind::null) {
      postgres::append_big_endian<std::int32_t>(out, -1);
      continue;
    }
    switch (table.columns[i].type) {
      case Type::int64:
      case Type::id:
      case Type::optional_id:
        append_field<std::int64_t>(out, cell.number);
        break;
      case Type::int32:
        append_field<std::int32_t>(out, cell.number);
        break;
      case Type::int16:
      case Type::event_type:
        append_field<std::int16_t>(out, cell.number);
        break;
      case Type::boolean:
        append_field<std::int8_t>(out, cell.number);
        break;
      case Type::text:
      case Type::epoch:
      case Type::bytes:
        postgres::append_big_endian<std::int32_t>(out, static_cast<std::int32_t>(cell.text.size()));
        out += cell.text;
        break;
    }
  }
}

void copy_end(std::string& out) { postgres::append_big_endian<std::int16_t>(out, -1); }

}  // namespace papi::copy
