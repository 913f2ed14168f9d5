#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ops/write_check.hpp"
#include "platform/base/clock.hpp"
#include "platform/http/route_table.hpp"

namespace papi::ops {

/// The state that the health routes report. Any thread may use it.
struct Health {
  std::atomic<bool> draining{false};
  /// Returns why everything that is written now would be lost, or nullopt.
  std::function<std::optional<std::string>()> database_loss = [] { return std::nullopt; };
};

/// Returns the public routes /healthcheck, /livez, /readyz and /monitoring/ping. The arguments must outlive
/// them.
std::vector<http::Route> health_routes(const Health& health, WriteCheck& writes, const Clock& clock);

}  // namespace papi::ops
