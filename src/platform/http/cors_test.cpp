#include "platform/http/cors.hpp"

#include <gtest/gtest.h>

#include "platform/http/route_table.hpp"

namespace papi::http {
namespace {

TEST(Cors, a_websocket_of_a_foreign_page_is_refused_and_ours_and_programs_are_not) {
  net::io_context context;
  const Cors cors(*AllowedOrigins::parse("https://quiz.example"));
  Route route;
  route.websocket = true;
  const auto refused = [&](std::vector<Header> headers, bool tls = true) {
    Request request;
    request.headers = std::move(headers);
    request.authority = request.header("host");
    request.secure = tls;
    Exchange exchange(request, context.get_executor());
    exchange.route = &route;
    return cors.enter(exchange).has_value();
  };
  EXPECT_TRUE(refused({{"Host", "api.example"}, {"Origin", "https://evil.example"}}));
  EXPECT_TRUE(refused({{"Host", "api.example"}, {"Origin", "null"}}));
  EXPECT_FALSE(refused({{"Host", "api.example"}, {"Origin", "https://quiz.example"}}));
  EXPECT_FALSE(refused({{"Host", "api.example"}, {"Origin", "https://api.example"}}));
  EXPECT_FALSE(refused({{"Host", "api.example:443"}, {"Origin", "https://api.example"}}));
  EXPECT_TRUE(refused({{"Host", "api.example"}, {"Origin", "https://api.example"}}, false));
  EXPECT_TRUE(refused({{"Host", "api.example"}, {"Origin", "https://api.example:8443"}}));
  EXPECT_FALSE(refused({{"Host", "api.example"}}));
  EXPECT_TRUE(refused(
      {{"Host", "api.example"}, {"Origin", "https://api.example"}, {"Origin", "https://evil.example"}}))
      << "two origins are none";
}

TEST(Cors, a_preflight_is_answered_for_every_path_that_exists) {
  net::io_context context;
  std::vector<Route> routes;
  routes.push_back({Method::post, "/connect", Permission::connect, "",
                    DirectHandler([](Exchange&) -> Result<Response> { return Response("{}"); })});
  std::vector<std::unique_ptr<Middleware>> list;
  list.push_back(std::make_unique<Cors>(*AllowedOrigins::parse("https://quiz.example")));
  const Pipeline pipeline(RouteTable(std::move(routes)), std::move(list));
  Request request;
  request.method = Method::options;
  request.path = "/connect";
  request.headers = {{"Origin", "https://quiz.example"}, {"Access-Control-Request-Method", "POST"}};
  Exchange exchange(request, context.get_executor());
  ASSERT_FALSE(pipeline.enter(exchange));
  Response response = *std::get<DirectHandler>(exchange.route->handler)(exchange);
  pipeline.leave(exchange, response);
  EXPECT_EQ(response.status, 204u);
  const auto header = [&](std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return std::string();
  };
  EXPECT_EQ(header("Access-Control-Allow-Origin"), "https://quiz.example");
  EXPECT_EQ(header("Access-Control-Allow-Methods"), "POST, OPTIONS");
  EXPECT_EQ(header("Access-Control-Allow-Headers"),
            "Authorization, Cache-Control, Content-Type, If-None-Match, Last-Event-ID, X-API-Key, "
            "X-Correlation-ID");
  request.path = "/nowhere";
  Exchange nowhere(request, context.get_executor());
  EXPECT_TRUE(pipeline.enter(nowhere));
}

}  // namespace
}  // namespace papi::http
