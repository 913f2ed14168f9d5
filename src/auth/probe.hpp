#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/http/message.hpp"

namespace papi::auth {

/// What `text` looks like to somebody who has seen probes before: "path traversal", "script injection", "SQL
/// injection" or "code injection"; nothing for what people write. `text` is as it was sent: percent-encoding
/// is taken off, up to three layers of it, and case and SQL comments do not matter. Words alone are never
/// enough: `updater`, `selecta_fan`, `drop_the_bass` and "select a song from the list" are what they are.
std::optional<std::string_view> probe_in(std::string_view text);

/// The same of a request: its path, query and header fields (credentials apart).
std::optional<std::string_view> probe_in(const http::Request& request);

}  // namespace papi::auth
