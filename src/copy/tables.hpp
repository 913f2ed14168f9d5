#pragma once

// What a copy of an installation copies, as data: tables with their columns, and counters.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace papi::copy {

/// How a column's value stands in a Cell, in SQLite and in PostgreSQL.
enum class Type {
  int64,        // number    INTEGER               bigint
  int32,        // number    INTEGER               integer
  int16,        // number    INTEGER               smallint
  boolean,      // 0 or 1    INTEGER 0 or 1        boolean
  text,         // text      TEXT                  text
  bytes,        // text      BLOB                  bytea
  id,           // 64 bits   TEXT, decimal         bigint with the same bits
  optional_id,  // or null   TEXT, empty: null     bigint or NULL
  event_type,   // number    TEXT, its name        smallint: see events/postgres_values.hpp
  epoch,        // text      TEXT                  text; a copy gets a new one
};

struct Column {
  std::string_view name;  // as it is written in SQL
  Type type;
  std::string_view sqlite_name = {};  // if SQLite has another name for it

  std::string_view name_in_sqlite() const { return sqlite_name.empty() ? name : sqlite_name; }
};

struct Table {
  std::string_view name;
  std::size_t key_columns;  // the first ones; int64 or text, unique, with an index
  std::vector<Column> columns;
  std::size_t rows_at_once = 1'000;  // that are read from a server in one piece

  std::span<const Column> key() const { return std::span(columns).first(key_columns); }
};

/// In the order in which they are copied: a row comes after those that it names.
std::span<const Table> tables();

/// A number that is no row of a table. `{schema}` stands for the schema's name.
struct Counter {
  std::string_view name;
  std::string_view sqlite_read, sqlite_write;      // ?1: the number; several statements
  std::string_view postgres_read, postgres_write;  // $1
};
/// To be set when the rows of the tables are there.
std::span<const Counter> counters();

/// Tables, and columns as `table.column`, that are not copied: they belong to the database and not to the
/// installation. The tables of the runner of migrations stay too.
std::span<const std::string_view> not_copied();

}  // namespace papi::copy
