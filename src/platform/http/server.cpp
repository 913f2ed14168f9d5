#include "platform/http/server.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <future>
#include <list>

#include "platform/net/ip_address.hpp"

namespace papi::http {
namespace {

using ReusePort = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
using net::ip::tcp;

Result<void> open_acceptor(TcpAcceptor& acceptor, const tcp::endpoint& endpoint, bool dual) {
  boost::system::error_code ec;
  const auto check = [&](std::string_view what) -> Result<void> {
    if (!ec) return {};
    const ErrorCode code = ec == net::error::address_in_use ? ErrorCode::conflict : ErrorCode::validation;
    return Error(code, std::string(what) + " " +
                           host_and_port(endpoint.address().to_string(), endpoint.port()) + ": " +
                           ec.message());
  };
  acceptor.open(endpoint.protocol(), ec);
  if (ec) return check("open");
  acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  acceptor.set_option(ReusePort(true), ec);
  if (ec) return check("share port of");
  if (endpoint.protocol() == tcp::v6()) acceptor.set_option(net::ip::v6_only(!dual), ec);
  acceptor.bind(endpoint, ec);
  if (ec) return check("bind");
  acceptor.listen(4096, ec);
  return check("listen on");
}

struct ListenAddress {
  tcp::endpoint endpoint;
  bool dual = false;  // takes both families
};

Result<ListenAddress> listen_address_of(const std::string& address, std::uint16_t port) {
  const auto parsed = parse_ip_address(address);
  if (!parsed) return invalid("HOST", "'" + address + "' is not an IPv4 or IPv6 address");
  ListenAddress listen_at{tcp::endpoint(*parsed, port), parsed->is_unspecified()};
  if (listen_at.dual) {
    // One IPv6 socket takes IPv4 too, unless the machine has no IPv6.
    net::io_context context;
    TcpAcceptor probe(context.get_executor());
    boost::system::error_code ec;
    probe.open(tcp::v6(), ec);
    if (!ec) listen_at.endpoint.address(net::ip::address_v6::any());
  }
  return listen_at;
}

/// With SO_REUSEPORT alone, a second process of this service would silently share the port. A bind without it
/// finds that out.
boost::system::error_code bind_alone(const ListenAddress& listen_at) {
  net::io_context context;
  TcpAcceptor probe(context.get_executor());
  boost::system::error_code ec;
  probe.open(listen_at.endpoint.protocol(), ec);
  if (ec) return ec;
  probe.set_option(tcp::acceptor::reuse_address(true), ec);
  if (listen_at.endpoint.protocol() == tcp::v6()) probe.set_option(net::ip::v6_only(!listen_at.dual), ec);
  probe.bind(listen_at.endpoint, ec);
  return ec;
}

Error port_taken(std::uint16_t port) {
  return Error(ErrorCode::conflict, "port " + std::to_string(port) + " is in use by another program");
}

}  // namespace

/// The part of the server that lives on one thread.
class Server::Shard {
 public:
  Shard(Server& server, Executor executor) : server_(server), executor_(executor), sweep_timer_(executor) {}

  Result<std::uint16_t> listen(const tcp::endpoint& endpoint, bool dual) {
    auto acceptor = std::make_unique<TcpAcceptor>(executor_);
    if (auto opened = open_acceptor(*acceptor, endpoint, dual); !opened) return opened.error();
    const std::uint16_t port = acceptor->local_endpoint().port();
    acceptors_.push_back(std::move(acceptor));
    net::co_spawn(executor_, accept_loop(*acceptors_.back()), net::detached);
    if (!sweeping_) {
      sweeping_ = true;
      net::co_spawn(executor_, sweep_loop(), net::detached);
    }
    return port;
  }

  void begin_drain() {
    boost::system::error_code ignored;
    for (auto& acceptor : acceptors_) acceptor->close(ignored);
    draining_ = true;
    for (Open& open : connections_) open.connection.drain();
    finish_if_empty();
  }
  void cut() {
    for (Open& open : connections_) open.connection.abort();
  }
  void when_empty(std::shared_ptr<std::promise<void>> promise) {
    empty_ = std::move(promise);
    finish_if_empty();
  }
  void stop_sweeping() {
    sweeping_ = false;
    sweep_timer_.cancel();
  }

  Executor executor() { return executor_; }

 private:
  struct Open {
    Open(ConnectionPermit held, const ConnectionDependencies& deps, TcpSocket socket,
         const net::ip::address& peer)
        : permit(std::move(held)), connection(deps, std::move(socket), peer) {}
    const ConnectionPermit permit;
    Connection connection;
  };

