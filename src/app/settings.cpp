#include "app/settings.hpp"

#include <unistd.h>

#include <boost/asio/ssl/context.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/base_path.hpp"
#include "app/database_settings.hpp"
#include "app/options.hpp"
#include "app/profile_settings.hpp"
#include "app/tiktok_settings.hpp"
#include "platform/log/log_folder.hpp"
#include "platform/net/ip_address.hpp"

namespace papi::app {
namespace {

/// Names that begin like our settings. An unknown one is reported, because it is probably a misspelling.
const std::vector<std::string> our_prefixes = {
    "TIKTOK_", "LIVE_",   "LOG_",   "SERVER_", "SECURITY_HEADERS_", "SUBSCRIBER_", "WEBSOCKET_", "EVENTS_",
    "SSE_",    "AVATAR_", "CACHE_", "JWT_",    "RATE_LIMIT_",       "CORS_",       "DB_",        "TESTER_"};

std::optional<std::string> path_fault(const std::string& file) {
  namespace fs = std::filesystem;
  std::error_code ec;
  const fs::path path(file);
  if (fs::is_directory(path, ec)) return "'" + file + "' is a directory";
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, ec)) return "the folder '" + folder.string() + "' does not exist";
  const bool usable =
      fs::exists(path, ec) ? access(path.c_str(), R_OK | W_OK) == 0 : access(folder.c_str(), W_OK) == 0;
  if (!usable) return "'" + file + "' cannot be written";
  return std::nullopt;
}

/// With LOG_TO_FILE=auto no file is needed.
std::optional<std::string> log_file_fault(const LogSettings& s) {
  if (s.to_file != LogSettings::ToFile::yes) return std::nullopt;
  namespace fs = std::filesystem;
  std::error_code ec;
  const fs::path folder = fs::path(s.file_path).parent_path();
  if (!folder.empty() && !fs::exists(fs::symlink_status(folder, ec))) return log_folder_fault(s.file_path);
  return path_fault(s.file_path);
}

config::Setting host_setting(Settings& s) {
  config::Setting setting = config::text_setting(
      "HOST", s.host, "Address to listen on; 0.0.0.0 takes IPv4 and IPv6", "IPv4 or IPv6 address");
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    if (!parse_ip_address(value)) return "must be an IPv4 or IPv6 address, without brackets or port";
    s.host = value;
    return std::nullopt;
  };
  return setting;
}

/// A missing file is empty. A file that exists but cannot be read is a fault, else its settings would
/// silently have no effect.
config::Values read_dotenv(const char* path, std::vector<std::string>& faults) {
  std::error_code ec;
  const auto status = std::filesystem::symlink_status(path, ec);
  if (status.type() == std::filesystem::file_type::not_found) return {};
  std::stringstream text;
  if (std::ifstream file(path); file && !std::filesystem::is_directory(path, ec)) {
    if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
    if (!file.bad()) return config::parse_dotenv(text.str(), faults);
  }
  faults.push_back(std::string(path) +
                   ": is there and cannot be read; let the service's user read it, or remove it");
  return {};
}

std::string_view host_and_port(std::string_view origin) { return origin.substr(origin.find("://") + 3); }

}  // namespace

