#include "platform/http/connection.hpp"

#include <gtest/gtest.h>

#include "platform/base/notifier.hpp"
#include "platform/http/body_stream.hpp"
#include "platform/http/connection_fixture.hpp"

namespace papi::http {
namespace {

using std::chrono::milliseconds;

/// A body that writes "one", then waits until it is told to end.
class QuietStream final : public BodyStream {
 public:
  struct Seen {
    int stopped = 0, withdrawn = 0, client_closed = 0;
    bool over = false;
  };
  QuietStream(Executor executor, Seen& seen) : wake_(executor), seen_(seen) {}
  Task<void> run(BodyWriter& writer) override {
    co_await writer.write("one");
    while (!ending_) co_await wake_.wait();
    seen_.over = true;
  }
  void stop() override {
    ++seen_.stopped;
    end();
  }
  void withdraw() override {
    ++seen_.withdrawn;
    end();
  }
  void client_closed() override {
    ++seen_.client_closed;
    end();
  }

 private:
  void end() {
    ending_ = true;
    wake_.notify();
  }
  Notifier wake_;
  Seen& seen_;
  bool ending_ = false;
};

class RefuseMarked final : public Middleware {
 public:
  std::optional<Error> enter(Exchange& exchange) const override {
    if (exchange.request.header("x-refuse").empty()) return std::nullopt;
    return Error(ErrorCode::insufficient_permissions, "not allowed");
  }
};

struct ConnectionTest : testing::Test, test::OpenConnection {
  ConnectionTest() {
    options.header_time = milliseconds(10'000);
    options.idle_time = milliseconds(75'000);
    options.write_time = milliseconds(30'000);
    options.limits.body_bytes = 100;
    Middlewares list;
    list.push_back(std::make_unique<RefuseMarked>());
    open(routes(), std::move(list));
  }
  ~ConnectionTest() override {
    connection->abort();
    release_slow();
    run();
    EXPECT_TRUE(over);
  }
  void release_slow() {
    released = true;
    slow.notify();
  }

  std::vector<Route> routes() {
    std::vector<Route> all;
    const auto add = [&](Method method, std::string path, auto handler) {
      all.push_back(test::route_to(method, std::move(path), std::move(handler)));
    };
    add(Method::get, "/now",
        DirectHandler([](Exchange&) -> Result<Response> { return Response("\"now\""); }));
    add(Method::get, "/slow", TaskHandler([this](Exchange&) -> Task<Result<Response>> {
          while (!released) co_await slow.wait();
          co_return Response("\"slow\"");
        }));
    add(Method::post, "/echo", DirectHandler([](Exchange& exchange) -> Result<Response> {
          return Response(std::string(exchange.request.body));
        }));
    add(Method::get, "/large", DirectHandler([this](Exchange&) -> Result<Response> {
          Response response;
          response.shared_body = large;
          return response;
        }));
    add(Method::get, "/stream", DirectHandler([this](Exchange&) -> Result<Response> {
          Response response;
          response.stream = std::make_unique<QuietStream>(context.get_executor(), seen);
          return response;
        }));
    add(Method::get, "/fault",
        DirectHandler([](Exchange&) -> Result<Response> { throw std::runtime_error("a bug"); }));
    return all;
  }

  Notifier slow{context.get_executor()};
  bool released = false;
  QuietStream::Seen seen;
  const std::shared_ptr<const std::string> large =
      std::make_shared<const std::string>(std::size_t{4} * 1024 * 1024, 'x');
};

}  // namespace

TEST_F(ConnectionTest, a_request_that_is_not_whole_after_its_time_is_answered_with_408) {
  clock.advance(milliseconds(60'000));  // the idle time before does not count
  EXPECT_EQ(ask("GET /now HTTP/1.1\r\nHo"), "");
  sweep_after(milliseconds(9'999));
  EXPECT_EQ(pair.receive(), "");
  sweep_after(milliseconds(1));
  EXPECT_EQ(test::status_line(pair.receive()), "HTTP/1.1 408 Request Timeout");
}

TEST_F(ConnectionTest, each_further_byte_does_not_lengthen_the_time_of_a_request) {
  EXPECT_EQ(ask("GET /now HTTP/1.1\r\n"), "");
  sweep_after(milliseconds(9'000));
  EXPECT_EQ(ask("Host: x\r\n"), "");
  sweep_after(milliseconds(1'000));
  EXPECT_EQ(test::status_line(pair.receive()), "HTTP/1.1 408 Request Timeout");
}

TEST_F(ConnectionTest, an_idle_connection_is_closed_after_its_time_without_an_answer) {
  EXPECT_EQ(test::status_line(ask("GET /now HTTP/1.1\r\nHost: x\r\n\r\n")), "HTTP/1.1 200 OK");
  sweep_after(milliseconds(74'999));
  EXPECT_FALSE(over);
  sweep_after(milliseconds(1));
  EXPECT_TRUE(over);
  EXPECT_EQ(pair.receive(), "");
}

TEST_F(ConnectionTest, pipelined_requests_are_answered_in_order_and_no_answer_waits_for_a_later_request) {
  const std::string first =
      ask("GET /now HTTP/1.1\r\nHost: x\r\n\r\nGET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
          "GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(test::body_of(first), "\"now\"");
  sweep_after(milliseconds(600'000));  // a handler has no time limit here
  EXPECT_EQ(pair.receive(), "");
  release_slow();
  run();
  const std::string rest = pair.receive();
  const auto second = rest.find("\"slow\""), third = rest.find("\"now\"");
  ASSERT_NE(second, std::string::npos);
  ASSERT_NE(third, std::string::npos);
  EXPECT_LT(second, third);
}

TEST_F(ConnectionTest, a_client_that_waits_for_100_continue_gets_it_before_its_body_is_read) {
  EXPECT_EQ(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"),
            "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(ask("12"), "");
  EXPECT_EQ(test::body_of(ask("345")), "12345");
}

TEST_F(ConnectionTest, a_refused_request_is_answered_without_100_continue_and_its_body_is_not_read) {
  const std::string answer = ask(
      "POST /echo HTTP/1.1\r\nHost: x\r\nX-Refuse: 1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(test::status_line(answer), "HTTP/1.1 403 Forbidden");
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(answer.find("100 Continue"), std::string::npos);
}

TEST_F(ConnectionTest, a_client_that_takes_nothing_of_an_answer_is_cut_off_after_its_time) {
  pair.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  run();
  sweep_after(milliseconds(29'999));
  EXPECT_FALSE(over);
  sweep_after(milliseconds(1));
  EXPECT_TRUE(over);
}

TEST_F(ConnectionTest, a_body_of_the_limit_is_taken_and_one_byte_more_is_413) {
  const std::string most(100, 'b');
  EXPECT_EQ(test::body_of(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n" + most)), most);
  EXPECT_EQ(test::body_of(ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" +
                              most + "\r\n0\r\n\r\n")),
            most);
  EXPECT_EQ(
      test::status_line(ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" +
                            most + "\r\n1\r\nb\r\n0\r\n\r\n")),
      "HTTP/1.1 413 Content Too Large");
}

TEST_F(ConnectionTest, a_declared_body_over_the_limit_is_413_before_it_is_sent) {
  EXPECT_EQ(test::status_line(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n")),
            "HTTP/1.1 413 Content Too Large");
}

TEST_F(ConnectionTest, the_share_of_a_body_is_given_back_when_its_request_is_answered) {
  EXPECT_EQ(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n123"), "");
  EXPECT_EQ(bodies.held(), 3u);
  EXPECT_EQ(test::body_of(ask("45")), "12345");
  EXPECT_EQ(bodies.held(), 0u);
}

TEST_F(ConnectionTest, a_peer_that_half_closes_gets_its_answer_and_then_the_end) {
  pair.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  pair.half_close();
  run();
  release_slow();
  run();
  EXPECT_EQ(test::body_of(pair.receive()), "\"slow\"");
  EXPECT_TRUE(over);
}

TEST_F(ConnectionTest, the_rest_is_answered_after_an_exception_of_a_handler) {
  EXPECT_EQ(test::status_line(ask("GET /fault HTTP/1.1\r\nHost: x\r\n\r\n")),
            "HTTP/1.1 500 Internal Server Error");
  EXPECT_EQ(test::status_line(ask("GET /now HTTP/1.1\r\nHost: x\r\n\r\n")), "HTTP/1.1 200 OK");
}

TEST_F(ConnectionTest, a_stream_goes_on_until_the_client_leaves) {
  EXPECT_EQ(test::body_of(ask("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")), "3\r\none\r\n");
  sweep_after(milliseconds(600'000));  // a quiet stream has no time limit
  EXPECT_FALSE(seen.over);
  pair.close();
  run();
  EXPECT_TRUE(seen.over);
  EXPECT_EQ(seen.client_closed, 1);
  EXPECT_TRUE(over);
}

TEST_F(ConnectionTest, a_stream_whose_client_sends_no_more_ends_whole) {
  EXPECT_EQ(test::body_of(ask("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")), "3\r\none\r\n");
  pair.half_close();
  run();
  EXPECT_EQ(pair.receive(), "0\r\n\r\n");
  EXPECT_TRUE(over);
}

TEST_F(ConnectionTest, the_next_request_waits_for_the_end_of_a_stream) {
  EXPECT_EQ(test::body_of(ask("GET /stream HTTP/1.1\r\nHost: x\r\n\r\nGET /now HTTP/1.1\r\nHost: x\r\n\r\n")),
            "3\r\none\r\n");
  connection->drain();
  run();
  EXPECT_EQ(seen.stopped, 1);
  const std::string rest = pair.receive();
  EXPECT_TRUE(rest.starts_with("0\r\n\r\nHTTP/1.1 200 OK\r\n")) << rest;
  EXPECT_NE(rest.find("Connection: close\r\n"), std::string::npos);
}

TEST_F(ConnectionTest, an_idle_connection_ends_at_once_when_the_server_stops) {
  connection->drain();
  run();
  EXPECT_TRUE(over);
}

TEST_F(ConnectionTest, a_request_is_finished_when_the_server_stops) {
  EXPECT_EQ(ask("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"), "");
  connection->drain();
  run();
  EXPECT_FALSE(over);
  release_slow();
  run();
  const std::string answer = pair.receive();
  EXPECT_EQ(test::body_of(answer), "\"slow\"");
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(over);
}

}  // namespace papi::http
