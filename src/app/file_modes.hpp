#pragma once

#include <string>
#include <vector>

#include "platform/log/logger.hpp"

namespace papi::app {

/// Of those of these files that are there: nobody but their owner writes, and nobody beyond their group reads
/// what they hold of hashes, addresses and keys. The log says what was changed, or could not be.
void narrow_modes(const std::vector<std::string>& files, Logger& log);

}  // namespace papi::app
