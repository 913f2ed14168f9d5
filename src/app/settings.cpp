#include "app/settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/ssl/context.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/base_path.hpp"
#include "app/options.hpp"
#include "platform/net/ip_address.hpp"
#include "platform/postgres/schema.hpp"

namespace papi::app {
namespace {

/// Names that begin like our settings. An unknown one is reported, because it is probably a misspelling.
const std::vector<std::string> our_prefixes = {
    "TIKTOK_", "LIVE_",   "LOG_",   "SERVER_", "SECURITY_HEADERS_", "SUBSCRIBER_", "WEBSOCKET_", "EVENTS_",
    "SSE_",    "AVATAR_", "CACHE_", "JWT_",    "RATE_LIMIT_",       "CORS_",       "DB_"};

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

/// Without the setting's name, which the table adds.
std::string what_is_wrong(const Error& error) { return error.details().faults.front().message; }

config::Setting database_setting(Settings& s) {
  config::Setting setting;
  setting.name = "DATABASE_URL";
  setting.default_value = s.database_url;
  setting.format =
      "sqlite:///relative/path, sqlite:////absolute/path or postgresql://user:password@host:5432/database";
  setting.description = "Where everything is kept";
  setting.shown = config::without_password;
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    for (std::string_view scheme : {"sqlite:///", "sqlite+aiosqlite:///"}) {
      if (!value.starts_with(scheme) || value.size() == scheme.size()) continue;
      s.database_url = "sqlite:///" + std::string(value.substr(scheme.size()));
      s.postgres.reset();
      return std::nullopt;
    }
    if (!value.starts_with("postgres")) return "must be sqlite:///PATH or postgresql://…";
    auto target = postgres::Target::parse(value);
    if (!target) return what_is_wrong(target.error());
    s.database_url = value;
    s.postgres = std::move(*target);
    return std::nullopt;
  };
  return setting;
}

config::Setting schema_setting(Settings& s) {
  config::Setting setting = config::text_setting(
      "DB_SCHEMA", s.db_schema, "The schema of PostgreSQL in which the tables are; made at the first start",
      "1 to 63 of a-z, 0-9 and _; no digit first");
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    const auto schema = postgres::Schema::parse(value, "DB_SCHEMA");
    if (!schema) return what_is_wrong(schema.error());
    s.db_schema = value;
    return std::nullopt;
  };
  return setting;
}

void add_postgres_settings(std::vector<config::Setting>& t, Settings& s) {
  using config::duration_setting;
  using config::integer_setting;
  t.push_back(schema_setting(s));
  t.push_back(integer_setting("DB_POOL_SIZE", s.db_pool_size, 1, 1'000,
                              "Connections to PostgreSQL that stay open for reading, besides three others"));
  t.push_back(integer_setting("DB_POOL_MAX_OVERFLOW", s.db_pool_max_overflow, 0, 1'000,
                              "More of them while all are in use"));
  t.push_back(duration_setting("DB_POOL_TIMEOUT", s.db_pool_timeout, 1, 300,
                               "Seconds that a query waits for a connection; beyond: 503"));
  t.push_back(duration_setting("DB_POOL_RECYCLE", s.db_pool_recycle, 0, 604'800,
                               "Seconds until a connection is replaced; 0: never"));
}

config::Setting proxy_setting(Settings& s) {
  config::Setting setting;
  setting.name = "TIKTOK_PROXY";
  setting.format = "http://, https:// or socks5://, then [user:password@]host[:port] (secret)";
  setting.description =
      "The way out for everything that goes to the hosts above; its host:port is shown in the sessions";
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

config::Setting generator_urls_setting(Settings& s) {
  config::Setting setting;
  setting.name = "AVATAR_GENERATOR_URLS";
  setting.format = "https URLs with {username}, by comma; empty: faces are drawn here";
  setting.description = "Services that make a picture from a name, asked in this order; they learn the names";
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    auto urls = profiles::GeneratorUrls::parse(value);
    if (!urls) return urls.error().message;
    s.avatar_generator_urls = std::move(*urls);
    return std::nullopt;
  };
  return setting;
}

