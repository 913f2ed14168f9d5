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
  /// Else public addresses only, judged by the very address that is connected to. Behind a proxy, which
  /// resolves names itself, only what stands in the URL can be judged.
  bool loopback_is_meant = false;
  std::vector<std::pair<std::string, std::string>> headers;
  const Proxy* proxy = nullptr;  // outlives connect()
  std::chrono::milliseconds connect_timeout{20'000};
  std::size_t max_message = 16 * 1024 * 1024;
};

/// A WebSocket to somebody else's server. Lives on one thread; one coroutine reads. close() may be called at
/// any moment there and makes read() end.
class Client {
 public:
  /// What the other side said when it refused the handshake: for the log, and never for a caller.
  struct Refusal {
    unsigned status = 0;
    std::string message;  // its Handshake-Msg, or empty
    std::string number;   // its Handshake-Status
  };
  /// Resolves, connects, opens the proxy's tunnel, does TLS and the handshake, all within connect_timeout. An
  /// Error holds nothing of what the other side sent; a refused handshake fills `refusal`.
  static Task<Result<std::unique_ptr<Client>>> connect(Executor executor, net::ssl::context& tls,
                                                       ClientOptions options, Refusal& refusal);
  virtual ~Client() = default;

  /// The next message, text or binary. An Error when the conversation is over.
  virtual Task<Result<std::string>> read() = 0;
  /// Queues a binary message. What is queued when the socket fails is lost.
  virtual void send(std::string message) = 0;
  virtual void close() = 0;
};

}  // namespace papi::websocket
