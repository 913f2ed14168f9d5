#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/base/secret.hpp"

namespace papi::postgres {

/// libpq's `sslmode`. `prefer` falls back to an unencrypted connection, `require` encrypts without checking
/// who answers, `verify_full` checks the certificate and that it was issued for the host.
enum class TlsMode { disable, allow, prefer, require, verify_ca, verify_full };
std::string_view to_string(TlsMode mode);

/// Where one server listens. `name`: a host name, an IP address without brackets, or, if it begins with '/',
/// the folder of a Unix socket.
struct Host {
  std::string name;
  std::uint16_t port = 5432;

  bool is_socket_folder() const { return name.starts_with('/'); }
  /// `db.example:5432`, `[::1]:5432` or `/run/postgresql/.s.PGSQL.5432`, for messages.
  std::string shown() const;
  bool operator==(const Host&) const = default;
};

/// What DATABASE_URL says about PostgreSQL. A value; safe to copy to every thread.
struct Target {
  std::vector<Host> hosts;  // at least one; tried in this order
  std::string user;         // empty: libpq's default, the name of the operating system's user
  Secret password;
  std::string database;  // empty: libpq's default, the user's name
  TlsMode tls = TlsMode::prefer;
  std::string root_certificate;    // a file; set whenever `tls` verifies
  std::string certificate, key;    // files of a client certificate; empty: none
  std::string application_name;    // empty: the program's own
  std::string session_attributes;  // libpq's target_session_attrs; empty: any, or read-write of several
  std::chrono::seconds connect_timeout{0};  // 0: the program's default
  std::vector<std::string> warnings;        // parameters that were read and have no effect here

  /// Reads `postgresql://`, `postgres://` and `postgresql+asyncpg://`, then
  /// `[user[:password]@][host[:port][,host[:port]…]][/database][?name=value[&…]]`. User, password, hosts,
  /// database and values are percent-decoded; IPv6 addresses stand in brackets; `?host=/folder` means a Unix
  /// socket. `ssl` (asyncpg's word) is read as `sslmode`.
  ///
  /// Without `sslmode`: verify-full if `sslrootcert` is given, else prefer for loopback addresses and Unix
  /// sockets, else require. A mode that verifies uses the system's certificates if `sslrootcert` is missing.
  ///
  /// The Error names the parameter or the part that is wrong, and never holds the password, also where an
  /// unescaped character made a part of it look like something else.
  static Result<Target> parse(std::string_view url);

  /// For messages: `user@host:port/database`.
  std::string shown() const;

  /// libpq's keywords and values, but for host, hostaddr, port and password, which belong to one attempt to
  /// connect. An empty value means libpq's default.
  std::vector<std::pair<const char*, std::string>> keywords() const;
};

}  // namespace papi::postgres