std::vector<config::Setting> setting_table(Settings& s) {
  using namespace config;
  constexpr std::int64_t day = 86'400;
  std::vector<Setting> t;
  t.push_back(choice_setting("ENVIRONMENT", s.environment, {"development", "production"},
                             "Production refuses development keys"));
  t.push_back(host_setting(s));
  t.push_back(integer_setting("PORT", s.port, 0, 65'535, "Port of the API; 0 lets the system choose"));
  t.push_back(base_path_setting(s.base_path));
  t.push_back(integer_setting("WEB_CONCURRENCY", s.web_concurrency, 0, 256,
                              "Threads that serve requests; 0: one per core"));
  add_database_settings(t, s);
  t.push_back(api_key_setting(s.auth));
  t.push_back(secret_setting("PROFILE_API_KEY", s.command_key,
                             "Key with which a command calls a running service; else ADMIN_API_KEY"));
  add_log_settings(t, s.log);
  t.push_back(bool_setting("ENABLE_CORRELATION_ID", s.enable_correlation_id,
                           "Give every answer an X-Correlation-ID"));
  t.push_back(integer_setting("SERVER_MAX_HEADER_BYTES", s.max_header_bytes, 1'024, 1 << 20,
                              "Request line and headers; beyond: 431"));
  t.push_back(integer_setting("SERVER_MAX_URL_BYTES", s.max_url_bytes, 256, 1 << 16, "URL; beyond: 414"));
  t.push_back(integer_setting("SERVER_MAX_BODY_BYTES", s.max_body_bytes, 1'024, 64 << 20,
                              "Request body; beyond: 413"));
  t.push_back(duration_setting("SERVER_REQUEST_TIMEOUT", s.request_timeout, 1, 300,
                               "Seconds for a whole request to arrive; beyond: 408"));
  t.push_back(duration_setting("SERVER_IDLE_TIMEOUT", s.idle_timeout, 1, 3'600,
                               "Seconds that a connection may idle between requests"));
  t.push_back(integer_setting("SERVER_MAX_CONNECTIONS", s.max_connections, 1, 1'000'000, "Open connections"));
  t.push_back(
      integer_setting("SERVER_MAX_CONNECTIONS_PER_ADDRESS", s.max_connections_per_address, 0, 1'000'000,
                      "Open connections of one address, or IPv6 /64; TRUSTED_PROXIES are exempt; 0: no "
                      "limit"));
  t.push_back(integer_setting("SERVER_MAX_BODIES_MB", s.max_bodies_mb, 1, 1'000'000,
                              "MiB of request bodies held at a time, half of it for callers without "
                              "credentials; beyond: 503"));
  t.push_back(duration_setting("SERVER_SHUTDOWN_TIMEOUT", s.shutdown_timeout, 1, 300,
                               "Seconds that requests and sockets get to end at SIGTERM"));
  t.push_back(integer_setting("WEBSOCKET_MAX_MESSAGE_BYTES", s.websocket_max_message_bytes, 128, 16 << 20,
                              "A client's message; beyond: close 1009"));
  t.push_back(duration_setting("WEBSOCKET_PING_INTERVAL", s.websocket_ping_interval, 1, 3'600,
                               "Seconds of silence before a client is pinged; three of them end it"));
  t.push_back(
      duration_setting("SUBSCRIBER_STALL_SECONDS", s.subscriber_stall, 1, 3'600,
                       "A subscriber whose connection takes nothing for that long is closed with 4008"));
  t.push_back(integer_setting("SUBSCRIBER_QUEUE_MAX_BYTES", s.subscriber_queue_bytes, 1'048'576,
                              1'073'741'824,
                              "Bytes of events that may wait for one subscriber; beyond: close 4008"));
  t.push_back(integer_setting("SUBSCRIBER_QUEUE_MAX", s.subscriber_queue_max, 0, 1'000'000,
                              "Events that may wait for one subscriber; beyond: close 4008; 0: any number"));
  t.push_back(choice_setting("SUBSCRIBER_QUEUE_POLICY", s.subscriber_queue_policy,
                             {"disconnect", "drop_likes"},
                             "A full queue disconnects; drop_likes spares a half-full one further likes"));
  t.push_back(duration_setting(
      "SSE_HEARTBEAT", s.sse_heartbeat, 1, 3'600,
      "Seconds of quiet after which an event stream gets a comment, and NDJSON a heartbeat line"));
  t.push_back(choice_setting(
      "EVENTS_DURABILITY", s.events_durability, {"batched", "strict", "off"},
      "Power cut, with SQLite: batched risks 200 ms, strict nothing; PostgreSQL as strict; off keeps no "
      "history"));
  t.push_back(duration_setting("EVENTS_RETENTION_DAYS", s.events_retention, 0, 36'500,
                               "Days that events are kept; 0: for ever"));
  t.push_back(integer_setting("EVENTS_MAX_PER_SESSION", s.events_max_per_session, 0, 1'000'000'000'000,
                              "Events kept of a session; 0: all"));
  t.push_back(integer_setting("EVENTS_MAX_MB_PER_SESSION", s.events_max_mb_per_session, 0, 1'000'000,
                              "MiB of events kept of a session; 0: all"));
  t.push_back(duration_setting("EVENTS_RETENTION_INTERVAL", s.events_retention_interval, 1, day,
                               "Seconds between checks for events that are too old or too many"));
  t.push_back(bool_setting("SECURITY_HEADERS_ENABLED", s.security_headers, "Send the security headers"));
  t.push_back(text_setting("SECURITY_HEADERS_FRAME_OPTIONS", s.frame_options, "X-Frame-Options"));
  t.push_back(text_setting("SECURITY_HEADERS_REFERRER_POLICY", s.referrer_policy, "Referrer-Policy"));
  t.push_back(
      text_setting("SECURITY_HEADERS_PERMISSIONS_POLICY", s.permissions_policy, "Permissions-Policy"));
  t.push_back(text_setting("SECURITY_HEADERS_CSP", s.content_security_policy, "Content-Security-Policy"));
  t.push_back(text_setting("SECURITY_HEADERS_HSTS", s.hsts, "Strict-Transport-Security, sent over TLS only"));
  add_tester_settings(t, s.tester);
  add_tiktok_settings(t, s);
  add_profile_settings(t, s);
  add_auth_settings(t, s.auth);
  add_monitoring_settings(t, s.monitoring);
  return t;
}

config::Loaded load_settings(const std::vector<config::Setting>& table, Settings& settings,
                             const config::Values& flags, Purpose purpose) {
  std::vector<std::string> faults;
  const config::Values dotenv = read_dotenv(".env", faults);
  config::Loaded loaded = config::load(table, flags, config::environment_values(), dotenv, our_prefixes);
  loaded.faults.insert(loaded.faults.begin(), faults.begin(), faults.end());
  if (purpose == Purpose::client) return loaded;
  if (purpose == Purpose::tester) {
    if (auto fault = log_file_fault(settings.log)) loaded.faults.push_back("LOG_FILE_PATH: " + *fault);
    for (std::string& fault : tls_faults(settings.auth)) loaded.faults.push_back(std::move(fault));
    return loaded;
  }
  if (settings.postgres) {
    for (const std::string& warning : settings.postgres->warnings) loaded.warnings.push_back(warning);
  } else if (auto fault = path_fault(settings.sqlite_path())) {
    loaded.faults.push_back("DATABASE_URL: " + *fault);
  }
  if (purpose == Purpose::command) return loaded;
  if (!settings.tiktok_ca_file.empty() && access(settings.tiktok_ca_file.c_str(), R_OK) == 0) {
    boost::asio::ssl::context trust(boost::asio::ssl::context::tls_client);
    boost::system::error_code ec;
    trust.load_verify_file(settings.tiktok_ca_file, ec);
    if (ec)
      loaded.faults.push_back("TIKTOK_CA_FILE: '" + settings.tiktok_ca_file +
                              "' holds no certificate in PEM");
  }
  if (settings.max_bodies_mb * 1'048'576 < 2 * settings.max_body_bytes)
    loaded.faults.push_back("SERVER_MAX_BODIES_MB: must hold at least two bodies of SERVER_MAX_BODY_BYTES");
  if (const std::string& host = settings.tiktok_session_sign_host;
      !host.empty() && host != host_and_port(settings.tiktok_sign_url)) {
    loaded.faults.push_back("TIKTOK_SESSION_SIGN_HOST: '" + host +
                            "' is not the host of TIKTOK_SIGN_URL, which is '" +
                            std::string(host_and_port(settings.tiktok_sign_url)) + "'");
  }
  if (auto fault = log_file_fault(settings.log)) loaded.faults.push_back("LOG_FILE_PATH: " + *fault);
  for (std::string& fault : auth_faults(settings.auth, settings.production()))
    loaded.faults.push_back(std::move(fault));
  for (std::string& warning : auth_warnings(settings.auth, settings.host, settings.production()))
    loaded.warnings.push_back(std::move(warning));
  const AuthSettings& who = settings.auth;
  const bool keys_given = who.jwt_algorithm == "RS256"
                              ? !who.jwt_private_key_file.empty() && !who.jwt_public_key_file.empty()
                              : !who.jwt_secret.empty();
  if (keys_given) {
    if (const auto keys = token_keys(settings); !keys) loaded.faults.push_back(keys.error().message);
  }
  return loaded;
}

}  // namespace papi::app
