#include "tester/passed_headers.hpp"

#include <gtest/gtest.h>

namespace papi::tester {
namespace {

using papi::http::Exchange;
using papi::http::Method;
using papi::http::Request;
using papi::http::ResponseParser;

Request request_to(std::string_view path, std::string_view query = {}, std::string_view target = {}) {
  Request request;
  request.method = Method::get;
  request.method_text = "GET";
  request.path = path;
  request.query = query;
  request.target = target.empty() ? path : target;
  request.authority = "localhost:3001";
  request.client_address = "127.0.0.1";
  request.from_near = true;
  return request;
}

std::string passed(const Request& request, bool upgrade = false, std::string_view id = "") {
  papi::net::io_context context;
  Exchange exchange(request, context.get_executor());
  exchange.correlation_id = id;
  const auto to = UpstreamTarget::parse("http://api.example:8002");
  return papi::tester::passed_request(exchange, *to, "/x", upgrade);
}

std::string head_of(std::string_view answer) {
  ResponseParser parser(false);
  std::string body;
  const auto taken = parser.feed(answer, body);
  EXPECT_TRUE(taken) << (taken ? "" : taken.error().message);
  return papi::tester::passed_head(parser).lines;
}

}  // namespace

TEST(PassedHeaders, the_path_without_api_and_the_query_as_it_was_sent) {
  using papi::tester::passed_target;
  EXPECT_EQ(passed_target(request_to("/api/sessions", "a=%20b&c", "/api/sessions?a=%20b&c")),
            "/sessions?a=%20b&c");
  EXPECT_EQ(passed_target(request_to("/api/sessions", "", "/api/sessions?")), "/sessions?");
  EXPECT_EQ(passed_target(request_to("/api/a%2Fb//c")), "/a%2Fb//c");
  EXPECT_EQ(passed_target(request_to("/api/")), "/");
  EXPECT_EQ(passed_target(request_to("/api")), "/");
  EXPECT_EQ(passed_target(request_to("/openapi.json")), "/openapi.json");
  EXPECT_EQ(passed_target(request_to("/asyncapi.json")), "/asyncapi.json");
  for (const char* other : {"/", "/apis", "/live/api/x", "/API/x", "/openapi.json/x"})
    EXPECT_EQ(passed_target(request_to(other)), "") << other;
}

TEST(PassedHeaders, a_request_keeps_what_is_for_the_service) {
  Request request = request_to("/api/x");
  request.headers = {{"Host", "localhost:3001"},
                     {"X-API-Key", "k"},
                     {"Accept-Encoding", "br"},
                     {"Connection", "keep-alive, X-Private"},
                     {"x-private", "1"},
                     {"Keep-Alive", "timeout=5"},
                     {"TE", "trailers"},
                     {"Transfer-Encoding", "chunked"},
                     {"Upgrade", "h2c"},
                     {"Expect", "100-continue"},
                     {"Origin", "http://localhost:3001"},
                     {"Via", "1.1 a"},
                     {"Forwarded", "for=192.0.2.1"},
                     {"X-Forwarded-For", "192.0.2.1"},
                     {"x-forwarded-prefix", "/x"},
                     {"X-Real-IP", "192.0.2.1"},
                     {"Proxy-Authorization", "Basic x"},
                     {"X-Correlation-ID", "a b"},
                     {"Cookie", "a=1"}};
  EXPECT_EQ(
      passed(request, false, "id-1"),
      "GET /x HTTP/1.1\r\nHost: api.example:8002\r\nX-API-Key: k\r\nAccept-Encoding: br\r\nCookie: a=1\r\n"
      "X-Correlation-ID: id-1\r\nConnection: close\r\n\r\n");
}

TEST(PassedHeaders, a_caller_of_another_machine_is_told_to_the_service) {
  Request request = request_to("/api/x");
  request.client_address = "192.0.2.9";
  request.from_near = false;
  EXPECT_EQ(
      passed(request),
      "GET /x HTTP/1.1\r\nHost: api.example:8002\r\nX-Forwarded-For: 192.0.2.9\r\nX-Forwarded-Proto: http\r\n"
      "X-Forwarded-Host: localhost:3001\r\nConnection: close\r\n\r\n");
  request.from_near = true;
  for (const char* near : {"127.0.0.1", "127.9.9.9", "::1"}) {
    request.client_address = near;
    EXPECT_EQ(passed(request), "GET /x HTTP/1.1\r\nHost: api.example:8002\r\nConnection: close\r\n\r\n");
  }
}

TEST(PassedHeaders, a_caller_behind_a_proxy_that_is_not_trusted_has_no_address) {
  const auto forwarded_for = [](std::string_view address, bool from_near) {
    Request request = request_to("/api/x");
    request.client_address = address;
    request.from_near = from_near;
    const std::string head = passed(request);
    const auto begin = head.find("X-Forwarded-For: ");
    return begin == std::string::npos ? "" : head.substr(begin, head.find('\r', begin) - begin);
  };
  EXPECT_EQ(forwarded_for("127.0.0.1", false), "X-Forwarded-For: unknown");
  EXPECT_EQ(forwarded_for("192.168.1.5", false), "X-Forwarded-For: unknown");
  EXPECT_EQ(forwarded_for("192.168.1.5", true), "X-Forwarded-For: 192.168.1.5");
  EXPECT_EQ(forwarded_for("203.0.113.5", false), "X-Forwarded-For: 203.0.113.5");
}

TEST(PassedHeaders, a_body_gets_its_length_and_a_socket_its_upgrade) {
  Request request = request_to("/api/x");
  request.has_body = true;
  request.body = "12345";
  request.headers = {{"Transfer-Encoding", "chunked"}};
  EXPECT_EQ(passed(request),
            "GET /x HTTP/1.1\r\nHost: api.example:8002\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
  request = request_to("/api/x");
  request.headers = {{"content-length", "0"}};
  EXPECT_EQ(passed(request),
            "GET /x HTTP/1.1\r\nHost: api.example:8002\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  request.headers = {{"Connection", "Upgrade"}, {"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
  EXPECT_EQ(
      passed(request, true),
      "GET /x HTTP/1.1\r\nHost: api.example:8002\r\nSec-WebSocket-Version: 13\r\nConnection: Upgrade\r\n"
      "Upgrade: websocket\r\n\r\n");
}

TEST(PassedHeaders, an_answer_loses_only_what_is_of_one_connection) {
  EXPECT_EQ(head_of("HTTP/1.1 299 Own Words\r\nServer: x\r\nConnection: X-Hop, close\r\nX-Hop: 1\r\n"
                    "Keep-Alive: timeout=5\r\nContent-Length: 3\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n"),
            "HTTP/1.1 299 Own Words\r\nServer: x\r\nContent-Length: 3\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n");
  EXPECT_EQ(head_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n"),
            "HTTP/1.1 200 OK\r\n");
  EXPECT_EQ(head_of("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Accept: x\r\n\r\n"),
            "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\n");
}

TEST(UpstreamTarget, reads_the_url_of_the_service) {
  const auto target = UpstreamTarget::parse("https://api.example/papi/");
  ASSERT_TRUE(target);
  EXPECT_TRUE(target->secure);
  EXPECT_EQ(target->host, "api.example");
  EXPECT_EQ(target->port, 443);
  EXPECT_EQ(target->authority, "api.example");
  EXPECT_EQ(target->path, "/papi");
  const auto six = UpstreamTarget::parse("http://[::1]:8002");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->port, 8002);
  EXPECT_EQ(six->authority, "[::1]:8002");
  EXPECT_EQ(six->path, "");
  for (const char* bad :
       {"", "localhost:8002", "ftp://a", "http://", "http://a?b", "http://a#b", "http://u:p@a", "http://a:0"})
    EXPECT_FALSE(UpstreamTarget::parse(bad)) << bad;
}

}  // namespace papi::tester
