#include "platform/http/server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <future>

#include "platform/base/promise.hpp"
#include "platform/http/connection_fixture.hpp"

namespace papi::http {
namespace {

using namespace std::chrono_literals;

/// A server with one request in progress, whose handler waits until the test lets it go on.
struct ServerStopTest : testing::Test {
  ServerStopTest() {
    const auto port = server.listen("127.0.0.1", 0);
    EXPECT_TRUE(port);
    threads.start();
    client.connect({net::ip::make_address("127.0.0.1"), port ? *port : std::uint16_t{0}});
    net::write(client, net::buffer(std::string("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")));
    EXPECT_EQ(began.get_future().wait_for(10s), std::future_status::ready);
  }
  ~ServerStopTest() override { threads.stop(); }

  std::vector<Route> routes() {
    std::vector<Route> routes;
    const TaskHandler slow = [this](Exchange&) -> Task<Result<Response>> {
      began.set_value();
      const bool done = co_await go_on.get();
      co_return Response(done ? "done" : "");
    };
    routes.push_back(test::route_to(Method::get, "/slow", slow));
    return routes;
  }

  SystemClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  IoThreads threads{1};
  std::promise<void> began;
  const Promise<bool> go_on{threads.executor(0)};
  const Pipeline pipeline{RouteTable(routes()), {}};
  Server server{threads, pipeline, ServerOptions(), log, clock};
  net::io_context context;
  net::ip::tcp::socket client{context};
};

}  // namespace

TEST_F(ServerStopTest, a_stop_lets_a_request_finish) {
  auto stopped = std::async(std::launch::async, [this] { return server.stop(10s, 20s); });
  go_on.set(true);
  EXPECT_TRUE(stopped.get());
  std::string answer;
  boost::system::error_code ec;
  net::read(client, net::dynamic_buffer(answer), ec);  // to the end of the connection
  EXPECT_EQ(test::status_line(answer), "HTTP/1.1 200 OK");
  EXPECT_EQ(test::body_of(answer), "done");
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(ServerStopTest, a_stop_leaves_a_request_whose_handler_waits_for_what_does_not_come) {
  EXPECT_FALSE(server.stop(10ms, 50ms));
  EXPECT_EQ(server.connections(), 1U);
  go_on.set(true);
  EXPECT_TRUE(server.stop(10s, 20s)) << "the handler has ended";
  EXPECT_EQ(server.connections(), 0U);
}

}  // namespace papi::http
