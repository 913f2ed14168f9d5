#pragma once

#include "platform/http/error_table.hpp"
#include "platform/http/route_table.hpp"

namespace papi::api_documents {

/// Returns the routes as Markdown, for docs/api.md: parameters, the fields of the request, one request, one
/// answer and the errors of each.
std::string reference(const std::vector<http::Route>& routes);

}  // namespace papi::api_documents
