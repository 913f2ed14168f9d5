#include "tests/postgres_server.hpp"

#include <signal.h>

#include <filesystem>
#include <stdexcept>

#include "platform/base/text.hpp"

namespace papi::test {
namespace {

const std::string programs = "/usr/lib/postgresql/15/bin/";

void need(const std::string& program, const std::string& package) {
  if (std::filesystem::exists(program)) return;
  throw std::runtime_error(program + " is missing: these tests need the Debian package " + package +
                           "; ./run_tests installs it, or apt-get install " + package);
}

}  // namespace

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer() {
  need(programs + "initdb", "postgresql-15");
  need("/usr/bin/openssl", "openssl");
  const std::string data = folder_.path() + "/data";
  const std::string first = folder_.write("superuser", "superuser-of-the-tests");
  run_program({programs + "initdb", "--pgdata=" + data, "--username=postgres", "--encoding=UTF8",
               "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=" + first},
              server_user());
  folder_.write("server.key", "");
  folder_.write("server.crt", "");
  run_program({"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
               "-nodes", "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
               "-keyout", folder_.path() + "/server.key", "-out", certificate()},
              server_user());
  start();
  as_superuser("CREATE ROLE papi LOGIN PASSWORD '" + std::string(password) + "'");
  // Ordered as by a language, as many servers are: what goes by bytes must say so.
  as_superuser(
      "CREATE DATABASE papi_test OWNER papi TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'");
}

void PostgresServer::start() {
  // Somebody else may take the port in between: then another one, unless clients know it already.
  constexpr int tries = 5;
  const bool known = port_ != 0;
  for (int i = 1;; ++i) {
    if (!known) port_ = free_port();
    ChildProcess::Options options;
    options.command = {programs + "postgres", "-D", folder_.path() + "/data", "-p", std::to_string(port_),
                       "-h", "127.0.0.1", "-k", folder_.path(), "-c", "ssl=on", "-c",
                       "ssl_cert_file=" + certificate(), "-c",
                       "ssl_key_file=" + folder_.path() + "/server.key", "-c", "max_connections=40", "-c",
                       "shared_buffers=32MB", "-c", "lc_messages=C",
                       // Kills end the program, not the kernel: what was written is there without a sync.
                       "-c", "fsync=off"};
    options.user = server_user();
    options.end_signal = SIGQUIT;  // at once, without waiting for clients
    process_.emplace(options);
    try {
      process_->wait_for_output("database system is ready to accept connections");
      return;
    } catch (const std::runtime_error&) {
      if (i == tries) throw;
    }
  }
}

void PostgresServer::kill() { process_->kill_all(); }

void PostgresServer::as_superuser(const std::string& sql) const {
  const bool of_papi_test =
      sql.find("DATABASE papi_test") == std::string::npos && sql.find("ROLE") == std::string::npos;
  run_program({programs + "psql", "-h", folder_.path(), "-p", std::to_string(port_), "-U", "postgres", "-d",
               of_papi_test ? "papi_test" : "postgres", "-v", "ON_ERROR_STOP=1", "-q", "-c", sql},
              server_user());
}

std::string PostgresServer::url(std::string_view parameters) const { return url_at(port_, parameters); }

std::string PostgresServer::url_at(unsigned short port, std::string_view parameters) const {
  return "postgresql://papi:" + percent_encode(password) + "@127.0.0.1:" + std::to_string(port) +
         "/papi_test?" + std::string(parameters);
}

std::string PostgresServer::socket_url() const {
  return "postgresql://papi@/papi_test?host=" + folder_.path() + "&port=" + std::to_string(port_);
}

Pooler::Pooler(const PostgresServer& server) {
  need("/usr/sbin/pgbouncer", "pgbouncer");
  constexpr int tries = 5;
  for (int i = 1;; ++i) {
    port_ = free_port();
    const std::string configuration = folder_.write(
        "pgbouncer.ini",
        "[databases]\npapi_test = host=127.0.0.1 port=" + std::to_string(server.port()) +
            " dbname=papi_test user=papi password='" + std::string(PostgresServer::password) +
            "'\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " + std::to_string(port_) +
            "\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n");
    ChildProcess::Options options;
    options.command = {"/usr/sbin/pgbouncer", configuration};
    options.user = server_user();
    options.end_signal = SIGTERM;  // at once
    process_.emplace(options);
    try {
      process_->wait_for_output("process up: PgBouncer");
      return;
    } catch (const std::runtime_error&) {
      if (i == tries) throw;
    }
  }
}

}  // namespace papi::test
