#pragma once

#include <gtest/gtest.h>

#include "platform/http/connection.hpp"
#include "platform/net/socket_pair.hpp"

namespace papi::test {

/// One connection over a socket pair, for tests. Time stands still until a test advances it.
class OpenConnection {
 public:
  using Middlewares = std::vector<std::unique_ptr<http::Middleware>>;

  /// `routes` and `middlewares` may use context().
  void open(std::vector<http::Route> routes, Middlewares middlewares) {
    pipeline_.emplace(http::RouteTable(std::move(routes)), std::move(middlewares));
    dispatcher_.emplace(*pipeline_, options.closes, log_, clock);
    deps_.emplace(http::ConnectionDependencies{*dispatcher_, origins_, options, bodies, log_, clock});
    connection.emplace(*deps_, std::move(pair.server), net::ip::make_address("192.0.2.1"));
    net::co_spawn(context, connection->run(nullptr), [this](std::exception_ptr) { over = true; });
    run();
  }
  void run() { run_ready(context); }
  /// Sends `bytes` and returns what the server answers without more.
  std::string ask(std::string_view bytes) {
    pair.send(bytes);
    run();
    return pair.receive();
  }
  void sweep_after(std::chrono::milliseconds time) {
    clock.advance(time);
    connection->sweep(clock.steady());
    run();
  }

  ManualClock clock;
  net::io_context context;
  SocketPair pair{context.get_executor()};
  http::ConnectionOptions options;
  http::BodyBudget bodies{1'000};
  std::optional<http::Connection> connection;
  bool over = false;  // run() has returned

 private:
  static LogOptions quiet() {
    LogOptions log;
    log.level = LogLevel::critical;
    return log;
  }
  Logger log_{quiet(), clock};
  const http::OriginResolver origins_{http::TrustedProxies(), "", log_};
  std::optional<http::Pipeline> pipeline_;
  std::optional<http::Dispatcher> dispatcher_;
  std::optional<http::ConnectionDependencies> deps_;
};

inline http::Route route_to(http::Method method, std::string path,
                            std::variant<http::DirectHandler, http::TaskHandler> handler) {
  http::Route route;
  route.method = method;
  route.path = std::move(path);
  route.handler = std::move(handler);
  return route;
}

inline std::string status_line(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }
inline std::string body_of(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

}  // namespace papi::test
