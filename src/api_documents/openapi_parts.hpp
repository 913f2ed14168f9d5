#pragma once

#include <array>
#include <string_view>

#include "platform/http/error_table.hpp"

namespace papi::api_documents {

/// The headers of every answer.
inline constexpr std::array<std::string_view, 2> common_headers = {"X-Correlation-ID",
                                                                   "Access-Control-Allow-Origin"};

/// The headers of an answer to which a rate limit applied.
inline constexpr std::array<std::string_view, 5> rate_headers = {
    "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit-Policy", "RateLimit"};

/// Returns what `components` of the OpenAPI document may have: schemas, headers, the error answers and the
/// ways to authenticate.
json::object known_components(const http::ErrorTable& errors);

/// Returns those of `known` that `paths` uses, directly or through others.
json::object used_components(const json::object& known, const json::value& paths);

}  // namespace papi::api_documents
