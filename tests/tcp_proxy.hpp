#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "platform/net/io_threads.hpp"
#include "platform/net/transport.hpp"

namespace papi::test {

/// Passes TCP connections on to a port of 127.0.0.1 and cuts them where a test says. Has a thread of its own.
class TcpProxy {
 public:
  explicit TcpProxy(unsigned short upstream) : upstream_(upstream) {
    acceptor_ = std::make_unique<TcpAcceptor>(threads_.executor(0), net::ip::tcp::endpoint(loopback(), 0));
    port_ = acceptor_->local_endpoint().port();
    net::co_spawn(threads_.executor(0), accept(), net::detached);
    threads_.start();
  }
  ~TcpProxy() { threads_.stop(); }

  unsigned short port() const { return port_; }
  /// Passes so many more bytes of the server's answers, then resets the connection that they came on, once.
  void cut_answer_after(std::size_t bytes) { answer_bytes_left_ = static_cast<std::int64_t>(bytes); }
  /// Resets the next connection that sends a request, once; the server never sees that request.
  void cut_next_request() { cut_request_ = true; }
  /// Resets all clients and keeps the server's side open, as a router does that has forgotten a connection.
  void drop_clients() {
    net::post(threads_.executor(0), [this] {
      for (const auto& known : pairs_) {
        const auto pair = known.lock();
        if (pair) {
          pair->keep_server = true;
          pair->reset();
        }
      }
      pairs_.clear();
    });
  }
  int cuts() const { return cuts_; }

 private:
  static net::ip::address loopback() { return net::ip::make_address("127.0.0.1"); }
  struct Pair {
    explicit Pair(Executor executor) : client(executor), server(executor) {}
    TcpSocket client, server;
    bool keep_server = false;
    void reset() {
      reset(client);
      if (!keep_server) reset(server);
    }
    static void reset(TcpSocket& socket) {
      boost::system::error_code ignored;
      socket.set_option(net::socket_base::linger(true, 0), ignored);
      socket.close(ignored);
    }
  };

  Task<void> accept() {
    for (;;) {
      const auto pair = std::make_shared<Pair>(threads_.executor(0));
      auto [refused] = co_await acceptor_->async_accept(pair->client, as_result);
      if (refused) co_return;
      const net::ip::tcp::endpoint server(loopback(), upstream_);
      auto [unreachable] = co_await pair->server.async_connect(server, as_result);
      if (unreachable) {
        pair->reset();
        continue;
      }
      pairs_.push_back(pair);
      net::co_spawn(threads_.executor(0), requests(pair), net::detached);
      net::co_spawn(threads_.executor(0), answers(pair), net::detached);
    }
  }
  Task<void> requests(std::shared_ptr<Pair> pair) {
    char buffer[16'384];
    for (;;) {
      auto [ended, n] = co_await pair->client.async_read_some(net::buffer(buffer), as_result);
      if (!ended && cut_request_.exchange(false)) {
        ++cuts_;
        pair->reset();
        co_return;
      }
      if (ended) break;
      auto [failed, sent] = co_await net::async_write(pair->server, net::buffer(buffer, n), as_result);
      if (failed) break;
    }
    pair->reset();
  }
  Task<void> answers(std::shared_ptr<Pair> pair) {
    char buffer[16'384];
    for (;;) {
      auto [ended, n] = co_await pair->server.async_read_some(net::buffer(buffer), as_result);
      if (ended) break;
      std::size_t pass = n;
      const std::int64_t left = answer_bytes_left_;
      if (left >= 0) {
        pass = std::min(n, static_cast<std::size_t>(left));
        answer_bytes_left_ = left - static_cast<std::int64_t>(pass);
      }
      auto [failed, sent] = co_await net::async_write(pair->client, net::buffer(buffer, pass), as_result);
      if (failed) break;
      if (pass < n) {
        answer_bytes_left_ = -1;
        ++cuts_;
        break;
      }
    }
    pair->reset();
  }

  const unsigned short upstream_;
  unsigned short port_ = 0;
  std::atomic<std::int64_t> answer_bytes_left_{-1};
  std::atomic<bool> cut_request_{false};
  std::atomic<int> cuts_{0};
  std::vector<std::weak_ptr<Pair>> pairs_;  // on the proxy's thread
  IoThreads threads_{1};
  std::unique_ptr<TcpAcceptor> acceptor_;
};

}  // namespace papi::test
