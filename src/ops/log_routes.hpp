#pragma once

#include <functional>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/http/route_table.hpp"
#include "platform/log/logger.hpp"

namespace papi::ops {

/// Adds a record to the audit trail: who changed the level of which component, and how.
using RecordLogLevel =
    std::function<void(const http::Exchange& exchange, std::string component, std::string what)>;

/// Returns the route POST /monitoring/log-level. `log` and `clock` must outlive it.
std::vector<http::Route> log_routes(Logger& log, RecordLogLevel record, const Clock& clock);

}  // namespace papi::ops
