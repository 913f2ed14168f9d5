#pragma once

#include <string>

#include "platform/base/error.hpp"

namespace papi::config {

/// The most that a secret's file may hold.
inline constexpr std::size_t max_secret_bytes = 16'384;

/// Returns the file's content without one newline at its end (`\n` or `\r\n`). Blocking. Fails if the file
/// cannot be read, is no regular file, is empty, is larger than max_secret_bytes or holds a zero byte; the
/// message goes behind the file's name and holds nothing of its content.
Result<std::string> read_secret_file(const std::string& path);

}  // namespace papi::config
