#pragma once

#include <string_view>

#include "platform/http/message.hpp"

namespace papi::http {

/// How much an `Accept` list wants a media type, from 0 to 1000 (RFC 9110 §12.5.1): by the most specific
/// range that matches. 0 if none does. An empty list wants everything.
int quality_of(std::string_view accept, std::string_view type);

/// Whether the request names `type` in Accept, without wildcards, and wants it at least as much as
/// `fallback`.
bool asks_for(const Request& request, std::string_view type, std::string_view fallback);

}  // namespace papi::http
