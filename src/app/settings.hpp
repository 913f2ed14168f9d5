#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "app/auth_settings.hpp"
#include "app/log_settings.hpp"
#include "app/monitoring_settings.hpp"
#include "app/tester_settings.hpp"
#include "platform/config/setting.hpp"
#include "platform/net/host_list.hpp"
#include "platform/net/proxy.hpp"
#include "platform/postgres/url.hpp"
#include "profiles/remote_generator.hpp"

namespace papi::app {

/// All settings of the program, with their defaults. The rest of the program uses a const Settings&.
struct Settings {
  std::string environment = "development";
  std::string host = "0.0.0.0";
  std::int64_t port = 8002;
  std::string base_path;  // a prefix of http::read_prefix()
  std::int64_t web_concurrency = 0;
  std::string database_url = "sqlite:///./profiles.db";  // holds the password of PostgreSQL
  std::optional<postgres::Target> postgres;              // what database_url says, if it is not SQLite
  std::string db_schema = "profile_api";
  std::int64_t db_pool_size = 5;
  std::int64_t db_pool_max_overflow = 10;
  std::chrono::seconds db_pool_timeout{30};
  std::chrono::seconds db_pool_recycle = std::chrono::hours(1);
  AuthSettings auth;
  TesterSettings tester;
  MonitoringSettings monitoring;
  LogSettings log;
  Secret command_key;  // with which a command calls a running service

  bool enable_correlation_id = true;

  std::int64_t max_header_bytes = 16 * 1024;
  std::int64_t max_url_bytes = 4 * 1024;
  std::int64_t max_body_bytes = 1024 * 1024;
  std::chrono::seconds request_timeout{10};
  std::chrono::seconds idle_timeout{75};
  std::int64_t max_connections = 20'000;
  std::int64_t max_connections_per_address = 3'000;
  std::int64_t max_bodies_mb = 64;
  std::chrono::seconds shutdown_timeout{10};
  std::int64_t websocket_max_message_bytes = 64 * 1024;
  std::chrono::seconds websocket_ping_interval{25};
  std::chrono::seconds subscriber_stall{10};
  std::int64_t subscriber_queue_bytes = 4 * 1024 * 1024;
  std::int64_t subscriber_queue_max = 0;
  std::string subscriber_queue_policy = "disconnect";
  std::chrono::seconds sse_heartbeat{15};

  std::string events_durability = "batched";
  std::chrono::days events_retention{90};
  std::int64_t events_max_per_session = 0;
  std::int64_t events_max_mb_per_session = 0;
  std::chrono::seconds events_retention_interval{60};

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
  std::chrono::seconds tiktok_http_timeout{10};

  std::chrono::seconds live_connect_timeout{30};
  std::chrono::seconds live_silence_timeout{60};
  std::chrono::seconds live_backoff_max{30};
  std::chrono::seconds live_check_interval{30};
  std::int64_t live_max_sessions = 1'000;
  std::chrono::seconds live_streak_timeout{30};
  bool live_resume_sessions = true;

  bool avatar_live_enabled = true;
  std::chrono::seconds avatar_live_timeout{5};
  std::chrono::seconds avatar_live_lifetime = std::chrono::days(7);
  std::int64_t avatar_live_priority = 10;
  std::int64_t avatar_live_per_minute = 120;
  std::int64_t avatar_live_queue = 1'000;
  bool avatar_scraper_enabled = true;
  std::chrono::seconds avatar_scraper_timeout{5};
  std::chrono::seconds avatar_scraper_lifetime = std::chrono::days(1);
  std::int64_t avatar_scraper_priority = 9;
  std::int64_t avatar_scraper_per_minute = 30;
  bool avatar_generator_enabled = true;
  profiles::GeneratorUrls avatar_generator_urls;
  std::chrono::seconds avatar_generator_timeout{4};
  std::chrono::seconds avatar_generator_lifetime = std::chrono::days(30);
  std::int64_t avatar_generator_priority = 3;
  std::chrono::seconds avatar_initials_lifetime = std::chrono::days(365);
  std::int64_t avatar_initials_priority = 1;
  std::chrono::seconds avatar_retry{300};
  std::chrono::seconds avatar_negative_lifetime = std::chrono::hours(1);
  std::int64_t avatar_max_size_mb = 5;
  std::int64_t avatar_max_megapixels = 16;
  profiles::PictureHosts avatar_hosts;
  std::string cache_backend = "memory";
  std::int64_t cache_max_size = 2'000;
  std::int64_t cache_max_memory_mb = 200;

  bool production() const { return environment == "production"; }
  /// Returns the path of the file of a sqlite DATABASE_URL; only if `postgres` is not set.
  std::string sqlite_path() const;
};

/// Returns the table that fills `settings`, which must outlive it.
std::vector<config::Setting> setting_table(Settings& settings);

/// What the settings are used for. A command needs only a part of them, and must work when a fault keeps the
/// service from starting, so that it can repair that. The tester has no database, and only its own settings
/// count. A client calls a running service and uses nothing else.
enum class Purpose { serve, command, tester, client };

/// Reads the flags, the environment and ./.env, checks every value and path, and lists all faults.
config::Loaded load_settings(const std::vector<config::Setting>& table, Settings& settings,
                             const config::Values& flags, Purpose purpose = Purpose::serve);

}  // namespace papi::app
