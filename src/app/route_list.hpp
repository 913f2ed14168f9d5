#pragma once

#include <string>
#include <vector>

#include "platform/http/route_table.hpp"

namespace papi::app {

/// The route table as JSON lines of one array, and as docs/api.md's table.
std::string routes_as_json(const std::vector<http::Route>& routes);
std::string routes_as_markdown(const std::vector<http::Route>& routes);

}  // namespace papi::app
