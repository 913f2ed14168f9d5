#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "auth/rate_limit.hpp"
#include "platform/config/setting.hpp"
#include "platform/http/cors.hpp"
#include "platform/http/trusted_proxies.hpp"

namespace papi::app {

/// The settings of auth/, TLS and CORS.
struct AuthSettings {
  Secret api_key;
  Secret admin_api_key;
  std::string admin_username = "admin";
  Secret admin_password;
  std::optional<bool> allow_registration;  // nullopt: only in development
  std::chrono::days key_lifetime{90};
  std::int64_t keys_per_user = 10;
  std::int64_t login_max_failures = 5;
  std::chrono::seconds login_lock = std::chrono::minutes(15);
  std::int64_t hash_threads = 2;

  std::string jwt_algorithm = "HS256";
  Secret jwt_secret;
  Secret jwt_secret_previous;
  std::string jwt_private_key_file;
  std::string jwt_public_key_file;
  std::string jwt_public_key_previous_file;
  std::chrono::seconds access_lifetime = std::chrono::hours(1);
  std::chrono::seconds refresh_lifetime = std::chrono::days(7);

  bool sessions_shared = false;
  std::optional<http::AllowedOrigins> cors_origins;  // nullopt: every page in development, none in production
  http::TrustedProxies trusted_proxies;
  bool limits_enabled = true;
  std::string limits_backend = "memory";
  auth::RateLimits limits = {{{.requests = 0},
                              {.requests = 100},
                              {.requests = 10},
                              {.requests = 5, .window = std::chrono::minutes(5)},
                              {.requests = 20},
                              {.requests = 10}}};
  std::int64_t sockets_per_key = 10'000;
  std::int64_t sockets_per_address = 2'000;
  std::int64_t sessions_per_key = 100;
  std::chrono::days audit_retention{365};
  std::string tls_cert_file;
  std::string tls_key_file;
};

/// add_auth_settings() adds all settings except API_KEY, which stands near the top of the table.
config::Setting api_key_setting(AuthSettings& s);
void add_auth_settings(std::vector<config::Setting>& table, AuthSettings& s);

/// Returns the faults that single values do not show. Reads the TLS and token files. `production` adds what
/// is refused in production only.
std::vector<std::string> auth_faults(const AuthSettings& s, bool production);
/// Returns what is wrong with TLS_CERT_FILE and TLS_KEY_FILE. Reads them.
std::vector<std::string> tls_faults(const AuthSettings& s);
/// Returns what is allowed but a risk. `host` is the address that the service listens on.
std::vector<std::string> auth_warnings(const AuthSettings& s, const std::string& host, bool production);

}  // namespace papi::app
