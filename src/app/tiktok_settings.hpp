#pragma once

#include <vector>

#include "app/settings.hpp"

namespace papi::app {

/// Adds the settings of TikTok, the sign server (TIKTOK_) and the followed rooms (LIVE_).
void add_tiktok_settings(std::vector<config::Setting>& table, Settings& s);

}  // namespace papi::app
