#include "platform/http/trusted_proxies.hpp"

#include <gtest/gtest.h>

namespace papi::http {
namespace {

std::string client(std::string_view trusted, std::string_view peer, std::vector<std::string_view> forwarded) {
  Request request;
  request.client_address = peer;
  for (const std::string_view value : forwarded) request.headers.push_back({"X-Forwarded-For", value});
  std::string storage;
  TrustedProxies::parse(trusted)->apply(peer, request, storage);
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
    TrustedProxies::parse("10.0.0.1")->apply("10.0.0.1", request, storage);
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
}  // namespace papi::http
