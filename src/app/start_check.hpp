#pragma once

#include <string>
#include <vector>

#include "app/settings.hpp"

namespace papi::app {

/// What would keep `serve` from starting with settings that are good by themselves: an address or port that
/// cannot be bound, a database that another process serves, that is damaged or that a newer version wrote.
/// Each fault names its setting. Changes nothing: a database that is not there is not made, and one that is
/// gets no file beside it. Call it after load_settings().
std::vector<std::string> start_faults(const Settings& settings);

}  // namespace papi::app
