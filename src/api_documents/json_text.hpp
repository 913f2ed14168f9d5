#pragma once

#include <string>

#include "platform/base/error.hpp"

namespace papi::api_documents {

/// Returns the value as text for people: what fits into a line of 120 characters stands in one line.
std::string json_text(const json::value& value);

}  // namespace papi::api_documents
