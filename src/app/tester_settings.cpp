#include "app/tester_settings.hpp"

#include "platform/net/ip_address.hpp"

namespace papi::app {
namespace {

config::Setting listen_setting(TesterSettings& s) {
  config::Setting setting = config::text_setting(
      "TESTER_LISTEN", s.listen,
      "Address of the tester; 0.0.0.0 takes IPv4 and IPv6, as a container needs it", "IPv4 or IPv6 address");
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    if (!parse_ip_address(value)) return "must be an IPv4 or IPv6 address, without brackets or port";
    s.listen = value;
    return std::nullopt;
  };
  return setting;
}

config::Setting hosts_setting(TesterSettings& s) {
  config::Setting setting;
  setting.name = "TESTER_HOSTS";
  setting.format = "names and addresses without ports, by comma";
  setting.description = "Host names of the tester besides localhost, 127.0.0.1 and [::1]; others get 421";
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    auto hosts = tester::AllowedHosts::parse(value);
    if (!hosts) return hosts.error().details().faults.front().message;
    s.hosts = std::move(*hosts);
    return std::nullopt;
  };
  return setting;
}

config::Setting upstream_setting(TesterSettings& s) {
  config::Setting setting;
  setting.name = "PROFILE_API_URL";
  setting.default_value = s.upstream.url;
  setting.format = "http(s)://host[:port][/path]";
  setting.description =
      "The service to which `profile-api tester` passes requests; serve passes them to itself";
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    auto target = tester::UpstreamTarget::parse(value);
    if (!target) return target.error().message;
    s.upstream = std::move(*target);
    return std::nullopt;
  };
  return setting;
}

}  // namespace

void add_tester_settings(std::vector<config::Setting>& t, TesterSettings& s) {
  using namespace config;
  t.push_back(
      bool_setting("TESTER_ENABLED", s.enabled, "serve offers the tester's page too, on TESTER_PORT"));
  t.push_back(listen_setting(s));
  t.push_back(
      integer_setting("TESTER_PORT", s.port, 0, 65'535, "Port of the tester; 0 lets the system choose"));
  t.push_back(hosts_setting(s));
  t.push_back(upstream_setting(s));
}

}  // namespace papi::app
