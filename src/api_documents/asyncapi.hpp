#pragma once

#include "platform/base/error.hpp"
#include "platform/http/route_table.hpp"

namespace papi::api_documents {

/// Returns the AsyncAPI 3.0 document of the WebSockets and event streams among the routes, with a message for
/// each event type and with the close codes.
json::object asyncapi(const std::vector<http::Route>& routes);

}  // namespace papi::api_documents
