#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/child_process.hpp"

namespace papi::test {

/// A PostgreSQL 15 of the tests' own, in a temporary folder, on 127.0.0.1 and a Unix socket, with TLS by a
/// self-signed certificate for "localhost". Its database papi_test belongs to the user papi, who
/// is no superuser and needs a password over TCP.
class PostgresServer {
 public:
  static constexpr std::string_view password = "s3cret:of/papi";

  /// The one of the whole test program: started at the first call, ended when the program ends or dies.
  /// Throws, with what to install, if the Debian package is missing. Main thread.
  static PostgresServer& shared();

  PostgresServer();

  /// A DATABASE_URL. `parameters` stand behind the '?'.
  std::string url(std::string_view parameters = "sslmode=disable") const;
  std::string url_at(unsigned short port, std::string_view parameters = "sslmode=disable") const;
  std::string socket_url() const;
  unsigned short port() const { return port_; }
  /// The server's certificate, which is its own authority.
  std::string certificate() const { return folder_.path() + "/server.crt"; }

  /// SIGKILL to all of its processes, as if the machine had no memory left.
  void kill();
  /// Again, behind kill().
  void start();
  /// Runs SQL as the superuser, in papi_test.
  void as_superuser(const std::string& sql) const;

 private:
  TemporaryFolder folder_;
  unsigned short port_ = 0;
  std::optional<ChildProcess> process_;
};

/// A pgbouncer in transaction mode with two server connections, before a PostgresServer. It asks clients for
/// no password.
class Pooler {
 public:
  explicit Pooler(const PostgresServer& server);
  unsigned short port() const { return port_; }

 private:
  TemporaryFolder folder_;
  unsigned short port_;
  std::optional<ChildProcess> process_;
};

}  // namespace papi::test
