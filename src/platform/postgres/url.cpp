#include "platform/postgres/url.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "platform/base/enum_count.hpp"
#include "platform/base/text.hpp"
#include "platform/net/ip_address.hpp"

namespace papi::postgres {
namespace {

constexpr std::string_view setting = "DATABASE_URL";
constexpr std::string_view system_certificates = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::size_t max_url = 8'192;
constexpr std::size_t max_hosts = 8;

constexpr std::pair<TlsMode, std::string_view> tls_names[] = {
    {TlsMode::disable, "disable"}, {TlsMode::allow, "allow"},         {TlsMode::prefer, "prefer"},
    {TlsMode::require, "require"}, {TlsMode::verify_ca, "verify-ca"}, {TlsMode::verify_full, "verify-full"}};
static_assert(std::size(tls_names) == enum_count<TlsMode>());

constexpr std::string_view session_kinds[] = {"any",     "read-write", "read-only",
                                              "primary", "standby",    "prefer-standby"};

enum class Use { host, port, user, password, database, tls, session, text, seconds, none, refused };

struct Parameter {
  std::string_view name;
  Use use;
  std::string Target::*place = nullptr;
  std::string_view why = {};  // of refused
};

constexpr Parameter parameters[] = {
    {"host", Use::host},
    {"port", Use::port},
    {"user", Use::user},
    {"password", Use::password},
    {"dbname", Use::database},
    {"database", Use::database},
    {"sslmode", Use::tls},
    {"ssl", Use::tls},
    {"sslrootcert", Use::text, &Target::root_certificate},
    {"sslcert", Use::text, &Target::certificate},
    {"sslkey", Use::text, &Target::key},
    {"application_name", Use::text, &Target::application_name},
    {"target_session_attrs", Use::session},
    {"connect_timeout", Use::seconds},
    {"timeout", Use::seconds},
    // Of SQLAlchemy and asyncpg:
    {"prepared_statement_cache_size", Use::none},
    {"prepared_statement_name_func", Use::none},
    {"statement_cache_size", Use::none},
    {"max_cached_statement_lifetime", Use::none},
    {"max_cacheable_statement_size", Use::none},
    {"command_timeout", Use::none},
    {"async_fallback", Use::none},
    {"direct_tls", Use::none},
    // The program sets these itself:
    {"client_encoding", Use::none},
    {"gssencmode", Use::none},
    {"keepalives", Use::none},
    {"keepalives_idle", Use::none},
    {"keepalives_interval", Use::none},
    {"keepalives_count", Use::none},
    {"tcp_user_timeout", Use::none},
    {"options", Use::refused, nullptr, "poolers refuse it; use ALTER ROLE … SET"},
    {"server_settings", Use::refused, nullptr, "poolers refuse it; use ALTER ROLE … SET"},
    {"service", Use::refused, nullptr, "write host, user and database into the URL"},
    {"passfile", Use::refused, nullptr, "use DATABASE_URL_FILE"},
    {"hostaddr", Use::refused, nullptr, "write the address as host"},
};

Error wrong(const std::string& what) { return invalid(setting, what); }

/// The name itself is not shown: an unescaped '&' in a password makes the rest of the password a name.
Error unknown_parameter(std::string_view name) {
  constexpr std::size_t most_edits = 2;
  std::string_view nearest;
  std::size_t fewest = most_edits + 1;
  for (const Parameter& known : parameters) {
    if (known.use == Use::refused || name.size() > known.name.size() + most_edits) continue;
    const std::size_t edits = edit_distance(name, known.name);
    if (edits < fewest && edits < known.name.size()) {
      nearest = known.name;
      fewest = edits;
    }
  }
  if (!nearest.empty()) {
    return wrong("has an unknown parameter; did you mean '" + std::string(nearest) + "'?");
  }
  std::string all;
  for (const Parameter& known : parameters) {
    if (known.use == Use::none || known.use == Use::refused) continue;
    all += (all.empty() ? "" : ", ") + std::string(known.name);
  }
  return wrong("has an unknown parameter; known are " + all + "; in a value, write '&' as %26");
}

/// Percent-decodes one part. Nothing: a malformed escape, or a zero byte.
std::optional<std::string> decoded(std::string_view text) {
  auto plain = percent_decode(text);
  if (plain && plain->find('\0') != std::string::npos) return std::nullopt;
  return plain;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto number = parse_uint(text);
  if (!number || *number == 0 || *number > 65'535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

bool is_loopback(const Host& host) {
  if (host.is_socket_folder() || host.name == "localhost") return true;
  const auto address = parse_ip_address(host.name);
  return address && address->is_loopback();
}

class UrlReader {
 public:
  Result<Target> read(std::string_view url) {
    if (url.size() > max_url) return wrong("longer than " + std::to_string(max_url) + " bytes");
    bool known_scheme = false;
    for (const std::string_view scheme : {"postgresql://", "postgres://", "postgresql+asyncpg://"}) {
      if (!url.starts_with(scheme)) continue;
      url.remove_prefix(scheme.size());
      known_scheme = true;
      break;
    }
    if (!known_scheme) return wrong("must begin with postgresql://, postgres:// or postgresql+asyncpg://");

    const std::size_t end = std::min(url.find_first_of("/?#"), url.size());
    const std::string_view authority = url.substr(0, end);
    const std::string_view rest = url.substr(end);
    if (rest.find('@') != std::string_view::npos || rest.find('#') != std::string_view::npos) {
      return wrong(
          "has an unescaped '@' or '#' behind the host; in user and password, write '/' as %2F, '?' as %3F, "
          "'#' as %23 and '@' as %40, and in parameters '@' as %40");
    }
    const std::size_t question = std::min(rest.find('?'), rest.size());
    if (auto read = read_authority(authority); !read) return std::move(read).error();
    if (auto read = read_database(rest.substr(0, question)); !read) return std::move(read).error();
    if (question < rest.size()) {
      for (const std::string_view pair : split(rest.substr(question + 1), '&')) {
        if (auto read = read_parameter(pair); !read) return std::move(read).error();
      }
    }
    return finish();
  }

 private:
  Result<void> read_authority(std::string_view authority) {
    const std::size_t at = authority.rfind('@');
    if (at != std::string_view::npos) {
      const std::string_view login = authority.substr(0, at);
      const std::size_t colon = login.find(':');
      const auto user = decoded(login.substr(0, colon));
      if (!user) return wrong("the user has a malformed % escape; write '%' as %25");
      target_.user = *user;
      if (colon != std::string_view::npos) {
        auto password = decoded(login.substr(colon + 1));
        if (!password) return wrong("the password has a malformed % escape; write '%' as %25");
        target_.password = Secret(std::move(*password));
      }
      authority.remove_prefix(at + 1);
    }
    if (authority.empty()) return {};
    for (const std::string_view host : split(authority, ',')) {
      if (auto added = add_host(host, true); !added) return added;
    }
    return {};
  }

  Result<void> read_database(std::string_view path) {
    if (path.empty()) return {};
    const auto name = decoded(path.substr(1));
    if (!name) return wrong("the database's name has a malformed % escape; write '%' as %25");
    if (name->find('/') != std::string::npos) return wrong("the database's name must not have a '/'");
    target_.database = *name;
    return {};
  }

  /// `host`, `host:port`, `[address]:port` or `:port`, with or without % escapes. Text that is wrong is not
  /// shown: it may be a part of a password.
  Result<void> add_host(std::string_view text, bool escaped) {
    if (target_.hosts.size() == max_hosts)
      return wrong("names more than " + std::to_string(max_hosts) + " hosts");
    std::string_view name = text;
    std::optional<std::string_view> port;
    if (text.starts_with('[')) {
      const std::size_t close = text.find(']');
      if (close == std::string_view::npos) return wrong("an IPv6 address lacks its closing ']'");
      name = text.substr(1, close - 1);
      const std::string_view behind = text.substr(close + 1);
      if (!behind.empty() && behind.front() != ':') return wrong("behind ']' must stand ':' and a port");
      if (!behind.empty()) port = behind.substr(1);
    } else if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
      name = text.substr(0, colon);
      port = text.substr(colon + 1);
      if (name.find(':') != std::string_view::npos)
        return wrong("an IPv6 address as host must stand in brackets, as in [::1]:5432");
    }
    const auto plain = escaped ? decoded(name) : std::string(name);
    if (!plain) return wrong("a host has a malformed % escape");
    Host host;
    host.name = *plain;
    if (text.starts_with('[')) {
      const auto address = parse_ip_address(host.name);
      if (!address || !address->is_v6()) return wrong("what stands in brackets is no IPv6 address");
    } else if (host.is_socket_folder()) {
      // libpq reads a ',' as the end of a host.
      if (host.name.find_first_of(",:") != std::string::npos)
        return wrong("the folder of a Unix socket must not have ',' or ':'");
    } else if (!is_host_name(host.name)) {
      return wrong(
          "a host is neither a host name nor an IP address; in user and password, write '/' as %2F, '?' as "
          "%3F, '#' as %23, '@' as %40 and ',' as %2C");
    }
    if (port && !port->empty()) {
      const auto number = parse_port(*port);
      if (!number) return wrong("a port must be a number between 1 and 65535");
      host.port = *number;
    }
    if (host.name.empty()) host.name = "localhost";
    target_.hosts.push_back(std::move(host));
    return {};
  }

  static bool is_host_name(std::string_view name) {
    return name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                    c == '.' || c == '_';
           });
  }

