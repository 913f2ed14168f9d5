#pragma once

#include <string>

#include "platform/config/setting.hpp"

namespace papi::app {

/// BASE_PATH: the path under which a proxy shows the service. `place` becomes a prefix of
/// http::read_prefix(). A first segment that routes begin with is a fault: `/sessions/x` could then mean two
/// things.
config::Setting base_path_setting(std::string& place);

}  // namespace papi::app
