#pragma once

#include <string>

#include "platform/config/setting.hpp"

namespace papi::app {

/// BASE_PATH: the path under which a proxy shows the service. The value becomes a prefix of
/// http::read_prefix(). It must not begin with a first segment of our own routes, because `/sessions/x` could
/// then mean two things.
config::Setting base_path_setting(std::string& place);

}  // namespace papi::app
