#include "platform/http/route_table.hpp"

#include <gtest/gtest.h>

#include "platform/http/errors.hpp"
#include "platform/http/json_body.hpp"

namespace papi::http {
namespace {

Route route(Method method, std::string path) {
  Route r;
  r.method = method;
  r.path = std::move(path);
  r.handler = DirectHandler([](Exchange&) -> Result<Response> { return Response("{}"); });
  return r;
}

RouteTable table() {
  std::vector<Route> routes;
  routes.push_back(route(Method::get, "/sessions"));
  routes.push_back(route(Method::post, "/sessions"));
  routes.push_back(route(Method::get, "/sessions/{id}"));
  routes.push_back(route(Method::del, "/sessions/{id}"));
  routes.push_back(route(Method::get, "/@{name}/live"));
  return RouteTable(std::move(routes));
}

Request body_of(std::string_view text) {
  Request request;
  request.body = text;
  return request;
}

}  // namespace

TEST(RouteTable, matches_fixed_paths_parameters_and_prefixed_parameters) {
  const RouteTable routes = table();
  EXPECT_EQ(routes.match(Method::get, "/sessions").route->endpoint, "GET /sessions");
  const auto one = routes.match(Method::get, "/sessions/a%20b");
  ASSERT_TRUE(one.route);
  EXPECT_EQ(one.params.values[0], "a b");
  EXPECT_EQ(one.route->endpoint, "GET /sessions/*");
  EXPECT_EQ(one.route->pattern, "/sessions/*");
  EXPECT_EQ(routes.match(Method::get, "/@ann/live").params.values[0], "ann");
}

TEST(RouteTable, an_encoded_slash_stays_inside_its_segment) {
  const auto match = table().match(Method::get, "/sessions/a%2Fb");
  ASSERT_TRUE(match.route);
  EXPECT_EQ(match.params.values[0], "a/b");
}

TEST(RouteTable, tells_an_unknown_path_from_a_wrong_method) {
  const RouteTable routes = table();
  EXPECT_TRUE(routes.match(Method::get, "/nothing").allow.empty());
  EXPECT_TRUE(routes.match(Method::get, "/sessions/").allow.empty()) << "an empty parameter is no value";
  EXPECT_EQ(routes.match(Method::put, "/sessions").allow, "GET, HEAD, POST");
  EXPECT_EQ(routes.match(Method::post, "/sessions/x").allow, "GET, HEAD, DELETE");
}

TEST(RouteTable, head_is_answered_by_get) { EXPECT_TRUE(table().match(Method::head, "/sessions").route); }

TEST(JsonBody, names_every_fault_at_once) {
  const Request request = body_of(R"({"session_id": 5, "usernam": "x"})");
  JsonBody body(request);
  body.string("session_id", true);
  body.string("username", true);
  const auto fault = body.fault();
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->details().faults.size(), 3u);
  EXPECT_NE(fault->message.find("session_id: must be a string, not a number"), std::string::npos);
  EXPECT_NE(fault->message.find("username: required"), std::string::npos);
  EXPECT_NE(fault->message.find("did you mean 'username'"), std::string::npos);
}

TEST(JsonBody, says_what_is_wrong_with_a_body_that_is_no_object) {
  for (std::string_view text : {"", "{", "[]", "{\"a\":\"\xFF\"}"}) {
    const Request request = body_of(text);
    JsonBody body(request);
    body.string("session_id", true);
    const auto fault = body.fault();
    ASSERT_TRUE(fault) << text;
    EXPECT_EQ(fault->details().field, "body") << text;
  }
}

}  // namespace papi::http
