#pragma once

#include <span>
#include <string>
#include <string_view>

#include "platform/sqlite/database.hpp"

namespace papi::sqlite {

/// One numbered step of a database's schema. A released migration never changes: a database remembers the
/// SHA-256 of `sql`.
///
/// A step that SQL cannot express has a `function`. It runs after `sql`, in the same transaction, and may
/// throw DatabaseFault. Its number still has a file, which says in a comment what the function does.
struct Migration {
  int version = 0;
  std::string_view name;
  const char* sql = "";
  void (*function)(Database&) = nullptr;
};

/// A row of schema_migrations with this version is no migration. It says that the database must not be used,
/// and its name says why.
inline constexpr int not_ready_version = 1'000'000;

/// Says that version `version` of `component` in the table `schema_versions` is the same step as migration
/// `migration`. Programs before the table `schema_migrations` counted the steps of each component.
struct ComponentStep {
  std::string_view component;
  int version = 0;
  int migration = 0;
};

/// The schema that a program knows. `migrations` are in ascending order of their versions. Both spans must
/// outlive the calls that take them.
struct Schema {
  std::span<const Migration> migrations;
  std::span<const ComponentStep> component_steps = {};
};

/// Applies the migrations that the database lacks, in ascending order. Each runs in a transaction that also
/// records its version, name and checksum in `schema_migrations`. Other processes may migrate the same
/// database at the same moment. Blocking.
///
/// A database that has only `schema_versions` is taken over: the migrations that its components had are
/// recorded, with `applied_at` 0. `schema_versions` stays correct, so that the last program that reads it can
/// still open the database. The first migration that is no component's step raises all its rows by
/// `component_guard`, and such a program then refuses the database.
///
/// Fails with DATABASE if check_schema() does or if a migration fails. Then the database has the migrations
/// before that one. Fails with UNAVAILABLE if another connection holds a lock.
Result<void> migrate(Database& database, const Schema& schema);
inline constexpr int component_guard = 1'000'000;

/// Fails with DATABASE if a newer program wrote the database, if a migration was applied with another text
/// than this program has, or if the database has a row with `not_ready_version`. The message names the
/// migration and the remedy. Reads only; throws DatabaseFault.
Result<void> check_schema(Database& database, const Schema& schema);

}  // namespace papi::sqlite
