#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/http/error_table.hpp"
#include "platform/http/picture.hpp"
#include "platform/http/route_table.hpp"

namespace papi::api_documents {

/// The documents as they are served. Immutable: any thread.
struct Documents {
  http::Picture openapi;
  http::Picture asyncapi;
};

/// Returns `routes` with /openapi.json and /asyncapi.json, which describe all of them.
std::vector<http::Route> with_documents(std::vector<http::Route> routes, const http::ErrorTable& errors);

}  // namespace papi::api_documents
