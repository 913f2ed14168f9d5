#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/auth_settings.hpp"
#include "platform/config/setting.hpp"
#include "platform/net/host_list.hpp"
#include "platform/net/proxy.hpp"
#include "profiles/remote_generator.hpp"

namespace papi::app {

/// Every setting of the program, with its default. The rest of the program sees a const Settings&.
struct Settings {
  std::string environment = "development";
  std::string host = "0.0.0.0";
  std::int64_t port = 8002;
  std::string base_path;  // a prefix of http::read_prefix()
  std::int64_t web_concurrency = 0;
  std::string database_url = "sqlite:///./profiles.db";
  AuthSettings auth;

  std::string log_level = "INFO";
  std::string log_format = "text";
  bool log_to_file = false;
  std::string log_file_path = "./profile_api.log";
  bool enable_correlation_id = true;

  std::int64_t max_header_bytes = 16 * 1024;
  std::int64_t max_url_bytes = 4 * 1024;
  std::int64_t max_body_bytes = 1024 * 1024;
  std::int64_t request_timeout = 10;
  std::int64_t idle_timeout = 75;
  std::int64_t max_connections = 20'000;
  std::int64_t max_connections_per_address = 3'000;
  std::int64_t max_bodies_mb = 64;
  std::int64_t shutdown_timeout = 10;
  std::int64_t websocket_max_message_bytes = 64 * 1024;
  std::int64_t websocket_ping_interval = 25;
  std::int64_t subscriber_stall = 10;
  std::int64_t subscriber_queue_bytes = 4 * 1024 * 1024;
  std::int64_t subscriber_queue_max = 0;
  std::string subscriber_queue_policy = "disconnect";
  std::int64_t sse_heartbeat = 15;

  std::string events_durability = "batched";
  std::int64_t events_retention_days = 90;
  std::int64_t events_max_per_session = 0;
  std::int64_t events_max_mb_per_session = 0;
  std::int64_t events_retention_interval = 60;

  bool security_headers = true;
  std::string frame_options = "DENY";
  std::string referrer_policy = "no-referrer";
  std::string permissions_policy = "camera=(), geolocation=(), microphone=()";
  std::string content_security_policy = "default-src 'none'; frame-ancestors 'none'";
  std::string hsts = "max-age=31536000; includeSubDomains";

  std::string tiktok_web_url = "https://www.tiktok.com";
  std::string tiktok_webcast_url = "https://webcast.tiktok.com";
  std::string tiktok_sign_url = "https://api.eulerstream.com";
  HostList tiktok_socket_hosts;
  Secret tiktok_sign_api_key;
  std::int64_t tiktok_sign_per_minute = 120;
  std::string tiktok_ca_file;
  std::optional<Proxy> tiktok_proxy;
  Secret tiktok_session_id;
  std::string tiktok_target_idc = "useast1a";
  std::string tiktok_session_sign_host;
  std::int64_t tiktok_http_timeout = 10;

  std::int64_t live_connect_timeout = 30;
  std::int64_t live_silence_timeout = 60;
  std::int64_t live_backoff_max = 30;
  std::int64_t live_check_interval = 30;
  std::int64_t live_max_sessions = 1'000;
  std::int64_t live_streak_timeout = 30;
  bool live_resume_sessions = true;

  bool avatar_live_enabled = true;
  std::int64_t avatar_live_timeout = 5;
  std::int64_t avatar_live_lifetime = 7 * 86'400;
  std::int64_t avatar_live_priority = 10;
  std::int64_t avatar_live_per_minute = 120;
  std::int64_t avatar_live_queue = 1'000;
  bool avatar_scraper_enabled = true;
  std::int64_t avatar_scraper_timeout = 5;
  std::int64_t avatar_scraper_lifetime = 86'400;
  std::int64_t avatar_scraper_priority = 9;
  std::int64_t avatar_scraper_per_minute = 30;
  bool avatar_generator_enabled = true;
  profiles::GeneratorUrls avatar_generator_urls;
  std::int64_t avatar_generator_timeout = 4;
  std::int64_t avatar_generator_lifetime = 30 * 86'400;
  std::int64_t avatar_generator_priority = 3;
  std::int64_t avatar_initials_lifetime = 365 * 86'400;
  std::int64_t avatar_initials_priority = 1;
  std::int64_t avatar_retry = 300;
  std::int64_t avatar_negative_lifetime = 3'600;
  std::int64_t avatar_max_size_mb = 5;
  std::int64_t avatar_max_megapixels = 16;
  profiles::PictureHosts avatar_hosts;
  std::int64_t cache_max_size = 2'000;
  std::int64_t cache_max_memory_mb = 200;

  bool production() const { return environment == "production"; }
  /// The file behind a sqlite DATABASE_URL.
  std::string sqlite_path() const;
};

/// The table that fills `settings`, which must outlive it.
std::vector<config::Setting> setting_table(Settings& settings);

/// What the settings are for: a command needs only what it uses, and repairs what keeps the service from
/// starting.
enum class Purpose { serve, command };

/// Reads flags, environment and ./.env, checks every value and path, and lists all faults.
config::Loaded load_settings(const std::vector<config::Setting>& table, Settings& settings,
                             const config::Values& flags, Purpose purpose = Purpose::serve);

}  // namespace papi::app
