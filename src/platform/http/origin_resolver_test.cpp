#include "platform/http/origin_resolver.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>

namespace papi::http {
namespace {

using boost::asio::ip::make_address;

struct OriginResolverTest : testing::Test {
  OriginResolverTest() {
    EXPECT_EQ(::pipe(ends), 0);
    LogOptions options;
    options.level = LogLevel::warning;
    options.output = ends[1];
    log.emplace(options, clock);
  }
  ~OriginResolverTest() override {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  /// Returns what was logged.
  std::string logged() {
    log.reset();
    std::string text(64 * 1024, '\0');
    EXPECT_EQ(::write(ends[1], "\n", 1), 1);  // so that read() does not wait
    const auto n = ::read(ends[0], text.data(), text.size());
    text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return text;
  }

  ManualClock clock;
  int ends[2] = {-1, -1};
  std::optional<Logger> log;
  std::string storage;
};

Request request_with(std::vector<Header> headers, std::string_view path = "/x") {
  Request request;
  request.path = path;
  request.headers = std::move(headers);
  return request;
}

}  // namespace

TEST_F(OriginResolverTest, a_trusted_proxy_says_where_a_request_comes_from_and_nobody_else_does) {
  const OriginResolver origins(*TrustedProxies::parse("10.0.0.0/8"), "", *log);
  const std::vector<Header> headers = {{"X-Forwarded-For", "192.0.2.7"},
                                       {"X-Forwarded-Proto", "https"},
                                       {"X-Forwarded-Host", "api.example"},
                                       {"X-Forwarded-Prefix", "/below"}};
  Request request = request_with(headers);
  const Peer proxy(make_address("10.1.2.3")), stranger(make_address("192.0.2.1"));
  origins.resolve(request, proxy, false, storage);
  EXPECT_EQ(request.client_address, "192.0.2.7");
  EXPECT_TRUE(request.secure);
  EXPECT_EQ(request.forwarded_host, "api.example");
  EXPECT_EQ(request.prefix, "/below");

  origins.resolve(request, stranger, false, storage);  // the same Request, from another peer
  EXPECT_EQ(request.client_address, "192.0.2.1");
  EXPECT_FALSE(request.secure);
  EXPECT_FALSE(request.origin_reported);
  EXPECT_EQ(request.forwarded_host, "");
  EXPECT_EQ(request.prefix, "");
}

TEST_F(OriginResolverTest, headers_that_are_not_believed_are_logged_once) {
  const OriginResolver origins(TrustedProxies(), "", *log);
  for (const char* address : {"192.0.2.1", "192.0.2.2"}) {
    const Peer peer(make_address(address));
    Request request = request_with({{"X-Forwarded-For", "192.0.2.7"}});
    origins.resolve(request, peer, false, storage);
  }
  const std::string text = logged();
  EXPECT_NE(text.find("X-Forwarded-For is not believed"), std::string::npos);
  EXPECT_NE(text.find("peer=192.0.2.1"), std::string::npos);
  EXPECT_EQ(text.find("192.0.2.2"), std::string::npos);
}

TEST_F(OriginResolverTest, the_base_path_is_removed_and_begins_the_links) {
  const OriginResolver origins(TrustedProxies(), "/api", *log);
  Request request = request_with({}, "/api/sessions");
  const Peer peer(make_address("192.0.2.1"));
  origins.resolve(request, peer, true, storage);
  EXPECT_EQ(request.path, "/sessions");
  EXPECT_EQ(request.prefix, "/api");
  EXPECT_TRUE(request.secure);
}

TEST(Peer, an_ipv4_address_within_ipv6_is_written_as_ipv4) {
  EXPECT_EQ(Peer(make_address("::ffff:192.0.2.1")).text, "192.0.2.1");
  EXPECT_EQ(Peer(make_address("::ffff:192.0.2.1")).address, make_address("192.0.2.1"));
  EXPECT_EQ(Peer(make_address("192.0.2.1")).text, "192.0.2.1");
  EXPECT_EQ(Peer(make_address("2001:db8::1")).text, "2001:db8::1");
}

TEST(Peer, says_whether_it_is_on_this_machine_or_in_a_private_network) {
  for (const char* near : {"127.0.0.1", "::1", "10.1.2.3", "::ffff:192.168.0.1", "fd00::1"})
    EXPECT_TRUE(Peer(make_address(near)).near) << near;
  for (const char* far : {"192.0.2.1", "::ffff:8.8.8.8", "2001:db8::1"})
    EXPECT_FALSE(Peer(make_address(far)).near) << far;
}

}  // namespace papi::http
