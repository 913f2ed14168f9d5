#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "platform/http/address_places.hpp"
#include "platform/http/body_budget.hpp"
#include "platform/http/pipeline.hpp"
#include "platform/http/request_parser.hpp"
#include "platform/http/response_writer.hpp"
#include "platform/http/trusted_proxies.hpp"
#include "platform/log/logger.hpp"
#include "platform/net/io_threads.hpp"
#include "platform/net/transport.hpp"
#include "platform/websocket/socket.hpp"

namespace papi::http {

struct ServerOptions {
  RequestLimits limits;
  websocket::SocketLimits websocket;
  std::chrono::milliseconds header_time{10'000};  // for a whole request to come
  std::chrono::milliseconds idle_time{75'000};    // between requests
  std::chrono::milliseconds write_time{30'000};
  std::chrono::milliseconds stream_stall{10'000};  // a stream whose client takes nothing for so long ends
  std::size_t max_connections = 20'000;            // of all threads together
  std::size_t max_per_address = 0;  // of them: of one address or IPv6 /64, trusted proxies apart; 0: no limit
  std::size_t max_bodies_bytes = 64 * 1'048'576;  // of all requests that are being read or answered
  FixedHeaders fixed_headers;
  TrustedProxies trusted_proxies;
  std::string base_path;  // a prefix of read_prefix() under which the routes answer too
};

/// An HTTP/1.1 and WebSocket server: on each thread one acceptor (SO_REUSEPORT), and each connection stays on
/// the thread that accepted it. `pipeline` must outlive the server.
class Server {
 public:
  Server(IoThreads& threads, const Pipeline& pipeline, ServerOptions options, Logger& log,
         const Clock& clock);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds `address` (an IPv4 or IPv6 literal; "0.0.0.0" takes both families) and begins to accept. Port 0
  /// lets the system choose. Call before or after the threads run. Gives the bound port.
  Result<std::uint16_t> listen(const std::string& address, std::uint16_t port);

  /// From now on connections speak TLS with this. Any thread; before listen() or, to renew a certificate, at
  /// any time: connections that are open keep what they began with.
  void set_tls(std::shared_ptr<net::ssl::context> tls);

  /// Accepts no more, closes idle connections, lets requests finish, says 1001 to WebSockets, and returns
  /// when all have gone or `deadline` has passed, when the rest is cut. Any thread but the io threads.
  void stop(std::chrono::milliseconds deadline);

  std::size_t connections() const { return open_.load(std::memory_order_relaxed); }

 private:
  friend class Connection;
  class Shard;
  using PlaceOfAddress = std::unique_ptr<const AddressPlaces::Place>;
  /// What a new connection holds while it is open; empty for a trusted proxy. Nothing: the client has too
  /// many.
  std::optional<PlaceOfAddress> place_for(const net::ip::address& peer);
  std::shared_ptr<net::ssl::context> tls();
  IoThreads& threads_;
  const Pipeline& pipeline_;
  ServerOptions options_;
  Logger& log_;
  std::atomic<bool> told_of_forwarding_{false};
  const Clock& clock_;
  std::atomic<std::size_t> open_{0};
  AddressPlaces places_;
  BodyBudget bodies_;
  std::mutex tls_mutex_;
  std::shared_ptr<net::ssl::context> tls_;  // empty: plain
  std::vector<std::unique_ptr<Shard>> shards_;
};

/// Whether Server::listen() could bind there, without listening. Errors: `conflict` if the port is taken,
/// else `validation`.
Result<void> try_to_bind(const std::string& address, std::uint16_t port);

}  // namespace papi::http
