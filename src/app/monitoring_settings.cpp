#include "app/monitoring_settings.hpp"

namespace papi::app {

void add_monitoring_settings(std::vector<config::Setting>& table, MonitoringSettings& s) {
  using namespace config;
  table.push_back(bool_setting("METRICS_REQUIRE_AUTH", s.metrics_require_auth,
                               "GET /metrics needs credentials with the permission admin"));
  table.push_back(bool_setting("MONITORING_REQUIRE_AUTH", s.monitoring_require_auth,
                               "GET /monitoring/metrics needs credentials with the permission read"));
}

}  // namespace papi::app
