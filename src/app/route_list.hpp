#pragma once

#include <string>
#include <vector>

#include "platform/http/route_table.hpp"

namespace papi::app {

/// Return the routes as a JSON array with one object a line, and as the table of docs/api.md.
std::string routes_as_json(const std::vector<http::Route>& routes);
std::string routes_as_markdown(const std::vector<http::Route>& routes);

}  // namespace papi::app
