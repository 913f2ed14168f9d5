#pragma once

#include <vector>

#include "platform/config/setting.hpp"

namespace papi::app {

/// The settings of metrics and of the routes under /monitoring.
struct MonitoringSettings {
  bool metrics_require_auth = false;
  bool monitoring_require_auth = false;
};

void add_monitoring_settings(std::vector<config::Setting>& table, MonitoringSettings& s);

}  // namespace papi::app