config::Setting picture_hosts_setting(Settings& s) {
  config::Setting setting;
  setting.name = "AVATAR_ALLOWED_HOSTS";
  setting.default_value = "*.tiktokcdn.com,*.tiktokcdn-us.com,*.tiktokcdn-eu.com";
  setting.format = "host names and *.names, by comma; for tests also a loopback host:port";
  setting.description = "From where pictures may be fetched; a loopback TIKTOK_WEB_URL may always";
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    auto hosts = profiles::PictureHosts::parse(value);
    if (!hosts) return hosts.error().message;
    s.avatar_hosts = std::move(*hosts);
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
config::Setting cookie_setting(std::string name, std::string_view cookie, std::string meaning,
                               std::function<void(std::string)> keep) {
  config::Setting setting;
  setting.name = std::move(name);
  setting.format = "the value of the cookie " + std::string(cookie);
  setting.description = std::move(meaning);
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

std::string Settings::sqlite_path() const {
  return database_url.substr(std::string_view("sqlite:///").size());
}

namespace {

void add_profile_settings(std::vector<config::Setting>& t, Settings& s) {
  using namespace config;
  constexpr std::int64_t year = 366 * 86'400;
  t.push_back(bool_setting("AVATAR_LIVE_ENABLED", s.avatar_live_enabled,
                           "Take over the pictures of people who are seen in live events"));
  t.push_back(
      duration_setting("AVATAR_LIVE_TIMEOUT", s.avatar_live_timeout, 1, 60, "Seconds for one such picture"));
  t.push_back(duration_setting("AVATAR_LIVE_LIFETIME", s.avatar_live_lifetime, 60, year,
                               "Seconds until such a profile expires"));
  t.push_back(integer_setting("AVATAR_LIVE_PRIORITY", s.avatar_live_priority, 1, 100,
                              "A source replaces those of lower priority"));
  t.push_back(integer_setting("AVATAR_LIVE_PER_MINUTE", s.avatar_live_per_minute, 1, 100'000,
                              "Such pictures fetched in a minute at most"));
  t.push_back(integer_setting("AVATAR_LIVE_QUEUE", s.avatar_live_queue, 1, 1'000'000,
                              "People who may wait for theirs; more come in with a later event"));
  t.push_back(bool_setting("AVATAR_SCRAPER_ENABLED", s.avatar_scraper_enabled,
                           "Look at people's public profile pages"));
  t.push_back(duration_setting("AVATAR_SCRAPER_TIMEOUT", s.avatar_scraper_timeout, 1, 60,
                               "Seconds for a profile page and its picture together"));
  t.push_back(duration_setting("AVATAR_SCRAPER_LIFETIME", s.avatar_scraper_lifetime, 60, year,
                               "Seconds until such a profile expires"));
  t.push_back(integer_setting("AVATAR_SCRAPER_PRIORITY", s.avatar_scraper_priority, 1, 100,
                              "A source replaces those of lower priority"));
  t.push_back(integer_setting("AVATAR_SCRAPER_PER_MINUTE", s.avatar_scraper_per_minute, 1, 6'000,
                              "Profile pages asked for in a minute at most"));
  t.push_back(bool_setting("AVATAR_GENERATOR_ENABLED", s.avatar_generator_enabled,
                           "Draw a face for people without a picture; if false, their initials"));
  t.push_back(generator_urls_setting(s));
  t.push_back(duration_setting("AVATAR_GENERATOR_TIMEOUT", s.avatar_generator_timeout, 1, 60,
                               "Seconds for all of these services together"));
  t.push_back(duration_setting("AVATAR_GENERATOR_LIFETIME", s.avatar_generator_lifetime, 60, year,
                               "Seconds until a drawn face expires"));
  t.push_back(integer_setting("AVATAR_GENERATOR_PRIORITY", s.avatar_generator_priority, 1, 100,
                              "A source replaces those of lower priority"));
  t.push_back(duration_setting("AVATAR_INITIALS_LIFETIME", s.avatar_initials_lifetime, 60, year,
                               "Seconds until initials expire"));
  t.push_back(integer_setting("AVATAR_INITIALS_PRIORITY", s.avatar_initials_priority, 1, 100,
                              "A source replaces those of lower priority"));
  t.push_back(duration_setting("AVATAR_RETRY", s.avatar_retry, 1, 86'400,
                               "Seconds until a better source that failed is asked again, about"));
  t.push_back(duration_setting("AVATAR_NEGATIVE_LIFETIME", s.avatar_negative_lifetime, 1, year,
                               "Seconds for which \"no such person, no picture\" is believed"));
  t.push_back(integer_setting("AVATAR_MAX_SIZE_MB", s.avatar_max_size_mb, 1, 64, "MiB of a fetched picture"));
  t.push_back(integer_setting("AVATAR_MAX_MEGAPIXELS", s.avatar_max_megapixels, 1, 256,
                              "Million pixels of a fetched picture"));
  t.push_back(picture_hosts_setting(s));
  t.push_back(choice_setting("CACHE_BACKEND", s.cache_backend, {"memory"},
                             "Where profiles are held over the database: the memory of this process"));
  t.push_back(integer_setting("CACHE_MAX_SIZE", s.cache_max_size, 1, 10'000'000,
                              "Profiles held in memory over the database"));
  t.push_back(integer_setting("CACHE_MAX_MEMORY_MB", s.cache_max_memory_mb, 1, 1'000'000,
                              "MiB of memory for them, about"));
}

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
  t.push_back(database_setting(s));
  add_postgres_settings(t, s);
  t.push_back(api_key_setting(s.auth));
  t.push_back(choice_setting("LOG_LEVEL", s.log_level, {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"},
                             "The lowest level that is written to the application log"));
  t.push_back(choice_setting("LOG_FORMAT", s.log_format, {"text", "json"}, "Form of the log lines"));
  t.push_back(bool_setting("LOG_TO_FILE", s.log_to_file,
                           "Also log to LOG_FILE_PATH (reopened on SIGUSR2 and SIGHUP)"));
  t.push_back(text_setting("LOG_FILE_PATH", s.log_file_path, "The log file", "path"));
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
                       "A subscriber whose connection takes nothing for so long is closed with 4008"));
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
                               "Seconds between looks for events that are too old or too many"));
  t.push_back(bool_setting("SECURITY_HEADERS_ENABLED", s.security_headers, "Send the security headers"));
  t.push_back(text_setting("SECURITY_HEADERS_FRAME_OPTIONS", s.frame_options, "X-Frame-Options"));
  t.push_back(text_setting("SECURITY_HEADERS_REFERRER_POLICY", s.referrer_policy, "Referrer-Policy"));
  t.push_back(
      text_setting("SECURITY_HEADERS_PERMISSIONS_POLICY", s.permissions_policy, "Permissions-Policy"));
  t.push_back(text_setting("SECURITY_HEADERS_CSP", s.content_security_policy, "Content-Security-Policy"));
  t.push_back(text_setting("SECURITY_HEADERS_HSTS", s.hsts, "Strict-Transport-Security, sent over TLS only"));
  t.push_back(origin_setting("TIKTOK_WEB_URL", s.tiktok_web_url, "TikTok's web pages"));
  t.push_back(origin_setting("TIKTOK_WEBCAST_URL", s.tiktok_webcast_url, "TikTok's webcast API"));
  t.push_back(origin_setting("TIKTOK_SIGN_URL", s.tiktok_sign_url, "The sign server"));
  t.push_back(socket_hosts_setting(s));
  t.push_back(secret_setting("TIKTOK_SIGN_API_KEY", s.tiktok_sign_api_key,
                             "The key for the sign server; without it its anonymous limits hold"));
  t.push_back(integer_setting("TIKTOK_SIGN_PER_MINUTE", s.tiktok_sign_per_minute, 1, 100'000,
                              "Signatures asked for in a minute, a quarter of them at once; the server's "
                              "answers override it"));
  t.push_back(readable_file_setting("TIKTOK_CA_FILE", s.tiktok_ca_file,
                                    "Certificates to trust for the hosts above instead of the system's"));
  t.push_back(proxy_setting(s));
  t.push_back(cookie_setting("TIKTOK_SESSION_ID", "sessionid", "Look at TikTok as this logged-in account",
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
                               "Seconds between looks at an offline room that is waited for"));
  t.push_back(integer_setting("LIVE_MAX_SESSIONS", s.live_max_sessions, 1, 100'000, "Sessions at once"));
  t.push_back(duration_setting("LIVE_STREAK_TIMEOUT", s.live_streak_timeout, 1, 3'600,
                               "Seconds without news after which a gift streak has ended"));
  t.push_back(bool_setting("LIVE_RESUME_SESSIONS", s.live_resume_sessions,
                           "Sessions that ran when the service ended go on at its start"));
  add_profile_settings(t, s);
  add_auth_settings(t, s.auth);
  return t;
}

config::Loaded load_settings(const std::vector<config::Setting>& table, Settings& settings,
                             const config::Values& flags, Purpose purpose) {
  std::vector<std::string> faults;
  const config::Values dotenv = read_dotenv(".env", faults);
  config::Loaded loaded = config::load(table, flags, config::environment_values(), dotenv, our_prefixes);
  loaded.faults.insert(loaded.faults.begin(), faults.begin(), faults.end());
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
  if (settings.log_to_file) {
    if (auto fault = path_fault(settings.log_file_path)) loaded.faults.push_back("LOG_FILE_PATH: " + *fault);
  }
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
