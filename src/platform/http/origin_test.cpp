#include "platform/http/origin.hpp"

#include <gtest/gtest.h>

#include "platform/http/trusted_proxies.hpp"

namespace papi::http {
namespace {

TEST(Origin, has_one_value_for_each_spelling) {
  const struct {
    std::string_view text;
    std::string_view scheme, host;
    std::uint16_t port;
  } rows[] = {
      {"https://a.example", "https", "a.example", 443},
      {"https://a.example:443", "https", "a.example", 443},
      {"HTTPS://A.Example:0443", "https", "a.example", 443},
      {"http://a.example", "http", "a.example", 80},
      {"http://a.example:443", "http", "a.example", 443},
      {"https://a.example:", "https", "a.example", 443},
      {"http://[::1]:8002", "http", "[::1]", 8002},
      {"http://[0:0::1]", "http", "[::1]", 80},
      {"http://[2001:DB8::A]", "http", "[2001:db8::a]", 80},
      {"capacitor://localhost", "capacitor", "localhost", 0},
      {"app://.", "app", ".", 0},
  };
  for (const auto& row : rows) {
    const auto origin = parse_origin(row.text);
    ASSERT_TRUE(origin) << row.text;
    EXPECT_EQ(origin->scheme, row.scheme) << row.text;
    EXPECT_EQ(origin->host, row.host) << row.text;
    EXPECT_EQ(origin->port, row.port) << row.text;
  }
  for (const char* other :
       {"", "null", "file://", "a.example", "https://", "https://a/", "https://a?x", "https://a#x",
        "https://u@a", "https://a:99999", "https://a:x", "://a", "1http://a", "ht tp://a",
        "https://a, https://b", "https://[::1", "https://[g::]", "http:/a"})
    EXPECT_FALSE(parse_origin(other)) << other;
}

/// A request, and whether a page of `origin` is of our own origin.
struct OwnRow {
  bool tls;  // between the peer and us
  bool trusted;
  std::vector<Header> headers;
  std::string_view origin;
  bool same;
};

bool is_own(const OwnRow& row) {
  Request request;
  request.headers = row.headers;
  request.authority = request.header("host");
  request.client_address = "10.0.0.1";
  request.secure = row.tls;
  std::string storage;
  TrustedProxies::parse(row.trusted ? "10.0.0.1" : "")
      ->apply(boost::asio::ip::make_address("10.0.0.1"), request, storage);
  const auto page = parse_origin(row.origin);
  return page && page == own_origin(request);
}

TEST(Origin, ours_is_scheme_host_and_effective_port_of_the_connection) {
  const OwnRow rows[] = {
      {true, false, {{"Host", "a.example:443"}}, "https://a.example", true},
      {true, false, {{"Host", "a.example"}}, "https://a.example:443", true},
      {true, false, {{"Host", "A.EXAMPLE"}}, "https://a.example", true},
      {true, false, {{"Host", "a.example"}}, "http://a.example", false},
      {true, false, {{"Host", "a.example"}}, "http://a.example:443", false},
      {true, false, {{"Host", "a.example:8443"}}, "https://a.example", false},
      {true, false, {{"Host", "a.example"}}, "https://a.example:8443", false},
      {true, false, {{"Host", "a.example:8443"}}, "https://a.example:8443", true},
      {false, false, {{"Host", "a.example"}}, "http://a.example", true},
      {false, false, {{"Host", "a.example:80"}}, "http://a.example", true},
      {false, false, {{"Host", "a.example"}}, "https://a.example", false},
      {false, false, {{"Host", "a.example:8002"}}, "http://a.example:8002", true},
      {false, false, {{"Host", "a.example:443"}}, "https://a.example", false},
      {false, false, {{"Host", "[::1]:8002"}}, "http://[0::1]:8002", true},
      {false, false, {{"Host", "a.example"}}, "http://a.example.evil", false},
      {false, false, {{"Host", "a.example"}}, "null", false},
      {false, false, {}, "http://a.example", false},
  };
  for (const OwnRow& row : rows)
    EXPECT_EQ(is_own(row), row.same) << row.origin << " at "
                                     << (row.headers.empty() ? "" : row.headers[0].value);
}

TEST(Origin, ours_is_what_trusted_proxies_say_and_nobody_else) {
  const Header host{"Host", "127.0.0.1:8002"}, name{"X-Forwarded-Host", "a.example"};
  const Header tls{"X-Forwarded-Proto", "https"}, plain{"X-Forwarded-Proto", "http"};
  const OwnRow rows[] = {
      {false, true, {host, name, tls}, "https://a.example", true},
      {false, false, {host, name, tls}, "https://a.example", false},
      {false, false, {{"Host", "a.example"}, tls}, "https://a.example", false},
      {false, true, {{"Host", "a.example"}, tls}, "https://a.example", true},
      {false, true, {{"Host", "a.example"}, tls}, "http://a.example", false},
      {false, true, {host, name, tls, {"X-Forwarded-Port", "443"}}, "https://a.example", true},
      {false, true, {host, name, tls, {"X-Forwarded-Port", "8443"}}, "https://a.example:8443", true},
      {false, true, {host, name, tls, {"X-Forwarded-Port", "8443"}}, "https://a.example", false},
      {false, false, {host, {"X-Forwarded-Port", "9000"}}, "http://127.0.0.1:9000", false},
      // The port that the browser wrote wins over the port that the proxy listens on.
      {false, true, {host, {"X-Forwarded-Host", "a.example:9443"}, tls}, "https://a.example:9443", true},
      {false,
       true,
       {host, {"X-Forwarded-Host", "a.example:9443"}, tls, {"X-Forwarded-Port", "8443"}},
       "https://a.example:9443",
       true},
      {false,
       true,
       {{"Host", "a.example:8002"}, tls, {"X-Forwarded-Port", "8443"}},
       "https://a.example:8443",
       true},
      {false, true, {{"Host", "a.example:8443"}, tls}, "https://a.example:8443", true},
      // The last value is that of the nearest proxy.
      {false, true, {host, {"X-Forwarded-Host", "evil.example, a.example"}, tls}, "https://a.example", true},
      {false,
       true,
       {host, {"X-Forwarded-Host", "evil.example, a.example"}, tls},
       "https://evil.example",
       false},
      {false, true, {host, {"X-Forwarded-Host", "evil.example"}, name, tls}, "https://a.example", true},
      {false, true, {host, name, {"X-Forwarded-Proto", "http, https"}}, "https://a.example", true},
      {false, true, {host, name, {"X-Forwarded-Port", "1, 8443"}, tls}, "https://a.example:8443", true},
      // Proxies that send the scheme of a WebSocket, and proxies that speak plain HTTP with the browser but
      // TLS with us.
      {false, true, {host, name, {"X-Forwarded-Proto", "wss"}}, "https://a.example", true},
      {true, true, {host, name, {"X-Forwarded-Proto", "ws"}}, "http://a.example", true},
      {true, true, {host, name, plain}, "http://a.example", true},
      {true, true, {host, name, plain}, "https://a.example", false},
      {true, true, {host, name}, "https://a.example", true},
      // Malformed values are ignored.
      {false,
       true,
       {{"Host", "a.example"}, {"X-Forwarded-Host", "b example"}, tls},
       "https://a.example",
       true},
      {false, true, {host, name, tls, {"X-Forwarded-Port", "443x"}}, "https://a.example", true},
      {false, true, {host, name, tls, {"X-Forwarded-Port", "99999"}}, "https://a.example", true},
      {false, true, {host, name, {"X-Forwarded-Proto", "gopher"}}, "http://a.example", true},
      {false, true, {host, name, tls, {"X-Forwarded-Port", ""}}, "https://a.example", true},
  };
  for (const OwnRow& row : rows) {
    std::string headers;
    for (const Header& header : row.headers)
      headers += std::string(header.name) + ": " + std::string(header.value) + "; ";
    EXPECT_EQ(is_own(row), row.same) << row.origin << " at " << headers << (row.trusted ? "trusted" : "");
  }
}

}  // namespace
}  // namespace papi::http
