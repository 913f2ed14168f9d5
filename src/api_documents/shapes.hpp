#pragma once

#include <string>

#include "platform/base/error.hpp"

namespace papi::api_documents {

/// Returns the shapes of api/schemas and api/events by their titles, as `components/schemas` of a document.
json::object component_schemas();

/// Changes the references to files (`../schemas/badge.json`) into references within a document
/// (`#/components/schemas/Badge`).
void refer_to_components(json::value& value);

/// Returns the examples of a schema of api/schemas or api/events.
json::array examples_of(std::string_view name);
/// Returns the title of a schema of api/schemas or api/events.
std::string title_of(std::string_view name);

}  // namespace papi::api_documents
