#include "app/options.hpp"

#include "events/close_codes.hpp"

#include <fstream>
#include <sstream>
#include <thread>

#include "auth/rsa_key.hpp"

namespace papi::app {
namespace {

http::FixedHeaders fixed_headers(const Settings& s) {
  http::FixedHeaders headers;
  if (!s.security_headers) return headers;
  const auto add = [](std::string& to, std::string_view name, const std::string& value) {
    if (!value.empty()) to += std::string(name) + ": " + value + "\r\n";
  };
  add(headers.all, "X-Content-Type-Options", "nosniff");
  add(headers.all, "Referrer-Policy", s.referrer_policy);
  add(headers.all, "Permissions-Policy", s.permissions_policy);
  add(headers.policy, "X-Frame-Options", s.frame_options);
  add(headers.policy, "Content-Security-Policy", s.content_security_policy);
  if (!s.hsts.empty()) headers.tls_only = "Strict-Transport-Security: " + s.hsts + "\r\n";
  return headers;
}

/// Returns the `host:port` of the web origin if it is a loopback address, as with the simulator, else
/// nullopt.
std::optional<std::string> loopback_authority(const Settings& s) {
  const std::string authority = s.tiktok_web_url.substr(s.tiktok_web_url.find("://") + 3);
  for (const std::string_view host : {"127.0.0.1:", "localhost:", "[::1]:"}) {
    if (authority.starts_with(host)) return authority;
  }
  return std::nullopt;
}

/// The headers of the same browser without its login: looking at people's pages must not be tied to an
/// account.
std::vector<std::string> page_headers(const Settings& s, live::Browser browser) {
  browser.account = Secret();
  return browser.headers(s.tiktok_web_url + "/");
}

QueueBound subscriber_queue(const Settings& s) {
  return {static_cast<std::size_t>(s.subscriber_queue_bytes),
          static_cast<std::size_t>(s.subscriber_queue_max)};
}

}  // namespace

http::ServerOptions server_options(const Settings& s, std::size_t connections) {
  http::ServerOptions options;
  options.connection.limits.header_bytes = static_cast<std::size_t>(s.max_header_bytes);
  options.connection.limits.target_bytes = static_cast<std::size_t>(s.max_url_bytes);
  options.connection.limits.body_bytes = static_cast<std::size_t>(s.max_body_bytes);
  options.connection.websocket.message_bytes = static_cast<std::size_t>(s.websocket_max_message_bytes);
  options.connection.websocket.outbox = subscriber_queue(s);
  options.connection.websocket.stall = s.subscriber_stall;
  options.connection.websocket.stalled = events::too_slow;
  options.connection.closes = {events::close_code_of, events::credentials_ended, events::access_withdrawn};
  options.connection.stream_stall = options.connection.websocket.stall;
  options.connection.websocket.ping_interval = s.websocket_ping_interval;
  options.connection.header_time = s.request_timeout;
  options.connection.idle_time = s.idle_timeout;
  options.max_connections = connections;
  options.max_per_address = static_cast<std::size_t>(s.max_connections_per_address);
  options.max_bodies_bytes = static_cast<std::size_t>(s.max_bodies_mb) * 1'048'576;
  options.connection.fixed_headers = fixed_headers(s);
  options.trusted_proxies = s.auth.trusted_proxies;
  options.base_path = s.base_path;
  return options;
}

events::SubscriberPolicy subscriber_policy(const Settings& s) {
  events::SubscriberPolicy policy;
  policy.queue = subscriber_queue(s);
  policy.drop_likes = s.subscriber_queue_policy == "drop_likes";
  policy.heartbeat = s.sse_heartbeat;
  return policy;
}

live::LiveService::Options live_options(const Settings& s, std::size_t sessions) {
  live::LiveService::Options options;
  options.upstream.protocol.silence = s.live_silence_timeout;
  options.upstream.timing.max_backoff = s.live_backoff_max;
  options.upstream.timing.live_check = s.live_check_interval;
  options.connect_limit = s.live_connect_timeout;
  options.sessions.of_all = sessions;
  options.sessions.of_caller = static_cast<std::size_t>(s.auth.sessions_per_key);
  options.upstream.protocol.streak_idle = s.live_streak_timeout;
  return options;
}

events::Retention retention(const Settings& s) {
  events::Retention limits;
  limits.max_age = s.events_retention;
  limits.max_events = s.events_max_per_session;
  limits.max_bytes = s.events_max_mb_per_session * 1024 * 1024;
  return limits;
}

live::TikTokHosts tiktok_hosts(const Settings& s) {
  live::TikTokHosts hosts;
  hosts.web = s.tiktok_web_url;
  hosts.webcast = s.tiktok_webcast_url;
  hosts.sign = s.tiktok_sign_url;
  hosts.sockets = s.tiktok_socket_hosts;
  hosts.timeout = s.tiktok_http_timeout;
  return hosts;
}

live::Browser browser(const Settings& s, Random& random) {
  live::Browser browser;
  if (!s.tiktok_session_id.empty()) {
    const std::string& id = s.tiktok_session_id.reveal();
    browser.account = Secret("sessionid=" + id + "; sessionid_ss=" + id + "; sid_tt=" + id +
                             "; tt-target-idc=" + s.tiktok_target_idc);
  }
  browser.device_id = std::to_string(random.between(7'000'000'000'000'000'000, 7'999'999'999'999'999'999));
  return browser;
}

live::SignClient::Secrets sign_secrets(const Settings& s, const live::Browser& browser) {
  live::SignClient::Secrets secrets;
  secrets.api_key = s.tiktok_sign_api_key;
  if (!s.tiktok_session_sign_host.empty()) secrets.account = browser.account;
  return secrets;
}

std::size_t io_thread_count(const Settings& s) {
  return s.web_concurrency > 0 ? static_cast<std::size_t>(s.web_concurrency)
                               : std::max(1u, std::thread::hardware_concurrency());
}

HttpClient::Options http_client_options(const Settings& s, std::size_t max_in_flight) {
  HttpClient::Options options;
  options.ca_file = s.tiktok_ca_file;
  options.proxy = s.tiktok_proxy;
  options.max_in_flight = max_in_flight;
  return options;
}

HttpClient::Options picture_client_options(const Settings& s, std::size_t max_in_flight) {
  HttpClient::Options options = http_client_options(s, max_in_flight);
  options.public_only = true;
  return options;
}

profiles::PictureHosts picture_hosts(const Settings& s) {
  profiles::PictureHosts hosts = s.avatar_hosts;
  if (auto authority = loopback_authority(s)) hosts.add_loopback(std::move(*authority));
  return hosts;
}

profiles::ImageLimits image_limits(const Settings& s) {
  profiles::ImageLimits limits;
  limits.max_bytes = static_cast<std::size_t>(s.avatar_max_size_mb) * 1024 * 1024;
  limits.max_pixels = static_cast<std::uint64_t>(s.avatar_max_megapixels) * 1'000'000;
  return limits;
}

std::vector<std::string> picture_headers(const Settings& s, const live::Browser& browser) {
  return {"User-Agent: " + browser.user_agent, "Referer: " + s.tiktok_web_url + "/",
          "Accept-Language: " + browser.language + ",en;q=0.9",
          "Accept: image/webp,image/png,image/jpeg,image/gif;q=0.8"};
}

profiles::ProfilePageSource::Options page_source_options(const Settings& s, const live::Browser& browser) {
  profiles::ProfilePageSource::Options options;
  options.origin = s.tiktok_web_url;
  options.headers = page_headers(s, browser);
  options.loopback = loopback_authority(s).has_value();
  options.per_minute = s.avatar_scraper_per_minute;
  return options;
}

profiles::ProfileOptions profile_options(const Settings& s) {
  using profiles::Source;
  profiles::ProfileOptions options;
  const auto source = [&options](Source which) -> profiles::SourceSettings& {
    return options.sources[static_cast<std::size_t>(which)];
  };
  source(Source::live).enabled = s.avatar_live_enabled;
  source(Source::live).priority = s.avatar_live_priority;
  source(Source::live).lifetime = s.avatar_live_lifetime;
  source(Source::scraper) = {s.avatar_scraper_enabled, s.avatar_scraper_priority, s.avatar_scraper_lifetime,
                             s.avatar_scraper_timeout};
  source(Source::generator).timeout = s.avatar_generator_timeout;
  source(Source::generator).enabled = s.avatar_generator_enabled;
  source(Source::generator).priority = s.avatar_generator_priority;
  source(Source::generator).lifetime = s.avatar_generator_lifetime;
  source(Source::initials).priority = s.avatar_initials_priority;
  source(Source::initials).lifetime = s.avatar_initials_lifetime;
  options.retry = s.avatar_retry;
  options.negative_lifetime = s.avatar_negative_lifetime;
  return options;
}

profiles::LiveAvatars::Options live_avatar_options(const Settings& s) {
  profiles::LiveAvatars::Options options;
  options.enabled = s.avatar_live_enabled;
  options.timeout = s.avatar_live_timeout;
  options.per_minute = s.avatar_live_per_minute;
  options.queue = static_cast<std::size_t>(s.avatar_live_queue);
  return options;
}

profiles::ProfileCache::Limits cache_limits(const Settings& s) {
  profiles::ProfileCache::Limits limits;
  limits.items = static_cast<std::size_t>(s.cache_max_size);
  limits.bytes = static_cast<std::size_t>(s.cache_max_memory_mb) * 1024 * 1024;
  return limits;
}

auth::AccountOptions account_options(const Settings& s) {
  auth::AccountOptions options;
  options.allow_registration = s.auth.allow_registration.value_or(!s.production());
  options.only_near_may_register = !s.auth.allow_registration.has_value();
  options.access_lifetime = s.auth.access_lifetime;
  options.refresh_lifetime = s.auth.refresh_lifetime;
  options.key_lifetime = s.auth.key_lifetime;
  options.keys_per_user = s.auth.keys_per_user;
  options.stream_tokens_per_user = s.auth.stream_tokens_per_user;
  options.lock_out.max_failures = static_cast<int>(s.auth.login_max_failures);
  options.lock_out.lock = s.auth.login_lock;
  options.demo_may_log_in = !s.production();
  return options;
}

auth::RateLimits rate_limits(const Settings& s) {
  auth::RateLimits limits = s.auth.limits;
  for (auto& limit : limits) {
    if (!s.auth.limits_enabled) limit.requests = 0;
  }
  limits[static_cast<std::size_t>(http::RateRule::none)].requests = 0;
  return limits;
}

quota::SocketQuota::Limits socket_limits(const Settings& s) {
  quota::SocketQuota::Limits limits;
  limits.per_caller = static_cast<std::size_t>(s.auth.sockets_per_key);
  limits.per_address = static_cast<std::size_t>(s.auth.sockets_per_address);
  return limits;
}

namespace {

Result<Secret> read_key_file(const char* setting, const std::string& path, bool private_half) {
  std::ifstream file(path);
  std::stringstream text;
  if (!path.empty()) text << file.rdbuf();
  if (path.empty() || !file || text.str().empty())
    return Error(ErrorCode::validation, std::string(setting) + ": RS256 needs a readable PEM file");
  Secret key(text.str());
  if (const auto fault = auth::rsa_key_fault(key, private_half))
    return Error(ErrorCode::validation, std::string(setting) + ": " + *fault);
  return key;
}

}  // namespace

Result<auth::TokenKeys> token_keys(const Settings& s) {
  auth::TokenKeys keys;
  keys.rs256 = s.auth.jwt_algorithm == "RS256";
  if (!keys.rs256) {
    keys.signing = s.auth.jwt_secret.empty() ? Secret(random_base64url(48)) : s.auth.jwt_secret;
    keys.verifying.push_back(keys.signing);
    if (!s.auth.jwt_secret_previous.empty()) keys.verifying.push_back(s.auth.jwt_secret_previous);
  } else {
    TRY(keys.signing, read_key_file("JWT_PRIVATE_KEY_FILE", s.auth.jwt_private_key_file, true));
    TRY(Secret verifying, read_key_file("JWT_PUBLIC_KEY_FILE", s.auth.jwt_public_key_file, false));
    keys.verifying.push_back(std::move(verifying));
    if (!s.auth.jwt_public_key_previous_file.empty()) {
      TRY(Secret previous,
          read_key_file("JWT_PUBLIC_KEY_PREVIOUS_FILE", s.auth.jwt_public_key_previous_file, false));
      keys.verifying.push_back(std::move(previous));
    }
  }
  if (const auto fault = auth::TokenSigner(keys).fault()) {
    return Error(ErrorCode::validation,
                 std::string(keys.rs256 ? "JWT_PRIVATE_KEY_FILE: " : "JWT_SECRET_KEY: ") + *fault);
  }
  return keys;
}

http::AllowedOrigins allowed_origins(const Settings& s) {
  if (s.auth.cors_origins) return *s.auth.cors_origins;
  return *http::AllowedOrigins::parse(s.production() ? "" : "*");
}

}  // namespace papi::app
