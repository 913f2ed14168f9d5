#pragma once

#include <vector>

#include "app/settings.hpp"

namespace papi::app {

/// Adds the settings of profiles and pictures (AVATAR_, CACHE_).
void add_profile_settings(std::vector<config::Setting>& table, Settings& s);

}  // namespace papi::app
