#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/http/message.hpp"

namespace papi::auth {

/// Recognises the typical texts of automated attacks. Returns "path traversal", "script injection", "SQL
/// injection" or "code injection", or nullopt for ordinary text. `text` is the raw text as it was sent. Up to
/// three layers of percent-encoding are decoded. Case and SQL comments are ignored. A word alone is never
/// enough: `updater`, `selecta_fan`, `drop_the_bass` and "select a song from the list" are ordinary text.
std::optional<std::string_view> attack_signature_in(std::string_view text);

/// Checks the path, the query and the header fields of a request, except for credentials.
std::optional<std::string_view> attack_signature_in(const http::Request& request);

}  // namespace papi::auth
