#pragma once

#include <vector>

#include "app/settings.hpp"

namespace papi::app {

/// Adds DATABASE_URL and the settings of PostgreSQL (DB_).
void add_database_settings(std::vector<config::Setting>& table, Settings& s);

}  // namespace papi::app
