#pragma once

#include <span>

#include "platform/sqlite/migrations.hpp"

namespace papi::schema {

/// Returns the whole schema of the SQLite database: the files of migrations/sqlite, which the build embeds,
/// in the order of their numbers.
const sqlite::Schema& sqlite_schema();

/// Brings the database to sqlite_schema(). See sqlite::migrate(). Blocking.
Result<void> migrate(sqlite::Database& database);

/// Makes the migrations of the embedded files. The build generates it: cmake/EmbedMigrations.cmake.
std::span<const sqlite::Migration> embedded_sqlite_migrations();

}  // namespace papi::schema
