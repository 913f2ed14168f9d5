#include "platform/http/cors.hpp"

#include <gtest/gtest.h>

#include "platform/http/route_table.hpp"

namespace papi::http {
namespace {

TEST(Cors, a_websocket_of_a_foreign_page_is_refused_and_ours_and_programs_are_not) {
  net::io_context context;
  const Cors cors(*AllowedOrigins::parse("https://quiz.example"), "");
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

TEST(Cors, an_answer_that_was_asked_for_without_an_origin_is_cached_for_no_page_that_has_one) {
  net::io_context context;
  for (const std::string_view list : {"*", "https://quiz.example"}) {
    const Cors cors(*AllowedOrigins::parse(list), "");
    for (const bool sent : {false, true}) {
      Request request;
      if (sent) request.headers = {{"Origin", "https://quiz.example"}};
      Exchange exchange(request, context.get_executor());
      Response response;
      cors.leave(exchange, response);
      std::string vary, allowed;
      for (const auto& [name, value] : response.headers) {
        if (name == "Vary") vary = value;
        if (name == "Access-Control-Allow-Origin") allowed = value;
      }
      EXPECT_EQ(vary, "Origin") << list << sent;
      EXPECT_EQ(allowed, sent ? list : "") << list << sent;
    }
  }
}

TEST(Cors, a_preflight_is_answered_for_every_path_that_exists) {
  net::io_context context;
  std::vector<Route> routes;
  routes.push_back({.method = Method::post,
                    .path = "/connect",
                    .permission = Permission::authenticated,
                    .summary = "",
                    .handler = DirectHandler([](Exchange&) -> Result<Response> { return Response("{}"); })});
  std::vector<std::unique_ptr<Middleware>> list;
  list.push_back(std::make_unique<Cors>(*AllowedOrigins::parse("https://quiz.example"), ""));
  const Pipeline pipeline(RouteTable(std::move(routes)), std::move(list));
  Request request;
  request.method = Method::options;
  request.path = "/connect";
  request.headers = {{"Origin", "https://quiz.example"}, {"Access-Control-Request-Method", "POST"}};
  Exchange exchange(request, context.get_executor());
  ASSERT_FALSE(pipeline.enter(exchange).refusal);
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
  EXPECT_TRUE(pipeline.enter(nowhere).refusal);
}

}  // namespace
TEST(Cors, pages_may_read_the_headers_of_any_server_and_then_those_of_the_product) {
  for (const auto& [of_product, last] :
       {std::pair("", "X-RateLimit-Reset"), std::pair("X-One, X-Two", "X-RateLimit-Reset, X-One, X-Two")}) {
    const Cors cors(*AllowedOrigins::parse("*"), of_product);
    net::io_context context;
    Request request;
    request.headers = {{"Origin", "https://a.example"}};
    Exchange exchange(request, context.get_executor());
    Response response;
    cors.leave(exchange, response);
    EXPECT_EQ(response.headers.back().first, "Access-Control-Expose-Headers");
    EXPECT_TRUE(response.headers.back().second.ends_with(last)) << response.headers.back().second;
  }
}

}  // namespace papi::http
