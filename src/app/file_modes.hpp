#pragma once

#include <string>
#include <vector>

#include "platform/log/logger.hpp"

namespace papi::app {

/// Takes permissions away from those of `files` that exist: only the owner may write, and only the owner and
/// the group may read, because the files hold hashes, addresses and keys. Each change, or a change that
/// fails, is written to the application log.
void narrow_modes(const std::vector<std::string>& files, Logger& log);

}  // namespace papi::app
