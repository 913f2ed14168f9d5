#include "schema/sqlite_schema.hpp"

namespace papi::schema {
namespace {

/// The steps of the components that databases before `schema_migrations` counted. The list is complete and
/// never grows: later migrations belong to no component.
constexpr sqlite::ComponentStep component_steps[] = {
    {.component = "events", .version = 1, .migration = 1},
    {.component = "events", .version = 2, .migration = 3},
    {.component = "events", .version = 3, .migration = 7},
    {.component = "events", .version = 4, .migration = 8},
    {.component = "events", .version = 5, .migration = 14},
    {.component = "engagement", .version = 1, .migration = 2},
    {.component = "profiles", .version = 1, .migration = 4},
    {.component = "auth", .version = 1, .migration = 5},
    {.component = "auth", .version = 2, .migration = 16},
    {.component = "audit", .version = 1, .migration = 6},
    {.component = "ended_logs", .version = 1, .migration = 9},
    {.component = "gifts", .version = 1, .migration = 10},
    {.component = "people", .version = 1, .migration = 11},
    {.component = "installation", .version = 1, .migration = 12},
    {.component = "identity", .version = 1, .migration = 13},
    {.component = "identity", .version = 2, .migration = 15},
    {.component = "shares", .version = 1, .migration = 17},
    {.component = "share_endings", .version = 1, .migration = 18},
    {.component = "write_check", .version = 1, .migration = 19},
};

}  // namespace

const sqlite::Schema& sqlite_schema() {
  // A migration that is a function gets it here, by its number: see sqlite::Migration. There is none yet.
  static const sqlite::Schema schema{embedded_sqlite_migrations(), component_steps};
  return schema;
}

Result<void> migrate(sqlite::Database& database) { return sqlite::migrate(database, sqlite_schema()); }

}  // namespace papi::schema
