#pragma once

#include <string>
#include <vector>

#include "app/settings.hpp"

namespace papi::app {

/// Returns what would keep `serve` from starting although each setting is valid: an address or port that
/// cannot be bound, or a database that another process serves, that is damaged or that a newer version wrote.
/// Each fault names its setting. Changes nothing: it makes no database and adds no file beside one. Call it
/// after load_settings().
std::vector<std::string> start_faults(const Settings& settings);

}  // namespace papi::app