  Result<void> read_parameter(std::string_view pair) {
    if (pair.empty()) return {};
    const std::size_t equals = pair.find('=');
    const auto name = decoded(pair.substr(0, equals));
    if (!name) return wrong("a parameter's name has a malformed % escape");
    const auto* known = std::find_if(std::begin(parameters), std::end(parameters),
                                     [&](const Parameter& p) { return p.name == *name; });
    if (known == std::end(parameters)) return unknown_parameter(*name);
    if (known->use == Use::refused)
      return wrong("parameter '" + *name + "' is not supported: " + std::string(known->why));
    if (equals == std::string_view::npos) return wrong("parameter '" + *name + "' has no value");
    const auto value = decoded(pair.substr(equals + 1));
    if (!value) return wrong("parameter '" + *name + "' has a malformed % escape; write '%' as %25");
    return take(*known, *value);
  }

  Result<void> take(const Parameter& parameter, const std::string& value) {
    const std::string name = "parameter '" + std::string(parameter.name) + "'";
    switch (parameter.use) {
      case Use::host:
        if (!hosts_are_parameters_) target_.hosts.clear();
        hosts_are_parameters_ = true;
        for (const std::string_view host : split(value, ',')) {
          // An address as a parameter needs no brackets.
          const auto address = parse_ip_address(host);
          const bool bare = address && address->is_v6();
          const std::string written = bare ? "[" + std::string(host) + "]" : std::string(host);
          if (auto added = add_host(written, false); !added) return added;
        }
        return {};
      case Use::port:
        ports_.clear();
        for (const std::string_view text : split(value, ',')) {
          const auto port = parse_port(text);
          if (!port) return wrong(name + " must be a number between 1 and 65535");
          ports_.push_back(*port);
        }
        return {};
      case Use::user:
        target_.user = value;
        return {};
      case Use::password:
        target_.password = Secret(value);
        return {};
      case Use::database:
        target_.database = value;
        return {};
      case Use::tls:
        for (const auto& [mode, word] : tls_names) {
          if (word == value) tls_ = mode;
        }
        if (value == "true") tls_ = TlsMode::require;  // asyncpg's ssl=true
        if (!tls_ || (value != "true" && to_string(*tls_) != value))
          return wrong(name + " must be one of disable, allow, prefer, require, verify-ca and verify-full");
        return {};
      case Use::session:
        if (std::find(std::begin(session_kinds), std::end(session_kinds), value) == std::end(session_kinds))
          return wrong(name +
                       " must be one of any, read-write, read-only, primary, standby and prefer-standby");
        target_.session_attributes = value;
        return {};
      case Use::text:
        target_.*parameter.place = value;
        return {};
      case Use::seconds: {
        const auto seconds = parse_uint(value);
        if (!seconds || *seconds == 0 || *seconds > 600)
          return wrong(name + " must be a number of seconds between 1 and 600");
        target_.connect_timeout = std::chrono::seconds(*seconds);
        return {};
      }
      case Use::none:
        target_.warnings.push_back(std::string(setting) + ": " + name + " has no effect");
        return {};
      case Use::refused:
        break;
    }
    return {};
  }

