#pragma once

#include <vector>

#include "monitoring/measurements.hpp"
#include "platform/http/route_table.hpp"

namespace papi::monitoring {

/// Who may read the metrics.
struct MonitoringAccess {
  Permission metrics = Permission::none;     // GET /metrics
  Permission monitoring = Permission::none;  // GET /monitoring/metrics
};

/// Returns /metrics and /monitoring/metrics. `measurements` must outlive them.
std::vector<http::Route> monitoring_routes(Measurements& measurements, MonitoringAccess access);

}  // namespace papi::monitoring
