#include "platform/http/server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ssl/context.hpp>
#include <future>

#include "platform/base/promise.hpp"
#include "platform/http/connection_fixture.hpp"
#include "platform/http/upgrade.hpp"
#include "tests/eventually.hpp"

namespace papi::http::server_test {
namespace {

using namespace std::chrono_literals;
using test::route_to;
using test::status_line;

/// A client's TCP connection. Nothing waits longer than 30 s.
class TcpClient {
 public:
  explicit TcpClient(std::uint16_t port, const char* to = "127.0.0.1", const char* from = nullptr) {
    const bool six = std::string_view(to).find(':') != std::string_view::npos;
    fd_ = ::socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval limit{30, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (six) {
      sockaddr_in6 address{};
      address.sin6_family = AF_INET6;
      address.sin6_port = htons(port);
      ::inet_pton(AF_INET6, to, &address.sin6_addr);
      connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
      return;
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (from && ::inet_pton(AF_INET, from, &address.sin_addr) == 1) {
      EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, to, &address.sin_addr);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~TcpClient() { close(); }
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;

  bool connected() const { return connected_; }
  int descriptor() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void send(std::string_view bytes) const { ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  /// Reads until the text ends with `end`, or to the end of the connection.
  std::string read_until(std::string_view end) {
    std::string text;
    char piece[4096];
    while (!text.ends_with(end)) {
      const auto n = ::recv(fd_, piece, sizeof piece, 0);
      if (n <= 0) {
        ended_ = n == 0 || errno == ECONNRESET;
        break;
      }
      text.append(piece, static_cast<std::size_t>(n));
    }
    return text;
  }
  /// Reads to the end of the connection. Returns false if it does not end.
  bool ends() {
    read_until("\xff\xff never");
    return ended_;
  }
  /// Asks for /hello on a connection that stays open. Returns the status line, which is empty if the server
  /// has closed the connection.
  std::string hello() {
    send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    return status_line(read_until("hello"));
  }

 private:
  int fd_ = -1;
  bool connected_ = false;
  bool ended_ = false;
};

/// Keeps its WebSocket open until the client or the server closes it.
class KeepOpen final : public Upgrade {
 public:
  Task<void> run(websocket::Socket& socket) override {
    bool open = true;
    while (open) {
      const auto message = co_await socket.receive();
      open = message.has_value();
    }
  }
};

struct ServerTest : testing::Test {
  ServerTest() {
    options.connection.idle_time = 75s;
    routes.push_back(
        route_to(Method::get, "/hello", [](Exchange&) -> Result<Response> { return Response("hello"); }));
  }
  ~ServerTest() override {
    if (server) server->stop(0ms, 60s);
    if (threads) threads->stop();
  }
  void start(std::size_t count = 1, const std::string& address = "127.0.0.1") {
    pipeline.emplace(RouteTable(std::move(routes)), std::vector<std::unique_ptr<Middleware>>());
    threads.emplace(count);
    threads->start();
    server.emplace(*threads, *pipeline, options, log, clock);
    const auto bound = server->listen(address, 0);
    ASSERT_TRUE(bound) << bound.error().message;
    port = *bound;
  }

  ManualClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  ServerOptions options;
  std::vector<Route> routes;
  std::optional<Pipeline> pipeline;
  std::optional<IoThreads> threads;
  std::optional<Server> server;
  std::uint16_t port = 0;
};

TEST_F(ServerTest, all_threads_answer_on_the_port_that_the_system_chose) {
  start(3);
  ASSERT_NE(port, 0);
  for (int i = 0; i < 30; ++i) {
    TcpClient client(port);
    EXPECT_EQ(client.hello(), "HTTP/1.1 200 OK");
    EXPECT_EQ(client.hello(), "HTTP/1.1 200 OK");
  }
}

TEST_F(ServerTest, a_port_of_another_server_is_a_conflict_until_that_has_stopped) {
  start();
  Server other(*threads, *pipeline, options, log, clock);
  EXPECT_EQ(other.listen("127.0.0.1", port).error().code, ErrorCode::conflict);
  EXPECT_EQ(try_to_bind("127.0.0.1", port).error().code, ErrorCode::conflict);
  EXPECT_EQ(try_to_bind("0.0.0.0", port).error().code, ErrorCode::conflict);
  server->stop(10s, 20s);
  EXPECT_TRUE(try_to_bind("127.0.0.1", port));
  EXPECT_EQ(other.listen("127.0.0.1", port).value(), port);
  EXPECT_EQ(TcpClient(port).hello(), "HTTP/1.1 200 OK");
  other.stop(10s, 20s);
}

TEST_F(ServerTest, an_address_that_cannot_be_bound_is_invalid) {
  start();
  for (const char* address : {"localhost", "127.0.0.1:80", "", "192.0.2.1"}) {
    EXPECT_EQ(server->listen(address, 0).error().code, ErrorCode::validation) << address;
    EXPECT_EQ(try_to_bind(address, 0).error().code, ErrorCode::validation) << address;
  }
}

TEST_F(ServerTest, either_unspecified_address_takes_both_families) {
  const bool has_ipv6 = try_to_bind("::1", 0).has_value();
  start(1, "0.0.0.0");
  for (const char* address : {"0.0.0.0", "::"}) {
    if (!has_ipv6 && address[0] == ':') continue;
    const std::uint16_t bound = server->listen(address, 0).value();
    EXPECT_EQ(TcpClient(bound, "127.0.0.1").hello(), "HTTP/1.1 200 OK") << address;
    if (!has_ipv6) continue;
    EXPECT_EQ(TcpClient(bound, "::1").hello(), "HTTP/1.1 200 OK") << address;
  }
}

TEST_F(ServerTest, a_connection_above_the_limit_of_all_is_closed_and_its_place_is_given_again) {
  options.max_connections = 2;
  start();
  TcpClient first(port), second(port);
  EXPECT_EQ(first.hello() + second.hello(), "HTTP/1.1 200 OKHTTP/1.1 200 OK");
  EXPECT_EQ(server->connections(), 2u);
  EXPECT_TRUE(TcpClient(port).ends());
  EXPECT_EQ(first.hello(), "HTTP/1.1 200 OK") << "the others go on";
  first.close();
  EXPECT_TRUE(test::eventually([&] { return server->connections() == 1; }));
  EXPECT_EQ(TcpClient(port).hello(), "HTTP/1.1 200 OK");
}

TEST_F(ServerTest, an_address_has_its_limit_and_a_trusted_proxy_has_none) {
  options.max_per_address = 2;
  options.trusted_proxies = *TrustedProxies::parse("127.0.0.9");
  start();
  TcpClient one(port, "127.0.0.1", "127.0.0.2"), two(port, "127.0.0.1", "127.0.0.2");
  EXPECT_EQ(one.hello() + two.hello(), "HTTP/1.1 200 OKHTTP/1.1 200 OK");
  EXPECT_TRUE(TcpClient(port, "127.0.0.1", "127.0.0.2").ends());
  EXPECT_EQ(TcpClient(port, "127.0.0.1", "127.0.0.3").hello(), "HTTP/1.1 200 OK");
  std::vector<std::unique_ptr<TcpClient>> of_proxy;
  for (int i = 0; i < 5; ++i) {
    of_proxy.push_back(std::make_unique<TcpClient>(port, "127.0.0.1", "127.0.0.9"));
    EXPECT_EQ(of_proxy.back()->hello(), "HTTP/1.1 200 OK");
  }
}

TEST_F(ServerTest, connections_are_swept_by_the_clock_of_the_server) {
  start();
  TcpClient idle(port);
  EXPECT_EQ(idle.hello(), "HTTP/1.1 200 OK");
  // The client has its answer a moment before the connection begins to be idle.
  const auto advance = [&] {
    clock.advance(76s);
    return server->connections() == 0;
  };
  EXPECT_TRUE(test::eventually(advance));
  EXPECT_TRUE(idle.ends());
}

TEST_F(ServerTest, a_stop_closes_what_is_idle_lets_requests_finish_and_returns_after_the_last) {
  std::promise<Promise<bool>> entered;
  routes.push_back(route_to(Method::get, "/slow", [&](Exchange& exchange) -> Task<Result<Response>> {
    const Promise<bool> released(exchange.executor);
    entered.set_value(released);
    co_await released.get();
    co_return Response("done");
  }));
  start();
  TcpClient idle(port), busy(port);
  EXPECT_EQ(idle.hello(), "HTTP/1.1 200 OK");
  busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  const Promise<bool> released = entered.get_future().get();
  auto stopped = std::async(std::launch::async, [&] { server->stop(60s, 60s); });
  EXPECT_TRUE(idle.ends());
  EXPECT_FALSE(TcpClient(port).connected()) << "nobody is accepted any more";
  EXPECT_EQ(stopped.wait_for(0s), std::future_status::timeout) << "a request runs";
  released.set(true);
  const std::string answer = busy.read_until("done");
  EXPECT_EQ(status_line(answer), "HTTP/1.1 200 OK");
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(busy.ends());
  stopped.get();
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerTest, a_stop_tells_websockets_1001_and_waits_for_their_answer) {
  routes.push_back(route_to(Method::get, "/socket", [](Exchange&) -> Result<Response> {
    Response response;
    response.upgrade = std::make_unique<KeepOpen>();
    return response;
  }));
  routes.back().websocket = true;
  start();
  TcpClient client(port);
  client.send(
      "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
  EXPECT_EQ(status_line(client.read_until("\r\n\r\n")), "HTTP/1.1 101 Switching Protocols");
  auto stopped = std::async(std::launch::async, [&] { server->stop(60s, 60s); });
  char head[4];
  ASSERT_EQ(::recv(client.descriptor(), head, sizeof head, MSG_WAITALL), 4);
  EXPECT_EQ(static_cast<unsigned char>(head[0]), 0x88) << "a close frame";
  EXPECT_EQ(static_cast<unsigned char>(head[2]) * 256 + static_cast<unsigned char>(head[3]), 1001);
  EXPECT_EQ(stopped.wait_for(0s), std::future_status::timeout);
  client.send(std::string("\x88\x82\0\0\0\0\x03\xe9", 8));
  EXPECT_TRUE(client.ends());
  stopped.get();
}

TEST_F(ServerTest, a_stop_cuts_what_has_not_ended_at_its_deadline) {
  start();
  TcpClient client(port);
  EXPECT_EQ(client.hello(), "HTTP/1.1 200 OK");
  client.send("POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
  EXPECT_TRUE(test::eventually([&] { return server->connections() == 1; }));
  const auto began = std::chrono::steady_clock::now();
  server->stop(100ms, 60s);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 20s);
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_TRUE(client.ends());
}

/// A context with a certificate that signs itself.
std::shared_ptr<net::ssl::context> self_signed_tls() {
  auto context = std::make_shared<net::ssl::context>(net::ssl::context::tls_server);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86'400);
  X509_set_pubkey(certificate.get(), key.get());
  EXPECT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
  EXPECT_EQ(SSL_CTX_use_certificate(context->native_handle(), certificate.get()), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context->native_handle(), key.get()), 1);
  return context;
}

TEST_F(ServerTest, new_connections_use_the_newest_tls_context_and_open_ones_stay_as_they_are) {
  start();
  TcpClient plain(port);
  EXPECT_EQ(plain.hello(), "HTTP/1.1 200 OK");
  server->set_tls(self_signed_tls());
  TcpClient late(port), client(port);
  EXPECT_NE(late.hello(), "HTTP/1.1 200 OK") << "it speaks no TLS";
  net::ssl::context trusting(net::ssl::context::tls_client);
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(trusting.native_handle()), &SSL_free);
  SSL_set_fd(tls.get(), client.descriptor());
  ASSERT_EQ(SSL_connect(tls.get()), 1);
  const std::string_view request = "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  SSL_write(tls.get(), request.data(), static_cast<int>(request.size()));
  char answer[64] = {};
  EXPECT_GT(SSL_read(tls.get(), answer, sizeof answer - 1), 0);
  EXPECT_EQ(status_line(answer), "HTTP/1.1 200 OK");
  EXPECT_EQ(plain.hello(), "HTTP/1.1 200 OK");
}

}  // namespace
}  // namespace papi::http::server_test
