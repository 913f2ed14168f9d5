#include "copy/tables.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "schema/postgres_schema.hpp"
#include "schema/sqlite_schema.hpp"
#include "tests/postgres_fixture.hpp"
#include "tests/postgres_schema.hpp"
#include "tests/sqlite_fixture.hpp"

namespace papi::copy {
namespace {

std::string without_quotes(std::string_view name) {
  return std::string(name.starts_with('"') ? name.substr(1, name.size() - 2) : name);
}

using Columns = std::map<std::string, std::string>;  // type by name
using ColumnsByTable = std::map<std::string, Columns>;

/// Adds a column that was found in a schema, unless it is not copied as a part of a table. `others`: tables
/// of counters and of the runner of migrations.
void add_found(ColumnsByTable& found, const std::set<std::string>& others, const std::string& table,
               const std::string& column, const std::string& type) {
  if (others.contains(table)) return;
  const std::string full = fmt::format("{}.{}", table, column);
  for (const std::string_view name : not_copied())
    if (name == table || name == full) return;
  found[table][column] = type;
}

ColumnsByTable described(bool sqlite) {
  const std::map<Type, std::pair<const char*, const char*>> types = {
      {Type::int64, {"INTEGER", "bigint"}},     {Type::int32, {"INTEGER", "integer"}},
      {Type::int16, {"INTEGER", "smallint"}},   {Type::boolean, {"INTEGER", "boolean"}},
      {Type::text, {"TEXT", "text"}},           {Type::bytes, {"BLOB", "bytea"}},
      {Type::id, {"TEXT", "bigint"}},           {Type::optional_id, {"TEXT", "bigint"}},
      {Type::event_type, {"TEXT", "smallint"}}, {Type::epoch, {"TEXT", "text"}}};
  ColumnsByTable schema;
  for (const Table& table : tables()) {
    for (const Column& column : table.columns) {
      const auto& [in_sqlite, in_postgres] = types.at(column.type);
      const std::string name = without_quotes(sqlite ? column.name_in_sqlite() : column.name);
      if (name != "rowid") schema[std::string(table.name)][name] = sqlite ? in_sqlite : in_postgres;
    }
  }
  return schema;
}

}  // namespace

// A migration that adds a table or a column must say here what a copy does with it.
TEST(CopyTables, name_every_table_and_column_of_sqlite) {
  sqlite::StoreFixture fixture;
  auto database = sqlite::Database::open_to_read(fixture.path);
  ColumnsByTable found;
  auto rows = database->prepare(
      "SELECT t.name, c.name, c.type FROM sqlite_schema t JOIN pragma_table_info(t.name) c "
      "WHERE t.type = 'table'");
  while (rows.step()) {
    add_found(found,
              {"schema_migrations", "schema_versions", "sqlite_sequence", "auth_version", "auth_noticed",
               "session_keys"},
              std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2)));
  }
  EXPECT_EQ(found, described(true));
}

struct PostgresCopyTables : postgres::ServerTest {};

TEST_F(PostgresCopyTables, name_every_table_and_column_of_postgresql) {
  const test::PostgresSchema made(false);
  const auto connection = connect();
  const auto rows =
      query(*connection,
            "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns "
            "WHERE table_schema = 'stores' AND table_name NOT LIKE 'events\\___'");
  ASSERT_TRUE(rows) << rows.error().what;
  ColumnsByTable found;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const postgres::Row row = (*rows)[i];
    add_found(found, {"schema_migrations", "auth_version"}, row.get<std::string>(0), row.get<std::string>(1),
              row.get<std::string>(2));
  }
  EXPECT_EQ(found, described(false));
}

}  // namespace papi::copy
