#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/config/setting.hpp"
#include "tester/caller_rules.hpp"
#include "tester/upstream_target.hpp"

namespace papi::app {

/// The settings of the tester: the page on a port of its own.
struct TesterSettings {
  bool enabled = false;
  std::string listen = "127.0.0.1";
  std::int64_t port = 3001;
  tester::AllowedHosts hosts;
  tester::UpstreamTarget upstream = *tester::UpstreamTarget::parse("http://localhost:8002");
};

void add_tester_settings(std::vector<config::Setting>& table, TesterSettings& s);

}  // namespace papi::app
