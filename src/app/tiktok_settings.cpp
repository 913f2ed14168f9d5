#include "app/tiktok_settings.hpp"

#include <algorithm>

namespace papi::app {
namespace {

config::Setting proxy_setting(Settings& s) {
  config::Setting setting;
  setting.name = "TIKTOK_PROXY";
  setting.format = "http://, https:// or socks5://, then [user:password@]host[:port] (secret)";
  setting.description =
      "The proxy for all requests to the hosts above; its host:port is shown in the sessions";
  setting.secret = true;
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    s.tiktok_proxy.reset();
    if (value.empty()) return std::nullopt;
    auto proxy = Proxy::parse(value, "TIKTOK_PROXY");
    if (!proxy) return proxy.error().message;
    s.tiktok_proxy = std::move(*proxy);
    return std::nullopt;
  };
  return setting;
}

config::Setting socket_hosts_setting(Settings& s) {
  config::Setting setting;
  setting.name = "TIKTOK_SOCKET_HOSTS";
  setting.default_value = "*.tiktok.com";
  setting.format = "host names and *.names, by comma";
  setting.description =
      "Where the sign server may send sockets, besides the host of TIKTOK_WEBCAST_URL; public addresses only";
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    auto hosts = HostList::parse(value);
    if (!hosts) return hosts.error().message;
    s.tiktok_socket_hosts = std::move(*hosts);
    return std::nullopt;
  };
  return setting;
}

/// A setting that holds the value of one cookie (RFC 6265 §4.1.1).
config::Setting cookie_setting(std::string name, std::string_view cookie, std::string description,
                               std::function<void(std::string)> keep) {
  config::Setting setting;
  setting.name = std::move(name);
  setting.format = "the value of the cookie " + std::string(cookie);
  setting.description = std::move(description);
  setting.store = [keep = std::move(keep)](std::string_view value) -> std::optional<std::string> {
    const bool alone = std::all_of(value.begin(), value.end(), [](unsigned char c) {
      return c > ' ' && c < 0x7F && c != '"' && c != ',' && c != ';' && c != '\\';
    });
    if (!alone) return "must be the value of the cookie alone";
    keep(std::string(value));
    return std::nullopt;
  };
  return setting;
}

}  // namespace

void add_tiktok_settings(std::vector<config::Setting>& t, Settings& s) {
  using namespace config;
  constexpr std::int64_t day = 86'400;
  t.push_back(origin_setting("TIKTOK_WEB_URL", s.tiktok_web_url, "TikTok's web pages"));
  t.push_back(origin_setting("TIKTOK_WEBCAST_URL", s.tiktok_webcast_url, "TikTok's webcast API"));
  t.push_back(origin_setting("TIKTOK_SIGN_URL", s.tiktok_sign_url, "The sign server"));
  t.push_back(socket_hosts_setting(s));
  t.push_back(
      secret_setting("TIKTOK_SIGN_API_KEY", s.tiktok_sign_api_key,
                     "The key for the sign server; without it the limits of anonymous callers apply"));
  t.push_back(integer_setting("TIKTOK_SIGN_PER_MINUTE", s.tiktok_sign_per_minute, 1, 100'000,
                              "Signatures asked for in a minute, a quarter of them at once; the server's "
                              "answers override it"));
  t.push_back(readable_file_setting("TIKTOK_CA_FILE", s.tiktok_ca_file,
                                    "Certificates to trust for the hosts above instead of the system's"));
  t.push_back(proxy_setting(s));
  t.push_back(cookie_setting("TIKTOK_SESSION_ID", "sessionid", "Ask TikTok as this logged-in account",
                             [&s](std::string value) { s.tiktok_session_id = Secret(std::move(value)); }));
  t.back().secret = true;
  t.back().format += " (secret)";
  t.push_back(cookie_setting("TIKTOK_TARGET_IDC", "tt-target-idc", "The account's data centre",
                             [&s](std::string value) { s.tiktok_target_idc = std::move(value); }));
  t.back().default_value = s.tiktok_target_idc;
  t.push_back(text_setting("TIKTOK_SESSION_SIGN_HOST", s.tiktok_session_sign_host,
                           "The sign server may see TIKTOK_SESSION_ID; without it, it never does",
                           "host[:port] of TIKTOK_SIGN_URL, or empty"));
  t.push_back(duration_setting("TIKTOK_HTTP_TIMEOUT", s.tiktok_http_timeout, 1, 120,
                               "Seconds for one request to the hosts above"));
  t.push_back(duration_setting("LIVE_CONNECT_TIMEOUT", s.live_connect_timeout, 1, 300,
                               "Seconds until /connect answers at the latest"));
  t.push_back(duration_setting("LIVE_SILENCE_TIMEOUT", s.live_silence_timeout, 1, 3'600,
                               "Seconds without data after which an upstream is dead"));
  t.push_back(duration_setting("LIVE_BACKOFF_MAX", s.live_backoff_max, 1, 3'600,
                               "Longest pause in seconds between reconnects"));
  t.push_back(duration_setting("LIVE_CHECK_INTERVAL", s.live_check_interval, 1, day,
                               "Seconds between checks of an offline room that a session waits for"));
  t.push_back(integer_setting("LIVE_MAX_SESSIONS", s.live_max_sessions, 1, 100'000, "Sessions at once"));
  t.push_back(duration_setting("LIVE_STREAK_TIMEOUT", s.live_streak_timeout, 1, 3'600,
                               "Seconds without news after which a gift streak has ended"));
  t.push_back(bool_setting("LIVE_RESUME_SESSIONS", s.live_resume_sessions,
                           "Sessions that ran when the service ended go on at its start"));
}

}  // namespace papi::app
