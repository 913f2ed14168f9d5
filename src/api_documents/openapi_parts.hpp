#pragma once

#include <array>
#include <string_view>

#include "platform/http/error_table.hpp"

namespace papi::api_documents {

/// The headers of an answer to which a rate limit applied.
inline constexpr std::array<std::string_view, 5> rate_headers = {
    "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit-Policy", "RateLimit"};

/// Returns `components` of the OpenAPI document: schemas, headers, the error answers and the ways to
/// authenticate.
json::object components_of(const http::ErrorTable& errors);

}  // namespace papi::api_documents
