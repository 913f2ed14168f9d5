#include "platform/http/trusted_proxies.hpp"

#include <gtest/gtest.h>

#include "platform/net/public_address.hpp"

namespace papi::http {
namespace {

using boost::asio::ip::make_address;

std::string client(std::string_view trusted, std::string_view peer, std::vector<std::string_view> forwarded) {
  Request request;
  request.client_address = peer;
  for (const std::string_view value : forwarded) request.headers.push_back({"X-Forwarded-For", value});
  std::string storage;
  TrustedProxies::parse(trusted)->apply(make_address(peer), request, storage);
  return std::string(request.client_address);
}

TEST(TrustedProxies, nobody_is_believed_unless_named) {
  EXPECT_EQ(client("", "10.0.0.1", {"1.2.3.4"}), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.2", "10.0.0.1", {"1.2.3.4"}), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", "10.0.0.1", {"1.2.3.4"}), "1.2.3.4");
  EXPECT_EQ(client("10.0.0.1", "10.0.0.1", {}), "10.0.0.1");
}

TEST(TrustedProxies, the_right_most_hop_that_is_no_proxy_of_ours_counts) {
  EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"6.6.6.6, 1.2.3.4, 10.9.9.9"}), "1.2.3.4");
  EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"6.6.6.6", "1.2.3.4"}), "1.2.3.4") << "fields are one list";
  EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"1.2.3.4, nonsense"}), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.0/8", "10.0.0.1", {"10.1.1.1, 10.2.2.2"}), "10.1.1.1");
}

TEST(TrustedProxies, the_last_word_on_the_scheme_counts_wherever_it_stands) {
  const auto secure = [](std::vector<std::string_view> lines) {
    Request request;
    for (const std::string_view line : lines) request.headers.push_back({"X-Forwarded-Proto", line});
    std::string storage;
    TrustedProxies::parse("10.0.0.1")->apply(make_address("10.0.0.1"), request, storage);
    return request.secure;
  };
  EXPECT_TRUE(secure({"http, https"}));
  EXPECT_TRUE(secure({"http", "https"}));
  EXPECT_FALSE(secure({"https", "http"}));
  EXPECT_FALSE(secure({}));
}

TEST(TrustedProxies, one_caller_has_one_spelling) {
  EXPECT_EQ(client("10.0.0.1", "10.0.0.1", {"::ffff:1.2.3.4"}), "1.2.3.4");
  EXPECT_EQ(client("10.0.0.1", "10.0.0.1", {"2001:DB8:0:0::1"}), "2001:db8::1");
  EXPECT_EQ(client("10.0.0.1", "10.0.0.1", {"fe80::1%3"}), "fe80::1");
}

TEST(TrustedProxies, knows_both_families_and_ports) {
  EXPECT_EQ(client("2001:db8::/32", "2001:db8::1", {"[2001:db9::7]:4711"}), "2001:db9::7");
  EXPECT_EQ(client("127.0.0.1, ::1", "::1", {"1.2.3.4:56"}), "1.2.3.4");
  EXPECT_EQ(client("10.0.0.0/9", "10.128.0.1", {"1.2.3.4"}), "10.128.0.1");
}

TEST(TrustedProxies, wrong_lists_are_refused) {
  for (const char* list : {"10.0.0.0/33", "proxy.local", "10.0.0.0/-1", "::/129", "10.0.0.1/x"})
    EXPECT_FALSE(TrustedProxies::parse(list)) << list;
}

}  // namespace
TEST(TrustedProxies, as_wide_as_the_internet_is_everybody) {
  for (const char* wide :
       {"0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8, ::/0", "2000::/3", "::ffff:0:0/96"})
    EXPECT_TRUE(TrustedProxies::parse(wide)->trusts_everybody()) << wide;
  for (const char* named : {"", "10.0.0.0/8", "127.0.0.1", "::1", "fc00::/7", "172.16.0.0/12", "0.0.0.0"})
    EXPECT_FALSE(TrustedProxies::parse(named)->trusts_everybody()) << named;
}

TEST(TrustedProxies, a_caller_is_near_only_where_that_can_be_known) {
  struct Row {
    const char* peer;
    std::vector<Header> headers;
    bool near;
    bool near_by_proxy;  // if the peer is a trusted proxy
  };
  const Row rows[] = {
      {"127.0.0.1", {}, true, true},
      {"172.18.0.3", {}, true, true},
      {"fd00::1", {}, true, true},
      {"8.8.8.8", {}, false, false},
      {"2001:4860:4860::8888", {}, false, false},
      {"127.0.0.1", {{"X-Forwarded-For", "8.8.8.8"}}, false, false},
      {"127.0.0.1", {{"x-forwarded-for", "192.168.1.7"}}, false, true},
      {"127.0.0.1", {{"X-Forwarded-For", "127.0.0.1, 8.8.8.8"}}, false, false},
      {"127.0.0.1", {{"X-Forwarded-For", "unknown"}}, false, false},
      {"127.0.0.1", {{"X-Forwarded-Proto", "https"}}, false, false},
      {"127.0.0.1", {{"x-forwarded-host", "a"}}, false, false},
      {"127.0.0.1", {{"Forwarded", "for=127.0.0.1"}}, false, false},
      {"127.0.0.1", {{"VIA", "1.1 proxy"}}, false, false},
      {"127.0.0.1", {{"X-Real-IP", "127.0.0.1"}}, false, false},
      {"127.0.0.1", {{"Via", "1.1 proxy"}, {"X-Forwarded-For", "10.0.0.9"}}, false, true},
      {"8.8.8.8", {{"X-Forwarded-For", "10.0.0.9"}}, false, true},
      {"127.0.0.1", {{"X-Forwarded-For", "127.0.0.1"}}, false, true},
      {"127.0.0.1", {{"X-Forwarded-For", "unknown, 127.0.0.1"}}, false, false},
      {"127.0.0.1", {{"X-Forwarding", "x"}, {"User-Agent", "via"}}, true, true},
  };
  for (const Row& row : rows) {
    for (const bool trusted : {false, true}) {
      Request request;
      request.headers = row.headers;
      request.client_address = row.peer;
      std::string storage;
      const auto proxies = TrustedProxies::parse(trusted ? row.peer : "");
      const bool by_proxy = proxies->apply(make_address(row.peer), request, storage);
      EXPECT_EQ(by_proxy, trusted);
      EXPECT_EQ(is_near_caller(request, is_near(make_address(row.peer))),
                trusted ? row.near_by_proxy : row.near)
          << row.peer << " " << (row.headers.empty() ? "" : row.headers[0].name);
    }
  }
}

}  // namespace papi::http
