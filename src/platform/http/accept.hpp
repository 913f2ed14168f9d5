#pragma once

#include <string_view>

#include "platform/http/message.hpp"

namespace papi::http {

/// Returns the quality of a media type in an `Accept` list, from 0 to 1000 (RFC 9110 §12.5.1). The most
/// specific range that matches counts. Returns 0 if no range matches, and 1000 if the list is empty.
int quality_of(std::string_view accept, std::string_view type);

/// Returns true if the request names `type` in Accept, without wildcards, with at least the quality of
/// `fallback`.
bool asks_for(const Request& request, std::string_view type, std::string_view fallback);

}  // namespace papi::http
