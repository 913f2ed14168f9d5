#include <fstream>

#include "platform/postgres/connection.hpp"
#include "tests/postgres_fixture.hpp"

namespace papi::postgres {
namespace {

struct PostgresConnect : ServerTest {
  std::unique_ptr<Connection> connection;
  DatabaseFault failed(const std::string& url, milliseconds timeout = milliseconds(5'000)) {
    ConnectionOptions options;
    options.connect_timeout = timeout;
    connection = std::make_unique<Connection>(executor(), options);
    const Target target = target_of(url);
    const auto connected = run(connection->connect(target));
    if (connected) return DatabaseFault(FaultKind::refused, "connected");
    return connected.error();
  }
  std::string local(const std::string& rest) {
    return "postgresql://papi:s3cret%3Aof%2Fpapi@127.0.0.1:" + std::to_string(server.port()) + rest;
  }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_F(PostgresConnect, connects_by_address_name_socket_and_second_host) {
  const std::string port = std::to_string(server.port());
  const std::string login = "postgresql://papi:s3cret%3Aof%2Fpapi@";
  const std::string nobody = std::to_string(test::free_port());
  for (const std::string& url :
       {server.url(), server.socket_url(), login + "localhost:" + port + "/papi_test",
        login + "127.0.0.1:" + nobody + ",127.0.0.1:" + port + "/papi_test",
        login + "no-such-host.invalid,127.0.0.1:" + port + "/papi_test?sslmode=prefer"}) {
    const auto opened = connect(url);
    EXPECT_EQ(column(*opened, "SELECT current_user"), "papi") << url;
    EXPECT_TRUE(opened->idle());
  }
}

TEST_F(PostgresConnect, says_why_it_failed_and_what_to_do_without_the_password) {
  const std::string port = std::to_string(server.port()), nobody = std::to_string(test::free_port());
  struct Case {
    std::string url;
    FaultKind kind;
    const char *state, *says, *remedy;
  };
  const Case rows[] = {
      {"postgresql://papi:wrong-hunter2@127.0.0.1:" + port + "/papi_test", FaultKind::configuration, "28P01",
       "password authentication failed for user \"papi\"", "correct user and password in DATABASE_URL"},
      {"postgresql://papi@127.0.0.1:" + port + "/papi_test", FaultKind::configuration, "",
       "no password supplied", "write the user's password into DATABASE_URL"},
      {local("/nowhere"), FaultKind::configuration, "3D000", "database \"nowhere\" does not exist",
       "create the database"},
      {"postgresql://papi:hunter2@127.0.0.1:" + nobody + "/papi_test", FaultKind::away, "",
       "Connection refused", "start the server, or correct host and port in DATABASE_URL"},
      {"postgresql://papi:hunter2@no-such-host.invalid/papi_test", FaultKind::away, "",
       "host 'no-such-host.invalid' of DATABASE_URL cannot be resolved", "correct the name"},
      {"postgresql://papi@/papi_test?host=/nowhere", FaultKind::away, "", "No such file or directory",
       "start the server, or correct host and port in DATABASE_URL"},
  };
  for (const Case& row : rows) {
    const DatabaseFault fault = failed(row.url);
    EXPECT_EQ(fault.kind, row.kind) << fault.what;
    EXPECT_EQ(fault.sqlstate, row.state) << fault.what;
    EXPECT_TRUE(has(fault.what, row.says)) << fault.what;
    EXPECT_TRUE(has(fault.what, row.remedy)) << fault.what;
    EXPECT_FALSE(has(fault.what, "hunter2") || has(fault.what, "s3cret")) << fault.what;
    EXPECT_FALSE(has(fault.what, "\n")) << fault.what;
    EXPECT_FALSE(connection->open());
  }
}

TEST_F(PostgresConnect, a_server_that_does_not_answer_is_given_up_at_the_deadline) {
  // Accepted by the kernel, answered by nobody.
  net::io_context silent;
  net::ip::tcp::acceptor acceptor(silent, net::ip::tcp::endpoint(net::ip::make_address("127.0.0.1"), 0));
  const auto began = std::chrono::steady_clock::now();
  const DatabaseFault fault =
      failed("postgresql://papi@127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/papi_test",
             milliseconds(100));
  EXPECT_EQ(fault.kind, FaultKind::away);
  EXPECT_TRUE(has(fault.what, "no answer in time")) << fault.what;
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(3));
}

TEST_F(PostgresConnect, close_ends_an_attempt) {
  net::io_context silent;
  net::ip::tcp::acceptor acceptor(silent, net::ip::tcp::endpoint(net::ip::make_address("127.0.0.1"), 0));
  const Target target = target_of(
      "postgresql://papi@127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/papi_test");
  Connection opening(executor(), {});
  const auto connected = start(opening.connect(target));
  io.poll();
  opening.close();
  run_until([&] { return connected->has_value(); });
  EXPECT_FALSE(**connected);
}

TEST_F(PostgresConnect, encrypts_as_the_mode_says) {
  struct Case {
    const char* mode;
    bool encrypted;
  };
  for (const Case& row : {Case{"disable", false}, Case{"prefer", true}, Case{"require", true}}) {
    const auto opened = connect(server.url("sslmode=" + std::string(row.mode)));
    EXPECT_EQ(opened->encrypted(), row.encrypted) << row.mode;
    EXPECT_EQ(column(*opened, "SELECT repeat('x', 100000)").size(), 100'000u) << row.mode;
  }
  const auto verified =
      connect("postgresql://papi:s3cret%3Aof%2Fpapi@localhost:" + std::to_string(server.port()) +
              "/papi_test?sslrootcert=" + server.certificate());
  EXPECT_TRUE(verified->encrypted());
  EXPECT_EQ(column(*verified, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"), "true");
}

TEST_F(PostgresConnect, verify_full_refuses_a_certificate_that_it_cannot_check) {
  // Signed by itself, and not known here.
  const DatabaseFault unknown = failed(server.url("sslmode=verify-full"));
  EXPECT_EQ(unknown.kind, FaultKind::configuration);
  EXPECT_TRUE(has(unknown.what, "certificate verify failed")) << unknown.what;
  EXPECT_TRUE(has(unknown.what, "set sslrootcert in DATABASE_URL")) << unknown.what;
  // Known, for another name.
  const DatabaseFault other = failed(server.url("sslrootcert=" + server.certificate()));
  EXPECT_EQ(other.kind, FaultKind::configuration);
  EXPECT_TRUE(has(other.what, "does not match host name \"127.0.0.1\"")) << other.what;
  const DatabaseFault missing = failed(server.url("sslmode=verify-full&sslrootcert=/nowhere.pem"));
  EXPECT_EQ(missing.kind, FaultKind::configuration);
  EXPECT_TRUE(has(missing.what, "/nowhere.pem")) << missing.what;
}

TEST_F(PostgresConnect, require_fails_where_the_server_has_no_tls) {
  test::Pooler pooler(server);
  const DatabaseFault fault = failed(server.url_at(pooler.port(), "sslmode=require"));
  EXPECT_EQ(fault.kind, FaultKind::configuration);
  EXPECT_TRUE(has(fault.what, "server does not support SSL")) << fault.what;
  EXPECT_TRUE(has(fault.what, "sslmode=prefer")) << fault.what;
}

}  // namespace papi::postgres
