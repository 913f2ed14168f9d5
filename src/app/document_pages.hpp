#pragma once

#include <vector>

#include "platform/http/route_table.hpp"

namespace papi::app {

/// /docs (swagger-ui) and /redoc: the OpenAPI document as pages, with their files. They are sent with the
/// policies of the tester.
std::vector<http::Route> document_page_routes();

}  // namespace papi::app