  Result<Target> finish() {
    if (target_.hosts.empty()) target_.hosts.push_back(Host{"localhost"});
    if (!ports_.empty()) {
      if (ports_.size() != 1 && ports_.size() != target_.hosts.size())
        return wrong("parameter 'port' must name one port, or one for each host");
      for (std::size_t i = 0; i < target_.hosts.size(); ++i)
        target_.hosts[i].port = ports_[ports_.size() == 1 ? 0 : i];
    }
    if (target_.certificate.empty() != target_.key.empty())
      return wrong("parameters 'sslcert' and 'sslkey' must be given together");
    const bool near = std::all_of(target_.hosts.begin(), target_.hosts.end(), is_loopback);
    if (tls_) {
      target_.tls = *tls_;
    } else if (!target_.root_certificate.empty()) {
      target_.tls = TlsMode::verify_full;
    } else {
      target_.tls = near ? TlsMode::prefer : TlsMode::require;
    }
    const bool verifies = target_.tls == TlsMode::verify_ca || target_.tls == TlsMode::verify_full;
    if (verifies && target_.root_certificate.empty()) target_.root_certificate = system_certificates;
    return std::move(target_);
  }

  Target target_;
  std::optional<TlsMode> tls_;
  bool hosts_are_parameters_ = false;
  std::vector<std::uint16_t> ports_;
};

}  // namespace

