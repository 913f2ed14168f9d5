#pragma once

#include <memory>

#include "platform/http/server.hpp"
#include "tester/caller_rules.hpp"
#include "tester/pass_through.hpp"

namespace papi::tester {

struct TesterOptions {
  std::string listen = "127.0.0.1";
  std::uint16_t port = 3001;
  AllowedHosts hosts;
  UpstreamTarget upstream;
  UpstreamLimits limits;
  http::ServerOptions server;  // its fixed headers are replaced
};

/// The page's server: its files, and `/api/…` passed on to the service, on one origin. It has one thread of
/// its own. All members are called on one other thread.
class Tester {
 public:
  /// `log` and `clock` must outlive it.
  Tester(TesterOptions options, const http::ErrorTable& errors, Logger& log, const Clock& clock);
  ~Tester();
  Tester(const Tester&) = delete;
  Tester& operator=(const Tester&) = delete;

  /// Binds the port and returns it. Fails as http::Server::listen() does.
  Result<std::uint16_t> listen();
  /// New connections use this TLS context from now on.
  void set_tls(std::shared_ptr<net::ssl::context> tls);
  /// Begins to answer. Call it after listen().
  void start();
  /// Ends all connections. Returns false if some are left after `at_most`: then the process must end without
  /// destructors.
  bool stop(std::chrono::milliseconds at_most);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace papi::tester
