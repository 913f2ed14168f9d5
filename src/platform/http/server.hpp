#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "platform/http/connection.hpp"
#include "platform/http/connection_quota.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::http {

/// The limits of a server, and who may speak for its callers.
struct ServerOptions {
  ConnectionOptions connection;
  std::size_t max_connections = 20'000;  // of all threads together
  std::size_t max_per_address = 0;       // of one address or IPv6 /64, except trusted proxies; 0: no limit
  std::size_t max_bodies_bytes = 64 * 1'048'576;  // of all requests that are being read or answered
  TrustedProxies trusted_proxies;
  std::string base_path;  // a prefix of read_prefix() under which the routes answer too
};

/// An HTTP/1.1 and WebSocket server. Each thread has one acceptor (SO_REUSEPORT), and each connection stays
/// on the thread that accepted it. `threads`, `pipeline`, `log` and `clock` must outlive the server.
class Server {
 public:
  Server(IoThreads& threads, const Pipeline& pipeline, ServerOptions options, Logger& log,
         const Clock& clock);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds `address` and begins to accept. `address` is an IPv4 or IPv6 literal; "0.0.0.0" and "::" take both
  /// families. Port 0 lets the system choose. It may be called before or after the threads start. Returns the
  /// bound port. Fails with CONFLICT if the port is in use, else with VALIDATION.
  Result<std::uint16_t> listen(const std::string& address, std::uint16_t port);

  /// New connections use this TLS context from now on. Any thread may call it, before listen() or later to
  /// renew a certificate. Open connections keep the context that they began with.
  void set_tls(std::shared_ptr<net::ssl::context> tls);

  /// Accepts no more connections, closes idle ones, lets requests finish and sends 1001 to WebSockets. After
  /// `drain` the remaining connections are cut. Returns true when all have ended. Returns false if some are
  /// left `at_most` after the beginning: their handlers wait for something that does not come, such as the
  /// answer of a database server that hangs. Any thread except the io threads may call it.
  bool stop(std::chrono::milliseconds drain, std::chrono::milliseconds at_most);

  std::size_t connections() const { return open_.load(std::memory_order_relaxed); }

 private:
  class Shard;
  using ConnectionPermit = std::unique_ptr<const ConnectionQuota::Permit>;
  /// Returns what a new connection holds while it is open, which is empty for a trusted proxy. Returns
  /// nullopt if the client has too many connections.
  std::optional<ConnectionPermit> connection_permit_for(const net::ip::address& peer);
  std::shared_ptr<net::ssl::context> tls();
  IoThreads& threads_;
  const ServerOptions options_;
  Logger& log_;
  const Clock& clock_;
  std::atomic<std::size_t> open_{0};
  ConnectionQuota connection_quota_;
  BodyBudget bodies_;
  const OriginResolver origins_;
  const Dispatcher dispatcher_;
  const ConnectionDependencies of_connections_;
  std::mutex tls_mutex_;
  std::shared_ptr<net::ssl::context> tls_;  // nullptr: no TLS
  std::vector<std::unique_ptr<Shard>> shards_;
};

/// Checks whether Server::listen() could bind, without listening. Fails with CONFLICT if the port is in use,
/// else with VALIDATION.
Result<void> try_to_bind(const std::string& address, std::uint16_t port);

}  // namespace papi::http
