#pragma once

#include <map>
#include <string>
#include <string_view>

#include "platform/base/error.hpp"
#include "platform/http/route_table.hpp"

namespace papi::api_documents {

/// The file of one route.
struct Operation {
  std::string id;
  json::object description;
};

/// Returns the operations by `METHOD path`.
std::map<std::string, Operation, std::less<>> read_operations();

/// Returns the key of the route in read_operations().
std::string key_of(const http::Route& route);

/// Returns the text of a member, or an empty text if the object does not have this member or it is no text.
std::string_view text_of(const json::object& object, std::string_view name);
/// Returns the object of a member, or an empty object if the object does not have this member or it is no
/// object.
const json::object& object_of(const json::object& object, std::string_view name);

}  // namespace papi::api_documents
