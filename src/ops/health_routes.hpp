#pragma once

#include <atomic>
#include <vector>

#include "ops/write_check.hpp"
#include "platform/base/clock.hpp"
#include "platform/http/route_table.hpp"

namespace papi::ops {

/// What the probes report. Any thread.
struct Health {
  std::atomic<bool> draining{false};
  std::atomic<bool> database_lost{false};  // its files are not in their place
};

/// /healthcheck, /livez, /readyz, /monitoring/ping. Public.
std::vector<http::Route> health_routes(const Health& health, WriteCheck& writes, const Clock& clock);

}  // namespace papi::ops
