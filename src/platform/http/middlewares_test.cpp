#include "platform/http/middlewares.hpp"

#include <gtest/gtest.h>

namespace papi::http {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

Route route_with(std::vector<std::string> query) {
  Route route;
  route.query = std::move(query);
  return route;
}

/// Returns the field and the message of each fault.
Rows faults_of(const Route* route, std::string_view path, std::string_view query) {
  net::io_context context;
  Request request;
  request.path = path;
  request.query = query;
  Exchange exchange(request, context.get_executor());
  exchange.route = route;
  Rows rows;
  if (const auto error = CheckQuery().enter(exchange)) {
    EXPECT_EQ(error->code, ErrorCode::validation);
    for (const auto& entry : error->details().faults) rows.emplace_back(entry.field, entry.message);
  }
  return rows;
}

Request request_of(std::vector<Header> headers) {
  Request request;
  request.method = Method::get;
  request.target = request.path = "/";
  request.headers = std::move(headers);
  return request;
}

}  // namespace

TEST(CheckQuery, takes_what_the_route_declares) {
  const Route route = route_with({"limit", "since"});
  for (const std::string_view query :
       {"", "limit=1", "limit=1&since=&", "&&limit", "l%69mit=1", "limit=1&limit=2", "limit=%25zz"})
    EXPECT_EQ(faults_of(&route, "/x", query), Rows()) << query;
}

TEST(CheckQuery, names_every_fault_at_once) {
  const Route route = route_with({"limit", "since"});
  EXPECT_EQ(faults_of(&route, "/a%zz", "limt=1&since=%4&other&=x&limit=%"),
            (Rows{{"path", "malformed percent-encoding '%zz' at byte 2"},
                  {"limt", "unknown query parameter; did you mean 'limit'?"},
                  {"since",
                   "malformed percent-encoding '%4' at byte 6 of this parameter, which begins at byte 7 of "
                   "the query"},
                  {"other", "unknown query parameter"},
                  {"query", "unknown query parameter"},
                  {"limit",
                   "malformed percent-encoding '%' at byte 6 of this parameter, which begins at byte 25 of "
                   "the query"}}));
}

TEST(CheckQuery, credentials_are_taken_where_the_route_allows_them) {
  Route route = route_with({});
  const std::string refused = "no query parameter of this route; send X-API-Key or Authorization";
  EXPECT_EQ(faults_of(&route, "/x", "api_key=1&token=2&ticket=3"),
            (Rows{{"api_key", refused}, {"token", refused}, {"ticket", refused}}));
  route.query_credentials = true;
  EXPECT_EQ(faults_of(&route, "/x", "api_key=1&token=2&ticket=3"), Rows());
  EXPECT_EQ(faults_of(&route, "/x", "apikey=1"),
            (Rows{{"apikey", "unknown query parameter; did you mean 'api_key'?"}}));
  route = route_with({});
  route.websocket = true;
  EXPECT_EQ(faults_of(&route, "/x", "token=2"), Rows());
}

TEST(CheckQuery, a_path_of_no_route_and_a_route_of_any_query_are_judged_by_their_encoding) {
  Route any;
  any.any_query = true;
  for (const Route* route : {static_cast<const Route*>(nullptr), static_cast<const Route*>(&any)}) {
    EXPECT_EQ(faults_of(route, "/x", "what=ever"), Rows());
    EXPECT_EQ(faults_of(route, "/x", "what=%e").size(), 1u);
  }
}

TEST(CheckQuery, a_flood_is_bounded_and_a_secret_is_not_repeated) {
  const Route route = route_with({});
  std::string query;
  for (int i = 0; i < 1'000; ++i) query += "p" + std::to_string(i) + "=1&";
  EXPECT_EQ(faults_of(&route, "/x", query).size(), 50u);
  EXPECT_EQ(faults_of(&route, "/x", "pk_0123456789abcdefghij").at(0).first, "pk_…");
}

TEST(ValidateRequest, a_malformed_handshake_never_reaches_a_handler) {
  net::io_context context;
  Route route;
  route.websocket = true;
  const auto field = [&](std::vector<Header> headers) {
    const Request request = request_of(std::move(headers));
    Exchange exchange(request, context.get_executor());
    exchange.route = &route;
    const auto error = ValidateRequest().enter(exchange);
    return error ? std::string(error->details().field) : std::string();
  };
  const Header host{"Host", "a"}, connection{"Connection", "Upgrade"}, upgrade{"Upgrade", "websocket"},
      version{"Sec-WebSocket-Version", "13"}, key{"Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="};
  EXPECT_EQ(field({host, connection, upgrade, version, key}), "");
  EXPECT_EQ(field({connection, upgrade, version, key}), "Host");
  EXPECT_EQ(field({host, connection, upgrade, version}), "Sec-WebSocket-Key");
  EXPECT_EQ(field({host, connection, upgrade, version, {"Sec-WebSocket-Key", "x"}}), "Sec-WebSocket-Key");
  EXPECT_EQ(field({host}), "") << "no handshake at all: the answer is 426";
}

}  // namespace papi::http