  Task<void> accept_loop(TcpAcceptor& acceptor) {
    SteadyTimer pause(executor_);
    while (acceptor.is_open()) {
      auto [ec, socket] = co_await acceptor.async_accept(as_result);
      if (ec == net::error::operation_aborted || ec == net::error::bad_descriptor) break;
      if (ec) {
        // The process is out of descriptors or memory. Try again soon instead of spinning.
        server_.log_.warning("A connection could not be accepted", {{"reason", ec.message()}});
        pause.expires_after(std::chrono::milliseconds(100));
        co_await pause.async_wait(as_result);
        continue;
      }
      if (draining_ || server_.open_.load() >= server_.options_.max_connections) continue;
      const auto peer = socket.remote_endpoint(ec).address();
      if (ec) continue;  // the client is gone already
      auto permit = server_.connection_permit_for(peer);
      if (!permit) continue;
      ++server_.open_;
      connections_.emplace_back(std::move(*permit), server_.of_connections_, std::move(socket), peer);
      const auto self = std::prev(connections_.end());
      net::co_spawn(executor_, self->connection.run(server_.tls()), [this, self](std::exception_ptr) {
        connections_.erase(self);
        --server_.open_;
        finish_if_empty();
      });
    }
  }

  Task<void> sweep_loop() {
    while (sweeping_) {
      sweep_timer_.expires_after(std::chrono::milliseconds(500));
      auto [ec] = co_await sweep_timer_.async_wait(as_result);
      if (ec) co_return;
      const auto now = server_.clock_.steady();
      for (Open& open : connections_) open.connection.sweep(now);
    }
  }

  void finish_if_empty() {
    if (empty_ && connections_.empty()) std::exchange(empty_, nullptr)->set_value();
  }

  Server& server_;
  Executor executor_;
  std::vector<std::unique_ptr<TcpAcceptor>> acceptors_;
  std::list<Open> connections_;
  SteadyTimer sweep_timer_;
  std::shared_ptr<std::promise<void>> empty_;  // stop() may have given up waiting for it
  bool draining_ = false;
  bool sweeping_ = false;
};

Server::Server(IoThreads& threads, const Pipeline& pipeline, ServerOptions options, Logger& log,
               const Clock& clock)
    : threads_(threads),
      options_(std::move(options)),
      log_(log),
      clock_(clock),
      connection_quota_(options_.max_per_address),
      bodies_(options_.max_bodies_bytes),
      origins_(options_.trusted_proxies, options_.base_path, log),
      dispatcher_(pipeline, options_.connection.closes, log, clock),
      of_connections_{dispatcher_, origins_, options_.connection, bodies_, log, clock} {
  for (std::size_t i = 0; i < threads_.size(); ++i)
    shards_.push_back(std::make_unique<Shard>(*this, threads_.executor(i)));
}
Server::~Server() = default;

void Server::set_tls(std::shared_ptr<net::ssl::context> tls) {
  std::lock_guard lock(tls_mutex_);
  tls_ = std::move(tls);
}

std::shared_ptr<net::ssl::context> Server::tls() {
  std::lock_guard lock(tls_mutex_);
  return tls_;
}

std::optional<Server::ConnectionPermit> Server::connection_permit_for(const net::ip::address& peer) {
  if (options_.trusted_proxies.trusts(peer)) return ConnectionPermit();
  auto answer = connection_quota_.take(peer, clock_.steady());
  if (answer.permit) return std::move(answer.permit);
  if (answer.log_it) {
    log_.warning(
        "Too many connections of one address: more are closed at once, which is logged once a minute",
        {{"client_ip", peer.to_string()}, {"SERVER_MAX_CONNECTIONS_PER_ADDRESS", options_.max_per_address}});
  }
  return std::nullopt;
}

Result<void> try_to_bind(const std::string& address, std::uint16_t port) {
  TRY(const ListenAddress listen_at, listen_address_of(address, port));
  const auto ec = bind_alone(listen_at);
  if (!ec) return {};
  if (ec == net::error::address_in_use) return port_taken(port);
  return Error(ErrorCode::validation,
               "cannot listen on " + host_and_port(address, port) + ": " + ec.message());
}

Result<std::uint16_t> Server::listen(const std::string& address, std::uint16_t port) {
  TRY(ListenAddress listen_at, listen_address_of(address, port));
  if (port != 0 && bind_alone(listen_at) == net::error::address_in_use) return port_taken(port);
  for (auto& shard : shards_) {
    auto bound = shard->listen(listen_at.endpoint, listen_at.dual);
    if (!bound) return bound.error();
    listen_at.endpoint.port(*bound);
  }
  return listen_at.endpoint.port();
}

bool Server::stop(std::chrono::milliseconds drain, std::chrono::milliseconds at_most) {
  std::vector<std::future<void>> empty;
  for (const auto& one : shards_) {
    Shard* shard = one.get();
    const auto promise = std::make_shared<std::promise<void>>();
    empty.push_back(promise->get_future());
    net::post(shard->executor(), [shard, promise] {
      shard->begin_drain();
      shard->when_empty(promise);
    });
  }
  const auto began = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (empty[i].wait_until(began + drain) == std::future_status::ready) continue;
    Shard* shard = shards_[i].get();
    net::post(shard->executor(), [shard] { shard->cut(); });
  }
  bool ended = true;
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    ended &= empty[i].wait_until(began + at_most) == std::future_status::ready;
    std::promise<void> quiet;
    net::post(shards_[i]->executor(), [this, i, &quiet] {
      shards_[i]->stop_sweeping();
      quiet.set_value();
    });
    quiet.get_future().wait();
  }
  return ended;
}

}  // namespace papi::http
