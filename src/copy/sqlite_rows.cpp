#include "copy/sqlite_rows.hpp"

#include <limits>

#include "events/postgres_values.hpp"
#include "platform/base/text.hpp"

namespace papi::copy {
namespace {

/// `a, b, c`
std::string names(std::span<const Column> columns) {
  std::string list;
  for (const Column& column : columns) (list += list.empty() ? "" : ", ") += column.name_in_sqlite();
  return list;
}

/// `?1, ?2, ?3`
std::string numbers(std::size_t count) {
  std::string list;
  for (std::size_t i = 1; i <= count; ++i) (list += i == 1 ? "?" : ", ?") += std::to_string(i);
  return list;
}

std::string select(const Table& table, bool by_key, bool after) {
  std::string sql = "SELECT " + names(table.columns) + " FROM " + std::string(table.name);
  if (after) sql += " WHERE (" + names(table.key()) + ") > (" + numbers(table.key_columns) + ")";
  if (by_key) sql += " ORDER BY " + names(table.key());
  return sql;
}

bool fits(Type type, std::int64_t value) {
  if (type == Type::boolean) return value == 0 || value == 1;
  if (type == Type::int16) return value == static_cast<std::int16_t>(value);
  if (type == Type::int32) return value == static_cast<std::int32_t>(value);
  return true;
}

const char* name_of(int sqlite_type) {
  switch (sqlite_type) {
    case SQLITE_INTEGER:
      return "a number";
    case SQLITE_FLOAT:
      return "a fraction";
    case SQLITE_TEXT:
      return "a text";
    case SQLITE_BLOB:
      return "bytes";
    default:
      return "NULL";
  }
}

/// A decimal number as this program writes it, so that the same text can be made of it again.
std::optional<std::uint64_t> read_id(std::string_view text) {
  const auto id = parse_uint(text);
  return id && std::to_string(*id) == text ? id : std::nullopt;
}

constexpr const char* no_id = "is no id: it must be a decimal number of 64 bits";

}  // namespace

SqliteRowReader::SqliteRowReader(sqlite::Database& database, const Table& table, bool by_key,
                                 const Row* after)
    : table_(table), rows_(database.prepare(select(table, by_key, after))) {
  if (!after) return;
  for (std::size_t i = 0; i < after->size(); ++i) {
    const Cell& cell = (*after)[i];
    const int at = static_cast<int>(i) + 1;
    if (cell.kind == Cell::Kind::number) {
      rows_.bind(at, cell.number);
    } else {
      rows_.bind(at, cell.text);
    }
  }
}

Result<bool> SqliteRowReader::next(Row& row) {
  try {
    if (!rows_.step()) return false;
    row.resize(table_.columns.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Column& column = table_.columns[i];
      const std::string wrong = read(column.type, static_cast<int>(i), row[i]);
      if (!wrong.empty()) {
        row.resize(i);  // the key, or what was read of it
        return unreadable(table_, row, column, wrong);
      }
    }
    return true;
  } catch (const sqlite::DatabaseFault& fault) {
    return Error(ErrorCode::database, "table " + std::string(table_.name) + ": " + fault.what());
  }
}

std::string SqliteRowReader::read(Type type, int column, Cell& cell) const {
  const int found = rows_.type(column);
  const auto wants = [&](int wanted) {
    return found == wanted ? std::string()
                           : std::string("is ") + name_of(found) + " and must be " + name_of(wanted);
  };
  switch (type) {
    case Type::int64:
    case Type::int32:
    case Type::int16:
    case Type::boolean: {
      const std::int64_t value = rows_.integer(column);
      cell.set(value);
      if (auto wrong = wants(SQLITE_INTEGER); !wrong.empty()) return wrong;
      return fits(type, value) ? "" : std::to_string(value) + " is outside of the range";
    }
    case Type::text:
    case Type::epoch:
      cell.set(rows_.text(column));
      return wants(SQLITE_TEXT);
    case Type::bytes:
      cell.set(rows_.blob(column));
      return wants(SQLITE_BLOB);
    case Type::id:
    case Type::optional_id: {
      if (auto wrong = wants(SQLITE_TEXT); !wrong.empty()) return wrong;
      const std::string_view text = rows_.text(column);
      if (type == Type::optional_id && text.empty()) {
        cell.set_null();
        return "";
      }
      const auto id = read_id(text);
      cell.set(events::to_stored(id.value_or(0)));
      return id ? "" : no_id;
    }
    case Type::event_type: {
      if (auto wrong = wants(SQLITE_TEXT); !wrong.empty()) return wrong;
      const auto known = events::parse_event_type(rows_.text(column));
      cell.set(std::int64_t{events::stored_type(known.value_or(events::EventType::unknown))});
      return known ? "" : "'" + to_utf8(rows_.text(column)) + "' is no type of events";
    }
  }
  return "";
}

std::string sqlite_insert(const Table& table) {
  return "INSERT INTO " + std::string(table.name) + " (" + names(table.columns) + ") VALUES (" +
         numbers(table.columns.size()) + ")";
}

void sqlite_bind(sqlite::Statement& insert, const Table& table, const Row& row) {
  std::string ids[2];  // bound texts must live until the statement has run
  std::size_t next_id = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Cell& cell = row[i];
    const int at = static_cast<int>(i) + 1;
    switch (table.columns[i].type) {
      case Type::int64:
      case Type::int32:
      case Type::int16:
      case Type::boolean:
        insert.bind(at, cell.number);
        break;
      case Type::text:
      case Type::epoch:
        insert.bind(at, std::string_view(cell.text));
        break;
      case Type::bytes:
        insert.bind_blob(at, cell.text);
        break;
      case Type::id:
      case Type::optional_id: {
        std::string& text = ids[next_id++];
        if (cell.kind == Cell::Kind::number) text = std::to_string(events::from_stored(cell.number));
        insert.bind(at, std::string_view(text));
        break;
      }
      case Type::event_type:
        insert.bind(at, to_string(events::type_of_stored(static_cast<std::int16_t>(cell.number))));
        break;
    }
  }
  insert.run();
}

}  // namespace papi::copy
