#pragma once

#include <set>

#include "api_documents/operations.hpp"
#include "platform/http/error_table.hpp"

namespace papi::api_documents {

/// Returns the OpenAPI 3.1 document of the routes. What a route asks of its callers comes from the table, the
/// words, shapes and examples come from its file of api/operations. A route without a file is left out, and
/// openapi_test.cpp fails.
json::object openapi(const std::vector<http::Route>& routes, const http::ErrorTable& errors);

/// Returns the statuses of the errors that the route can answer with.
std::set<unsigned> error_statuses(const http::Route& route, const Operation& operation);

}  // namespace papi::api_documents
