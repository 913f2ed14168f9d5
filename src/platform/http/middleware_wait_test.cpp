// Middlewares that wait, from the pipeline to the connection.

#include "platform/http/middleware_wait.hpp"

#include <gtest/gtest.h>

#include "platform/http/connection_fixture.hpp"

namespace papi::http {
namespace {

using std::chrono::milliseconds;

using Steps = std::vector<std::string>;

class Note final : public Middleware {
 public:
  Note(std::string name, Steps& steps) : name_(std::move(name)), steps_(steps) {}
  std::optional<Error> enter(Exchange&) const override {
    steps_.push_back("enter " + name_);
    return std::nullopt;
  }
  void leave(Exchange&, Response& response) const override {
    steps_.push_back("leave " + name_ + " " + std::to_string(response.status));
  }

 private:
  const std::string name_;
  Steps& steps_;
};

/// What WaitForTest does and has seen.
struct Gate {
  explicit Gate(Executor executor) : changed(executor) {}
  Notifier changed;
  std::optional<Error> refusal;
  bool open = false, fails = false, ignores_cancellation = false;
  int waiting = 0, cancelled = 0;
};

/// Waits until the test opens the gate. A request with X-Direct need not wait.
class WaitForTest final : public WaitingMiddleware {
 public:
  WaitForTest(Gate& gate, Steps& steps) : gate_(gate), steps_(steps) {}
  bool must_wait(const Exchange& exchange) const override {
    return exchange.request.header("x-direct").empty();
  }
  Task<std::optional<Error>> wait(Exchange& exchange) const override {
    if (gate_.ignores_cancellation) co_await net::this_coro::throw_if_cancelled(false);
    steps_.push_back("wait");
    ++gate_.waiting;
    while (!gate_.open) {
      co_await gate_.changed.wait();
      const auto state = co_await net::this_coro::cancellation_state;
      if (gate_.ignores_cancellation || state.cancelled() == net::cancellation_type::none) continue;
      ++gate_.cancelled;
      break;
    }
    --gate_.waiting;
    steps_.push_back("waited for " + std::string(exchange.request.path));  // the request must still be there
    if (gate_.fails) throw std::runtime_error("a bug");
    co_return gate_.refusal;
  }

