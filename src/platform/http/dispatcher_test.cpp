#include "platform/http/dispatcher.hpp"

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>

namespace papi::http {
namespace {

class ThrowOnEnter final : public Middleware {
 public:
  std::optional<Error> enter(Exchange&) const override { throw std::runtime_error("a bug in a middleware"); }
};

struct DispatcherTest : testing::Test {
  static LogOptions quiet() {
    LogOptions options;
    options.level = LogLevel::critical;
    return options;
  }
  static RouteTable routes() {
    std::vector<Route> all(4);
    all[0].path = "/throws";
    all[0].handler =
        DirectHandler([](Exchange&) -> Result<Response> { throw std::runtime_error("secret of a bug"); });
    all[1].path = "/socket";
    all[1].websocket = true;
    all[1].handler = DirectHandler([](Exchange&) -> Result<Response> { return Response("{}"); });
    all[2].path = "/task/throws";
    all[2].handler = TaskHandler([](Exchange&) -> Task<Result<Response>> {
      throw std::runtime_error("secret of a bug");
      co_return Response();
    });
    all[3].path = "/task/fails";
    all[3].handler = TaskHandler(
        [](Exchange&) -> Task<Result<Response>> { co_return Error(ErrorCode::conflict, "it is taken"); });
    return RouteTable(std::move(all));
  }
  void ask(std::string_view path, std::vector<Header> headers = {}) {
    request.method = Method::get;
    request.path = path;
    request.target = path;
    request.authority = "x";
    request.headers = std::move(headers);
    exchange.emplace(request, context.get_executor());
  }

  ManualClock clock;
  const CloseReasons closes;
  Logger log{quiet(), clock};
  net::io_context context;
  Request request;
  std::optional<Exchange> exchange;
};

const std::vector<Header> handshake_headers = {{"Host", "x"},
                                               {"Connection", "Upgrade"},
                                               {"Upgrade", "websocket"},
                                               {"Sec-WebSocket-Version", "13"},
                                               {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};

}  // namespace

TEST_F(DispatcherTest, an_exception_of_a_handler_is_a_500_that_does_not_tell_the_reason) {
  const Pipeline pipeline(routes(), {});
  const Dispatcher dispatcher(pipeline, closes, log, clock);
  ask("/throws");
  EXPECT_FALSE(dispatcher.enter(*exchange).refusal);
  const auto response = dispatcher.handle_at_once(*exchange);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 500u);
  EXPECT_EQ(response->body.find("secret"), std::string::npos);
}

TEST_F(DispatcherTest, a_handler_that_waits_and_throws_or_fails_is_answered_likewise) {
  const Pipeline pipeline(routes(), {});
  const Dispatcher dispatcher(pipeline, closes, log, clock);
  const auto answer = [&](std::string_view path) {
    ask(path);
    EXPECT_FALSE(dispatcher.enter(*exchange).refusal);
    auto response = net::co_spawn(context, dispatcher.handle(*exchange), net::use_future);
    context.restart();
    context.run();
    return response.get();
  };
  const Response thrown = answer("/task/throws");
  EXPECT_EQ(thrown.status, 500u);
  EXPECT_EQ(thrown.body.find("secret"), std::string::npos);
  const Response failed = answer("/task/fails");
  EXPECT_EQ(failed.status, 409u);
  EXPECT_NE(failed.body.find("it is taken"), std::string::npos);
}

TEST_F(DispatcherTest, an_exception_of_a_middleware_refuses_the_request) {
  std::vector<std::unique_ptr<Middleware>> list;
  list.push_back(std::make_unique<ThrowOnEnter>());
  const Pipeline pipeline(routes(), std::move(list));
  const Dispatcher dispatcher(pipeline, closes, log, clock);
  ask("/throws");
  const auto error = dispatcher.enter(*exchange).refusal;
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::internal);
}

TEST_F(DispatcherTest, a_refused_handshake_is_an_upgrade_and_a_malformed_one_an_answer) {
  const Pipeline pipeline(routes(), {});
  const Dispatcher dispatcher(pipeline, closes, log, clock);
  const Error error(ErrorCode::not_found, "no such session");
  ask("/socket", handshake_headers);
  EXPECT_FALSE(dispatcher.enter(*exchange).refusal);
  Response refused = dispatcher.refuse(*exchange, error);
  dispatcher.leave(*exchange, refused);
  EXPECT_TRUE(refused.upgrade);
  EXPECT_EQ(refused.status, 404u) << "for the access log";

  ask("/socket", {{"Host", "x"}});
  EXPECT_FALSE(dispatcher.enter(*exchange).refusal);
  Response plain = dispatcher.refuse(*exchange, error);
  EXPECT_FALSE(plain.upgrade);
  EXPECT_EQ(plain.status, 404u);
}

}  // namespace papi::http
