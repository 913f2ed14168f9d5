#pragma once

#include <span>

#include "platform/postgres/migrations.hpp"

namespace papi::schema {

/// Returns the whole schema of the PostgreSQL database: the files of migrations/postgres, which the build
/// embeds (cmake/EmbedMigrations.cmake), in the order of their numbers.
std::span<const postgres::Migration> embedded_postgres_migrations();

}  // namespace papi::schema
