#pragma once

#include "platform/http/error_table.hpp"

namespace papi::app {

/// The error rows of all domains. A domain with codes of its own is listed here.
std::vector<std::vector<http::ErrorRow>> error_rows();

}  // namespace papi::app
