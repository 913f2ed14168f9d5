#pragma once

#include <string>
#include <vector>

#include "events/event_filter.hpp"
#include "platform/http/query_reader.hpp"

namespace papi::events {

/// Reads the query parameters `types` (comma-separated), `user` (a user id or a name) and `contains`. `query`
/// collects the faults.
EventFilter read_filter(http::QueryReader& query);
/// Returns `more` and the filter's parameters, for Route::query.
std::vector<std::string> filter_query(std::vector<std::string> more);

}  // namespace papi::events
