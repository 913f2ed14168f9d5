#pragma once

#include <span>
#include <string_view>

#include "platform/postgres/connection.hpp"
#include "platform/postgres/schema.hpp"

namespace papi::postgres {

/// One step of the tables' history: a file of migrations/postgres. A step that was released never changes.
struct Migration {
  int version = 0;        // 1, 2, 3, … without gaps
  std::string_view name;  // of the file, without number and ending
  std::string_view sql;   // statements without parameters; `{schema}` stands for the schema's name
};

/// A row of schema_migrations with this version is no migration. It says that the database must not be used,
/// and its name says why.
inline constexpr int not_ready_version = 1'000'000;

/// Makes the schema if it does not exist, and applies the steps that are missing, in their order, each in a
/// transaction that also records its version, name and checksum in `schema_migrations`. Processes that start
/// together take turns. Returns how many steps were applied.
///
/// Fails with DATABASE, and changes nothing, if the database has steps that this program does not know (a
/// newer program made it), if a step has another checksum than the one that was applied, or if the database
/// has a row with `not_ready_version`. Fails with VALIDATION if the role may not make or change the tables.
Task<Result<int>> migrate(Connection& connection, const Schema& schema,
                          std::span<const Migration> migrations);

/// Returns how many steps of the schema were applied; 0 if it does not exist. Changes nothing. Fails where
/// migrate() would: also if the schema does not exist and the role may not make it.
Task<Result<int>> check_schema(Connection& connection, const Schema& schema,
                               std::span<const Migration> migrations);

}  // namespace papi::postgres
