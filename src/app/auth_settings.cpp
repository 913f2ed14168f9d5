#include "app/auth_settings.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "access/quotas.hpp"
#include "access/rate_rules.hpp"
#include "auth/account.hpp"
#include "auth/bootstrap.hpp"
#include "auth/password.hpp"
#include "auth/secret_strength.hpp"
#include "platform/base/text.hpp"
#include "platform/net/ip_address.hpp"
#include "platform/net/public_address.hpp"
#include "platform/net/server_tls.hpp"

namespace papi::app {
namespace {

constexpr std::size_t strong_key = 32;  // characters

config::Setting maybe_bool_setting(std::string name, std::optional<bool>& place, std::string rule,
                                   std::string meaning) {
  config::Setting setting;
  setting.name = std::move(name);
  setting.format = std::move(rule);
  setting.description = std::move(meaning);
  setting.store = [&place](std::string_view value) -> std::optional<std::string> {
    place.reset();
    if (value.empty()) return std::nullopt;
    bool given = false;
    auto fault = config::bool_setting("", given, "").store(value);
    if (!fault) place = given;
    return fault;
  };
  return setting;
}

config::Setting origins_setting(AuthSettings& s) {
  config::Setting setting;
  setting.name = "CORS_ALLOW_ORIGINS";
  setting.format =
      "by comma: scheme://host[:port], https://*.example.org (sub-domains), null, file://; or *; empty: * in "
      "development, none in production";
  setting.description =
      "Web pages and apps that may call and open WebSockets; the service's own origin always may";
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    s.cors_origins.reset();
    if (value.empty()) return std::nullopt;
    auto origins = http::AllowedOrigins::parse(value);
    if (!origins) return origins.error().message;
    s.cors_origins = std::move(*origins);
    return std::nullopt;
  };
  return setting;
}

config::Setting proxies_setting(AuthSettings& s) {
  config::Setting setting;
  setting.name = "TRUSTED_PROXIES";
  setting.format = "addresses and networks such as 10.0.0.0/8, by comma";
  setting.description =
      "Reverse proxies whose X-Forwarded-For, -Proto, -Host, -Port and -Prefix are believed";
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    auto proxies = http::TrustedProxies::parse(value);
    if (!proxies) return proxies.error().message;
    s.trusted_proxies = std::move(*proxies);
    return std::nullopt;
  };
  return setting;
}

void add_token_settings(std::vector<config::Setting>& t, AuthSettings& s) {
  using namespace config;
  constexpr std::int64_t year = 366 * 86'400;
  t.push_back(choice_setting("JWT_ALGORITHM", s.jwt_algorithm, {"HS256", "RS256"},
                             "How tokens are signed; no other algorithm is ever accepted"));
  t.push_back(secret_setting("JWT_SECRET_KEY", s.jwt_secret,
                             "HS256: signs tokens. Without it (development) tokens end with the process"));
  t.push_back(
      secret_setting("JWT_SECRET_KEY_PREVIOUS", s.jwt_secret_previous,
                     "HS256: the previous key, which still verifies, so that a change logs nobody out"));
  t.push_back(readable_file_setting("JWT_PRIVATE_KEY_FILE", s.jwt_private_key_file,
                                    "RS256: the private key, PEM, 2048 bits or more"));
  t.push_back(
      readable_file_setting("JWT_PUBLIC_KEY_FILE", s.jwt_public_key_file, "RS256: its public key, PEM"));
  t.push_back(readable_file_setting("JWT_PUBLIC_KEY_PREVIOUS_FILE", s.jwt_public_key_previous_file,
                                    "RS256: the previous public key, which still verifies"));
  t.push_back(duration_setting("JWT_ACCESS_TOKEN_EXPIRE", s.access_lifetime, 30, 86'400,
                               "Seconds that an access token works"));
  t.push_back(duration_setting("JWT_REFRESH_TOKEN_EXPIRE", s.refresh_lifetime, 60, year,
                               "Seconds that a refresh token works, once"));
}

