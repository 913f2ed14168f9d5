#pragma once

#include <string>

#include "platform/base/error.hpp"

namespace papi::config {

/// The largest secret file, in bytes.
inline constexpr std::size_t max_secret_bytes = 16'384;

/// Returns the file's content without one newline (`\n` or `\r\n`) at its end. Blocks. Fails if the file
/// cannot be read, is not a regular file, is empty, is larger than max_secret_bytes or holds a zero byte. The
/// error message is written to follow the file's name and holds nothing of the content.
Result<std::string> read_secret_file(const std::string& path);

}  // namespace papi::config
