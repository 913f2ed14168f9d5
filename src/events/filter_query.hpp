#pragma once

#include <string>
#include <vector>

#include "events/event_filter.hpp"
#include "platform/http/exchange.hpp"
#include "platform/http/query_reader.hpp"

namespace papi::events {

/// Reads the query parameters `types` (comma-separated), `user` (a user id or a name) and `contains`. `query`
/// collects the faults.
EventFilter read_filter(http::QueryReader& query);
/// Narrows the filter to the event types that the caller's credential may read. Returns an Error if it asks
/// for another one.
std::optional<Error> narrow_filter(EventFilter& filter, const http::Caller& caller);
/// Returns the bit of an event type in EventFilter::types, or nullopt if there is no such type.
std::optional<std::uint32_t> event_type_bit(std::string_view name);
/// Returns `more` and the filter's parameters, for Route::query.
std::vector<std::string> filter_query(std::vector<std::string> more);

}  // namespace papi::events