void add_limit_settings(std::vector<config::Setting>& t, AuthSettings& s) {
  using namespace config;
  constexpr std::pair<http::RateRule, std::string_view> rules[] = {
      {rate_rule::api, "most routes"},
      {rate_rule::auth, "logins, and refused credentials of one address"},
      {rate_rule::connect, "POST /connect"},
      {rate_rule::websocket, "opening WebSockets"},
      {rate_rule::strict, "admin routes"}};
  t.push_back(choice_setting("RATE_LIMIT_BACKEND", s.limits_backend, {"memory"},
                             "Where the limits are counted: the memory of this process"));
  t.push_back(bool_setting("RATE_LIMIT_ENABLED", s.limits_enabled, "Limit how often one may call"));
  for (const auto& [rule, what] : rules) {
    auth::RateLimit& limit = s.limits[static_cast<std::size_t>(rule)];
    const std::string name = quota::settings_of(rule);
    t.push_back(integer_setting(name + "_REQUESTS", limit.requests, 0, 1'000'000'000,
                                "Requests in a window to " + std::string(what) + "; 0: no limit"));
    t.push_back(duration_setting(name + "_WINDOW", limit.window, 1, 86'400, "Seconds of that window"));
    t.push_back(integer_setting(name + "_BURST", limit.burst, 0, 1'000'000'000,
                                "Requests that may come at once; 0: all of a window"));
  }
  t.push_back(integer_setting(std::string(quota::sockets_per_key_setting), s.sockets_per_key, 1, 1'000'000,
                              "Sockets and streams of one key, or user, at a time"));
  t.push_back(integer_setting(std::string(quota::sockets_per_address_setting), s.sockets_per_address, 1,
                              1'000'000, "Sockets and streams from one address at a time"));
  t.push_back(integer_setting(std::string(quota::sessions_per_key_setting), s.sessions_per_key, 1, 100'000,
                              "Sessions that one key, or user, has running"));
}

/// A key or password must be too long to be guessed by trying.
void check_strength(std::vector<std::string>& faults, const char* name, const Secret& secret) {
  if (secret.reveal() == auth::known_key) {
    faults.push_back(std::string(name) + ": the development key is refused in production");
  } else if (!secret.empty() && secret.reveal().size() < strong_key) {
    faults.push_back(std::string(name) + ": at least " + std::to_string(strong_key) +
                     " characters in production; make one with: openssl rand -base64 33");
  }
}

/// Checks a secret that signs tokens: whoever knows it can act as every user.
void check_signing(std::vector<std::string>& faults, const char* name, const Secret& secret,
                   const AuthSettings& s) {
  if (secret.empty()) return;
  const std::string& text = secret.reveal();
  const char* remedy = "; make one with: openssl rand -base64 48";
  if (text == s.api_key.reveal() || text == s.admin_api_key.reveal()) {
    faults.push_back(std::string(name) + ": must not be the same as an API key, which callers know" + remedy);
  } else if (const auto fault = auth::secret_fault(text)) {
    faults.push_back(std::string(name) + ": " + *fault + remedy);
  }
}

/// Returns why plain HTTP is a risk on the address that the service listens on, or nullopt.
std::optional<std::string> plain_http_risk(const AuthSettings& s, const std::string& host) {
  const auto address = parse_ip_address(host);
  if (!s.tls_cert_file.empty() || !address) return std::nullopt;
  const std::string remedy =
      ": set TLS_CERT_FILE and TLS_KEY_FILE, or listen on loopback behind a proxy that does TLS";
  if (is_public(*address)) return "HOST: plain HTTP on a public address" + remedy;
  // In a container it is usual to listen on every address. The proxy before it is then named in
  // TRUSTED_PROXIES.
  if (address->is_unspecified() && s.trusted_proxies.empty())
    return "HOST: plain HTTP on every address of this machine, public ones among them" + remedy +
           " (and name it in TRUSTED_PROXIES)";
  return std::nullopt;
}

}  // namespace

config::Setting api_key_setting(AuthSettings& s) {
  return config::secret_setting(
      "API_KEY", s.api_key, "A key that callers send as X-API-Key; makes a user dev with all permissions");
}

void add_auth_settings(std::vector<config::Setting>& t, AuthSettings& s) {
  using namespace config;
  t.push_back(secret_setting("ADMIN_API_KEY", s.admin_api_key, "A key that makes its caller an admin"));
  t.push_back(text_setting("ADMIN_USERNAME", s.admin_username, "The first admin's username",
                           "3 to 50 letters, digits, '_', '.' and '-'"));
  t.push_back(secret_setting("ADMIN_PASSWORD", s.admin_password,
                             "Makes the first admin if there is none; development has a well-known one"));
  t.push_back(maybe_bool_setting("ALLOW_REGISTRATION", s.allow_registration,
                                 "true or false; empty: true in development, false in production",
                                 "Anybody may make an account of role user"));
  t.push_back(
      duration_setting("API_KEY_DEFAULT_EXPIRE", s.key_lifetime, 1, 3'650, "Days that a new key works"));
  t.push_back(integer_setting("API_KEY_MAX_PER_USER", s.keys_per_user, 1, 10'000, "Active keys of one user"));
  t.push_back(integer_setting("LOGIN_MAX_FAILURES", s.login_max_failures, 1, 1'000,
                              "Failed logins in a row that lock an account"));
  t.push_back(duration_setting("LOGIN_LOCK_SECONDS", s.login_lock, 1, 86'400, "Seconds that it is locked"));
  t.push_back(integer_setting("PASSWORD_HASH_THREADS", s.hash_threads, 1, 64,
                              "Passwords hashed at a time, each with 64 MiB"));
  add_token_settings(t, s);
  t.push_back(bool_setting("SESSIONS_SHARED", s.sessions_shared,
                           "Every caller sees every session; else only their own, and admins all"));
  t.push_back(origins_setting(s));
  t.push_back(proxies_setting(s));
  add_limit_settings(t, s);
  t.push_back(duration_setting("AUDIT_RETENTION_DAYS", s.audit_retention, 31, 36'500,
                               "Days that records of the audit trail are kept"));
  t.push_back(readable_file_setting("TLS_CERT_FILE", s.tls_cert_file,
                                    "Certificate chain, PEM: serve HTTPS and wss; read again on SIGHUP"));
  t.push_back(readable_file_setting("TLS_KEY_FILE", s.tls_key_file, "Its private key, PEM"));
}

std::vector<std::string> tls_faults(const AuthSettings& s) {
  if (s.tls_cert_file.empty() != s.tls_key_file.empty())
    return {s.tls_key_file.empty() ? "TLS_KEY_FILE: needed with TLS_CERT_FILE"
                                   : "TLS_CERT_FILE: needed with TLS_KEY_FILE"};
  if (s.tls_cert_file.empty()) return {};
  const auto tls = load_server_tls(s.tls_cert_file, s.tls_key_file);
  if (tls) return {};
  return {"TLS_CERT_FILE, TLS_KEY_FILE: " + tls.error().message};
}

std::vector<std::string> auth_faults(const AuthSettings& s, bool production) {
  std::vector<std::string> faults;
  if (const auto fault = auth::username_fault(s.admin_username))
    faults.push_back("ADMIN_USERNAME: " + *fault);
  if (!s.admin_password.empty()) {
    if (const auto fault = auth::password_fault(s.admin_password, s.admin_username))
      faults.push_back("ADMIN_PASSWORD: " + *fault);
  }
  if (!s.api_key.empty() && s.api_key.reveal() == s.admin_api_key.reveal())
    faults.push_back("ADMIN_API_KEY: must not be the same as API_KEY");
  for (std::string& fault : tls_faults(s)) faults.push_back(std::move(fault));
  if (s.jwt_algorithm == "RS256") {
    if (s.jwt_private_key_file.empty()) faults.push_back("JWT_PRIVATE_KEY_FILE: needed for RS256");
    if (s.jwt_public_key_file.empty()) faults.push_back("JWT_PUBLIC_KEY_FILE: needed for RS256");
  }
  if (s.access_lifetime > s.refresh_lifetime)
    faults.push_back("JWT_ACCESS_TOKEN_EXPIRE: must not be longer than JWT_REFRESH_TOKEN_EXPIRE");
  if (!production) return faults;
  check_strength(faults, "API_KEY", s.api_key);
  check_strength(faults, "ADMIN_API_KEY", s.admin_api_key);
  if (s.jwt_algorithm == "HS256") {
    if (s.jwt_secret.empty()) faults.push_back("JWT_SECRET_KEY: needed in production");
    check_signing(faults, "JWT_SECRET_KEY", s.jwt_secret, s);
    check_signing(faults, "JWT_SECRET_KEY_PREVIOUS", s.jwt_secret_previous, s);
  }
  if (s.trusted_proxies.trusts_everybody())
    faults.push_back(
        "TRUSTED_PROXIES: must not be everybody, who could then claim any address; name the proxies");
  return faults;
}

std::vector<std::string> auth_warnings(const AuthSettings& s, const std::string& host, bool production) {
  std::vector<std::string> warnings;
  if (!production) {
    if (s.trusted_proxies.trusts_everybody())
      warnings.push_back("TRUSTED_PROXIES: everybody is believed, and refused in production");
    return warnings;
  }
  if (s.cors_origins && s.cors_origins->any())
    warnings.push_back("CORS_ALLOW_ORIGINS: * lets every web page call; name the pages");
  if (auto risk = plain_http_risk(s, host)) warnings.push_back(std::move(*risk));
  return warnings;
}

}  // namespace papi::app
