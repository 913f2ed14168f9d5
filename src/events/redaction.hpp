#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace papi::events {

/// The event without what names a person: wherever `username` (in lower case; events may write it otherwise)
/// stands as somebody's name, that name, the nickname and the picture's address become empty; a mention
/// `@username` in any text loses the name; an unknown event whose raw payload has the name loses the payload.
/// The platform's number of the person stays: figures are kept by it. Nothing: there was nothing to change,
/// or `body` is no JSON object.
std::optional<std::string> redact(std::string_view body, std::string_view username);

}  // namespace papi::events