 private:
  Gate& gate_;
  Steps& steps_;
};

struct WaitingTest : testing::Test, test::OpenConnection {
  WaitingTest() {
    options.middleware_time = milliseconds(5'000);
    options.header_time = milliseconds(10'000);
    std::vector<Route> routes;
    routes.push_back(test::route_to(Method::get, "/x", DirectHandler([this](Exchange&) -> Result<Response> {
                                      steps.push_back("handler");
                                      return Response("{}");
                                    })));
    routes.push_back(
        test::route_to(Method::post, "/x", DirectHandler([](Exchange& exchange) -> Result<Response> {
                         return Response(std::string(exchange.request.body));
                       })));
    Middlewares list;
    list.push_back(std::make_unique<Note>("first", steps));
    list.push_back(std::make_unique<WaitForTest>(gate, steps));
    list.push_back(std::make_unique<Note>("last", steps));
    open(std::move(routes), std::move(list));
  }
  ~WaitingTest() override {
    connection->abort();
    open_gate();
    EXPECT_TRUE(over);
    EXPECT_EQ(gate.waiting, 0);
  }
  void open_gate() {
    gate.open = true;
    gate.changed.notify();
    run();
  }

  Gate gate{context.get_executor()};
  Steps steps;
};

constexpr std::string_view request_that_waits = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view direct_request = "GET /x HTTP/1.1\r\nHost: x\r\nX-Direct: 1\r\n\r\n";

}  // namespace

TEST_F(WaitingTest, the_order_of_the_list_holds_with_a_middleware_that_waits) {
  EXPECT_EQ(ask(request_that_waits), "");
  EXPECT_EQ(steps, (Steps{"enter first", "wait"}));
  open_gate();
  EXPECT_EQ(test::status_line(pair.receive()), "HTTP/1.1 200 OK");
  EXPECT_EQ(steps, (Steps{"enter first", "wait", "waited for /x", "enter last", "handler", "leave last 200",
                          "leave first 200"}));
}

TEST_F(WaitingTest, a_request_that_need_not_wait_is_answered_at_once) {
  EXPECT_EQ(test::status_line(ask(direct_request)), "HTTP/1.1 200 OK");
  EXPECT_EQ(steps, (Steps{"enter first", "enter last", "handler", "leave last 200", "leave first 200"}));
}

TEST_F(WaitingTest, an_error_after_the_wait_refuses_the_request) {
  gate.refusal = Error(ErrorCode::rate_limited, "too many");
  EXPECT_EQ(ask(request_that_waits), "");
  open_gate();
  EXPECT_EQ(test::status_line(pair.receive()), "HTTP/1.1 429 Too Many Requests");
  EXPECT_EQ(steps, (Steps{"enter first", "wait", "waited for /x", "leave last 429", "leave first 429"}));
}

TEST_F(WaitingTest, an_exception_in_the_wait_is_a_500) {
  gate.fails = true;
  EXPECT_EQ(ask(request_that_waits), "");
  open_gate();
  EXPECT_EQ(test::status_line(pair.receive()), "HTTP/1.1 500 Internal Server Error");
  EXPECT_EQ(steps.back(), "leave first 500");
}

TEST_F(WaitingTest, a_wait_has_an_end_and_the_request_is_refused) {
  EXPECT_EQ(ask(request_that_waits), "");
  sweep_after(milliseconds(4'999));
  EXPECT_EQ(pair.receive(), "");
  sweep_after(milliseconds(1));
  const std::string answer = pair.receive();
  EXPECT_EQ(test::status_line(answer), "HTTP/1.1 503 Service Unavailable");
  EXPECT_NE(answer.find("could not be checked in time"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(gate.cancelled, 1);
  EXPECT_TRUE(over);
  EXPECT_EQ(std::count(steps.begin(), steps.end(), "handler"), 0);
}

TEST_F(WaitingTest, a_middleware_that_does_not_end_keeps_the_request_but_not_the_client) {
  gate.ignores_cancellation = true;
  EXPECT_EQ(ask(request_that_waits), "");
  sweep_after(milliseconds(5'000));
  EXPECT_EQ(test::status_line(pair.receive()), "HTTP/1.1 503 Service Unavailable");
  EXPECT_FALSE(over) << "the middleware still uses the request";
  open_gate();
  EXPECT_TRUE(over);
  EXPECT_EQ(steps.back(), "waited for /x");
}

TEST_F(WaitingTest, the_answers_before_do_not_wait) {
  const std::string answers =
      ask(std::string(direct_request) + std::string(request_that_waits) + std::string(direct_request));
  EXPECT_EQ(test::body_of(answers), "{}");
  open_gate();
  const std::string rest = pair.receive();
  EXPECT_EQ(rest.find("HTTP/1.1 200 OK"), 0u);
  EXPECT_NE(rest.find("HTTP/1.1 200 OK", 1), std::string::npos) << "the request behind it is answered too";
}

TEST_F(WaitingTest, a_client_that_goes_away_while_its_request_waits_ends_the_connection_after_the_wait) {
  EXPECT_EQ(ask(request_that_waits), "");
  pair.close();
  run();
  EXPECT_FALSE(over);
  EXPECT_EQ(gate.cancelled, 0) << "a client that half-closes still gets its answer";
  open_gate();
  EXPECT_TRUE(over);
  EXPECT_EQ(std::count(steps.begin(), steps.end(), "leave first 200"), 1);
}

TEST_F(WaitingTest, a_client_that_half_closes_while_its_request_waits_gets_its_answer) {
  EXPECT_EQ(ask(request_that_waits), "");
  pair.half_close();
  run();
  open_gate();
  EXPECT_EQ(test::status_line(pair.receive()), "HTTP/1.1 200 OK");
  EXPECT_TRUE(over);
}

TEST_F(WaitingTest, a_request_that_waits_is_finished_when_the_server_stops) {
  EXPECT_EQ(ask(request_that_waits), "");
  connection->drain();
  run();
  EXPECT_FALSE(over);
  open_gate();
  const std::string answer = pair.receive();
  EXPECT_EQ(test::status_line(answer), "HTTP/1.1 200 OK");
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(over);
}

TEST_F(WaitingTest, a_request_that_waits_is_cut_off_at_the_end_of_the_stop) {
  EXPECT_EQ(ask(request_that_waits), "");
  connection->drain();
  connection->abort();
  run();
  EXPECT_EQ(gate.cancelled, 1);
  EXPECT_TRUE(over);
  EXPECT_EQ(std::count(steps.begin(), steps.end(), "leave first 503"), 1);
}

TEST_F(WaitingTest, the_body_is_read_after_the_wait_and_the_wait_does_not_shorten_its_time) {
  EXPECT_EQ(ask("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"), "");
  sweep_after(milliseconds(4'999));
  open_gate();
  EXPECT_EQ(pair.receive(), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(ask("12"), "");
  sweep_after(milliseconds(9'999));
  EXPECT_EQ(test::body_of(ask("34")), "1234");
}

TEST_F(WaitingTest, a_request_with_a_body_whose_wait_is_given_up_is_refused_before_its_body) {
  EXPECT_EQ(ask("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"), "");
  sweep_after(milliseconds(5'000));
  EXPECT_EQ(test::status_line(pair.receive()), "HTTP/1.1 503 Service Unavailable");
  EXPECT_EQ(gate.cancelled, 1);
}

}  // namespace papi::http
