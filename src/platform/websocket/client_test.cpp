#include "platform/websocket/client.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/context.hpp>

#include "platform/net/transport.hpp"

namespace papi::websocket {
namespace {

/// Sends `words` to the first client, whatever the client sends.
class Service {
 public:
  explicit Service(std::string words)
      : acceptor_(context_.get_executor(), {net::ip::address_v4::loopback(), 0}), words_(std::move(words)) {
    net::co_spawn(context_.get_executor(), serve(), net::detached);
  }
  std::string url() const {
    return "ws://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/";
  }
  bool reached() const { return reached_; }

  Error error_of_connect(bool loopback_is_meant, Client::Refusal& refusal) {
    ClientOptions options;
    options.url = url();
    options.loopback_is_meant = loopback_is_meant;
    net::ssl::context tls(net::ssl::context::tls_client);
    Error error;
    bool done = false;
    auto attempt = Client::connect(context_.get_executor(), tls, std::move(options), refusal);
    net::co_spawn(context_.get_executor(), std::move(attempt), [&](std::exception_ptr, auto client) {
      if (!client) error = client.error();
      done = true;
    });
    while (!done) context_.run_one();
    return error;
  }

 private:
  Task<void> serve() {
    auto [ec, socket] = co_await acceptor_.async_accept(as_result);
    if (ec) co_return;
    reached_ = true;
    // The whole request is read, because closing a socket with unread bytes resets the connection. The peer
    // closes first.
    std::array<char, 4096> buffer;
    std::string request;
    while (request.find("\r\n\r\n") == std::string::npos) {
      auto [failed, n] = co_await socket.async_read_some(net::buffer(buffer), as_result);
      if (failed) co_return;
      request.append(buffer.data(), n);
    }
    co_await net::async_write(socket, net::buffer(words_), as_result);
    socket.shutdown(TcpSocket::shutdown_send);
    co_await socket.async_read_some(net::buffer(buffer), as_result);
    // Closing at once would reset the connection, and the words would be lost.
    socket.shutdown(net::ip::tcp::socket::shutdown_send, ec);
    co_await socket.async_read_some(net::buffer(buffer), as_result);
  }

  net::io_context context_;
  TcpAcceptor acceptor_;
  const std::string words_;
  bool reached_ = false;
};

}  // namespace

TEST(WebSocketClient, an_address_that_is_not_public_is_not_even_connected_to) {
  Service service("-ERR secret\r\n");
  Client::Refusal refusal;
  const Error error = service.error_of_connect(false, refusal);
  EXPECT_EQ(error.code, ErrorCode::blocked);
  EXPECT_EQ(error.message, "the socket's host has an address that is not public");
  EXPECT_FALSE(service.reached());
}

TEST(WebSocketClient, nothing_of_an_answer_is_in_the_error) {
  const std::string not_understood = "WebSocket handshake with 127.0.0.1: the answer was not understood";
  const std::pair<std::string, std::string> rows[] = {
      {"-ERR secret\r\n\r\n", not_understood},
      {"HTTP/1.1 999999 secret\r\n\r\n", not_understood},
      {"HTTP/1.1 403 secret\r\nHandshake-Msg: secret\r\nHandshake-Status: 415\r\nX: secret\r\n\r\n",
       "the socket was refused"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret", "the socket was refused"},
  };
  for (const auto& [answer, message] : rows) {
    Service service(answer);
    Client::Refusal refusal;
    const Error error = service.error_of_connect(true, refusal);
    EXPECT_TRUE(service.reached());
    EXPECT_EQ(error.code, ErrorCode::upstream_error);
    EXPECT_EQ(error.message, message) << answer;
    EXPECT_TRUE(error.details() == ErrorDetails()) << answer;
  }
}

TEST(WebSocketClient, what_a_refusal_said_is_given_apart) {
  Service service("HTTP/1.1 200 OK\r\nHandshake-Msg: DEVICE_BLOCKED\r\nHandshake-Status: 415\r\n\r\n");
  Client::Refusal refusal;
  service.error_of_connect(true, refusal);
  EXPECT_EQ(refusal.status, 200u);
  EXPECT_EQ(refusal.message, "DEVICE_BLOCKED");
  EXPECT_EQ(refusal.number, "415");
}

}  // namespace papi::websocket
