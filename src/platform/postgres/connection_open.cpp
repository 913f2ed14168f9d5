#include <boost/asio/ip/tcp.hpp>

#include "platform/net/ip_address.hpp"
#include "platform/net/transport.hpp"
#include "platform/postgres/connect_fault.hpp"
#include "platform/postgres/connection_operation.hpp"

// How a Connection comes to be: names, addresses, TLS and login.

namespace papi::postgres {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t max_addresses = 8;  // of one name

}  // namespace

/// Makes a look-up known to close().
class Connection::Resolving {
 public:
  Resolving(Notifier*& place, Notifier& notifier) : place_(place) { place_ = &notifier; }
  ~Resolving() { place_ = nullptr; }
  Resolving(const Resolving&) = delete;
  Resolving& operator=(const Resolving&) = delete;

 private:
  Notifier*& place_;
};

milliseconds Connection::connect_timeout(const Target& target) const {
  return target.connect_timeout.count() > 0 ? milliseconds(target.connect_timeout) : options_.connect_timeout;
}

Task<Reply<void>> Connection::connect(const Target& target) {
  std::optional<DatabaseFault> failed;
  for (const Host& host : target.hosts) {
    auto addresses = co_await resolve(host, steady_clock::now() + connect_timeout(target));
    if (!addresses) {
      failed = std::move(addresses).error();
      continue;
    }
    for (const std::string& address : *addresses) {
      auto connected = co_await connect_to(target, host, address);
      if (connected) co_return connected;
      if (closed_) co_return connected;
      // An operator can help with a refusal; that another host is not there says less.
      const bool says_more = !failed || failed->kind != FaultKind::configuration;
      if (says_more) failed = std::move(connected).error();
    }
  }
  co_return *std::move(failed);
}

Task<Reply<std::vector<std::string>>> Connection::resolve(const Host& host, Deadline deadline) {
  std::vector<std::string> addresses;
  if (host.is_socket_folder() || parse_ip_address(host.name)) {
    addresses.push_back(host.name);
    co_return addresses;
  }
  // getaddrinfo() cannot be interrupted: at the deadline it is left behind, with a state of its own.
  struct Lookup {
    explicit Lookup(Executor executor) : resolver(executor), answered(executor) {}
    TcpResolver resolver;
    Notifier answered;
    bool done = false;
    boost::system::error_code failed;
    TcpResolver::results_type results;
  };
  const auto lookup = std::make_shared<Lookup>(executor_);
  lookup->resolver.async_resolve(
      host.name, std::to_string(host.port),
      [lookup](boost::system::error_code failed, TcpResolver::results_type results) {
        lookup->failed = failed;
        lookup->results = std::move(results);
        lookup->done = true;
        lookup->answered.notify();
      });
  {
    const Resolving resolving(resolving_, lookup->answered);
    while (!lookup->done && !closed_ && steady_clock::now() < deadline)
      co_await lookup->answered.wait_for(deadline - steady_clock::now());
  }
  if (closed_) co_return DatabaseFault(FaultKind::away, "the connection was closed");
  const std::string named = "host '" + host.name + "' of DATABASE_URL ";
  if (!lookup->done)
    co_return DatabaseFault(FaultKind::away, named + "was not resolved in time; check the name server");
  if (lookup->failed) {
    co_return DatabaseFault(FaultKind::away, named + "cannot be resolved (" + lookup->failed.message() +
                                                 "); correct the name, or the name server");
  }
  for (const auto& result : lookup->results) {
    if (addresses.size() < max_addresses) addresses.push_back(result.endpoint().address().to_string());
  }
  if (addresses.empty()) co_return DatabaseFault(FaultKind::away, named + "has no address");
  co_return addresses;
}

Task<Reply<void>> Connection::connect_to(const Target& target, const Host& host, const std::string& address) {
  if (closed_) co_return DatabaseFault(FaultKind::away, "the connection was closed");
  auto settings = target.keywords();
  settings.emplace_back("host", host.name);
  // With an address libpq resolves no name; the name is what the certificate is checked against.
  settings.emplace_back("hostaddr", host.is_socket_folder() ? "" : address);
  settings.emplace_back("port", std::to_string(host.port));
  settings.emplace_back("password", target.password.reveal());
  settings.emplace_back("application_name", target.application_name.empty() ? options_.application_name
                                                                            : target.application_name);
  settings.emplace_back("tcp_user_timeout", std::to_string(options_.tcp_user_timeout.count()));
  settings.emplace_back("keepalives", "1");
  settings.emplace_back("keepalives_idle", "10");
  settings.emplace_back("keepalives_interval", "5");
  settings.emplace_back("keepalives_count", "3");
  std::vector<const char*> names, values;
  for (const auto& [name, value] : settings) {
    names.push_back(name);
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);

  connection_.reset(PQconnectStartParams(names.data(), values.data(), 0));
  if (!connection_) co_return DatabaseFault(FaultKind::away, "libpq has no memory for a connection");
  PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);  // with the SQLSTATE, see connect_fault()
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);  // else on standard error

  std::optional<DatabaseFault> failed;
  {
    Operation operation(*this, steady_clock::now() + connect_timeout(target));
    auto connected = co_await poll_until_connected(target, host);
    if (connected) {
      PQsetErrorVerbosity(connection_.get(), PQERRORS_DEFAULT);
      PQsetnonblocking(connection_.get(), 1);
      opened_at_ = steady_clock::now();
      operation.done();
      co_return connected;
    }
    failed = std::move(connected).error();
    if (closed_) co_return *std::move(failed);
    operation.done();  // the next address is tried with the same object
  }
  wait_.release();
  connection_.reset();
  co_return *std::move(failed);
}

Task<Reply<void>> Connection::poll_until_connected(const Target& target, const Host& host) {
  PostgresPollingStatusType wanted =
      PQstatus(connection_.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (wanted != PGRES_POLLING_OK) {
    if (wanted == PGRES_POLLING_FAILED)
      co_return connect_fault(target, host, PQerrorMessage(connection_.get()));
    // After each poll the socket may be another one, also under the same number.
    wait_.assign(PQsocket(connection_.get()));
    auto ready = SocketWait::Ready::yes;
    if (wanted == PGRES_POLLING_READING) {
      ready = co_await wait_.readable();
    } else {
      ready = co_await wait_.writable();
    }
    if (ready == SocketWait::Ready::late) {
      co_return DatabaseFault(FaultKind::away, "PostgreSQL at " + host.shown() +
                                                   ": no answer in time; start the server, or correct host "
                                                   "and port in DATABASE_URL");
    }
    if (ready == SocketWait::Ready::closed)
      co_return DatabaseFault(FaultKind::away, "the connection was closed");
    wait_.release();
    wanted = PQconnectPoll(connection_.get());
  }
  wait_.assign(PQsocket(connection_.get()));
  co_return Reply<void>();
}

}  // namespace papi::postgres
