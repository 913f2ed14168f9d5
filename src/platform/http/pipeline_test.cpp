#include "platform/http/pipeline.hpp"

#include <gtest/gtest.h>

namespace papi::http {
namespace {

Route route(Method method, std::string path) {
  Route r;
  r.method = method;
  r.path = std::move(path);
  r.handler = DirectHandler([](Exchange&) -> Result<Response> { return Response("{}"); });
  return r;
}

struct Answer {
  unsigned status = 0;
  std::string location, allow;
};

Answer ask(Method method, std::string_view path, std::string_view query = "", std::string_view prefix = "") {
  std::vector<Route> routes;
  routes.push_back(route(Method::get, "/sessions"));
  routes.push_back(route(Method::post, "/connect"));
  routes.push_back(route(Method::get, "/sessions/{id}"));
  const Pipeline pipeline{RouteTable(std::move(routes)), {}};
  net::io_context context;
  Request request;
  request.method = method;
  request.path = path;
  request.query = query;
  request.prefix = prefix;
  Exchange exchange(request, context.get_executor());
  Answer answer;
  if (const auto error = pipeline.enter(exchange).refusal) {
    answer.status = pipeline.errors().row(error->code).status;
    return answer;
  }
  const auto response = std::get<DirectHandler>(exchange.route->handler)(exchange);
  answer.status = response->status;
  for (const auto& [name, value] : response->headers) {
    if (name == "Location") answer.location = value;
    if (name == "Allow") answer.allow = value;
  }
  return answer;
}

}  // namespace

TEST(Pipeline, a_slash_too_many_is_redirected_to_the_path_without_it) {
  const struct {
    Method method;
    std::string_view path, query;
    unsigned status;
    std::string_view location;
  } rows[] = {
      {Method::get, "/sessions", "", 200, ""},
      {Method::get, "/sessions/", "", 308, "../sessions"},
      {Method::head, "/sessions/", "a=1&b=%20", 308, "../sessions?a=1&b=%20"},
      {Method::post, "/connect/", "", 308, "../connect"},
      {Method::get, "/connect/", "", 308, "../connect"},
      {Method::get, "/sessions/a%20b/", "", 308, "../a%20b"},
      {Method::get, "/sessions//", "", 404, ""},
      {Method::get, "/nothing/", "", 404, ""},
      {Method::get, "/", "", 404, ""},
      {Method::get, "//", "", 404, ""},
      {Method::get, "//evil.example/", "", 404, ""},
  };
  for (const auto& row : rows) {
    const Answer answer = ask(row.method, row.path, row.query);
    EXPECT_EQ(answer.status, row.status) << row.path;
    EXPECT_EQ(answer.location, row.location) << row.path;
  }
}

TEST(Pipeline, a_redirect_leads_below_the_prefix_if_it_is_known) {
  EXPECT_EQ(ask(Method::get, "/sessions/", "a=1", "/shop").location, "/shop/sessions?a=1");
  EXPECT_EQ(ask(Method::get, "/sessions/a%20b/", "", "/a/b").location, "/a/b/sessions/a%20b");
}

TEST(Pipeline, options_is_answered_for_each_path_and_for_the_server) {
  EXPECT_EQ(ask(Method::options, "/connect").allow, "POST, OPTIONS");
  EXPECT_EQ(ask(Method::options, "*").allow, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  EXPECT_EQ(ask(Method::options, "/nothing").status, 404u);
  // Browsers do not follow the redirect of a preflight. So the path with the extra slash answers it.
  EXPECT_EQ(ask(Method::options, "/connect/").status, 204u);
  EXPECT_EQ(ask(Method::options, "/connect/").allow, "POST, OPTIONS");
  EXPECT_EQ(ask(Method::options, "/nothing/").status, 404u);
}

}  // namespace papi::http
