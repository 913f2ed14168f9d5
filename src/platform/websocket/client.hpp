#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/base/task.hpp"
#include "platform/net/proxy.hpp"

namespace boost::asio::ssl {
class context;
}

namespace papi::websocket {

struct ClientOptions {
  std::string url;  // ws:// only to a loopback address
  /// If true, a loopback address is allowed besides public addresses (see is_public()). The check uses the
  /// very address that is connected to. Behind a proxy, which resolves names itself, only the host name in
  /// the URL can be checked.
  bool loopback_is_meant = false;
  std::vector<std::pair<std::string, std::string>> headers;
  const Proxy* proxy = nullptr;  // must outlive connect()
  std::chrono::milliseconds connect_timeout{20'000};
  std::size_t max_message = 16 * 1024 * 1024;
};

/// A WebSocket client. Lives on one thread. One coroutine reads. close() may be called there at any time and
/// makes read() end.
class Client {
 public:
  /// What the server answered when it refused the handshake. For the application log, never for a caller.
  struct Refusal {
    unsigned status = 0;
    std::string message;  // the header Handshake-Msg, or empty
    std::string number;   // the header Handshake-Status
  };
  /// Resolves the name, connects, opens the proxy's tunnel, and does TLS and the WebSocket handshake, all
  /// within connect_timeout. Fails with UPSTREAM_TIMEOUT, with BLOCKED if the host name has no address that
  /// is allowed, else with UPSTREAM_ERROR. An error holds nothing that the server sent. A refused handshake
  /// fills `refusal`.
  static Task<Result<std::unique_ptr<Client>>> connect(Executor executor, net::ssl::context& tls,
                                                       ClientOptions options, Refusal& refusal);
  virtual ~Client() = default;

  /// Returns the next message, text or binary. Fails when the connection has ended.
  virtual Task<Result<std::string>> read() = 0;
  /// Queues a binary message. If the client is closed or 1,000 messages wait, the message is dropped. Queued
  /// messages are lost when the socket fails.
  virtual void send(std::string message) = 0;
  virtual void close() = 0;
};

}  // namespace papi::websocket
