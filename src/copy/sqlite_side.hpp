#pragma once

#include "copy/sides.hpp"
#include "platform/log/logger.hpp"

namespace papi::copy {

/// Becomes the owner of the file, checks it and its schema, and begins to read. Fails with CONFLICT if a
/// service uses it, and with `refused` if its schema is older than the program's.
Result<std::unique_ptr<Source>> open_sqlite_source(const std::string& path, Logger& log);

/// Becomes the owner of the file, which is made if it does not exist, and brings it to the program's schema.
Result<std::unique_ptr<Target>> open_sqlite_target(const std::string& path, Logger& log);

/// The name of such a source or target.
std::string sqlite_name(const std::string& path);

}  // namespace papi::copy
