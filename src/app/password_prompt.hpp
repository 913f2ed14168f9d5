#pragma once

#include <string>

#include "platform/base/error.hpp"
#include "platform/base/secret.hpp"

namespace papi::app {

/// Reads a new password: the first line of `file`, or of standard input if `file` is `-`. If `file` is empty,
/// asks twice on the terminal, without echo. The Error names what is missing.
Result<Secret> read_password(const std::string& file);

}  // namespace papi::app
