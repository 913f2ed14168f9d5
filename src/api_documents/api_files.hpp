#pragma once

// The descriptions of the routes, the shapes and the events. They are files of the folder api, which the
// build embeds (cmake/EmbedApi.cmake). api/README.md describes their form.

#include <span>
#include <string_view>

namespace papi::api_documents {

struct ApiFile {
  std::string_view name;  // of the file, without `.json`
  std::string_view text;
};

/// The files of api/operations, api/schemas and api/events, sorted by name.
std::span<const ApiFile> embedded_operations();
std::span<const ApiFile> embedded_schemas();
std::span<const ApiFile> embedded_events();

}  // namespace papi::api_documents