std::string_view to_string(TlsMode mode) {
  for (const auto& [known, name] : tls_names) {
    if (known == mode) return name;
  }
  return "prefer";
}

std::string Host::shown() const {
  if (is_socket_folder()) return name + "/.s.PGSQL." + std::to_string(port);
  return host_and_port(name, port);
}

Result<Target> Target::parse(std::string_view url) { return UrlReader().read(url); }

std::string Target::shown() const {
  std::string text;
  if (!user.empty()) text = user + "@";
  for (std::size_t i = 0; i < hosts.size(); ++i) text += (i == 0 ? "" : ",") + hosts[i].shown();
  return database.empty() ? text : text + "/" + database;
}

std::vector<std::pair<const char*, std::string>> Target::keywords() const {
  std::vector<std::pair<const char*, std::string>> all{
      {"user", user},
      {"dbname", database},
      {"sslmode", std::string(to_string(tls))},
      {"sslrootcert", root_certificate},
      {"sslcert", certificate},
      {"sslkey", key},
      // Of several hosts one is the primary.
      {"target_session_attrs", !session_attributes.empty() ? session_attributes
                               : hosts.size() > 1          ? "read-write"
                                                           : "any"},
      {"client_encoding", "UTF8"},
      // A negotiation of its own that may wait for files and for a ticket server.
      {"gssencmode", "disable"},
      {"passfile", "/nonexistent"},
  };
  return all;
}

}  // namespace papi::postgres
