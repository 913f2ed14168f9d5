#include "platform/net/proxy.hpp"

#include <gtest/gtest.h>

namespace papi {
namespace {

using namespace std::string_literals;

Proxy proxy(std::string_view url) {
  auto parsed = Proxy::parse(url, "MY_PROXY");
  EXPECT_TRUE(parsed) << url;
  return parsed ? *parsed : Proxy();
}

/// Feeds the bytes one by one, as a network may do. The result must not depend on the cuts.
Result<bool> feed_slowly(ProxyHandshake& handshake, std::string_view bytes) {
  Result<bool> last = false;
  for (const char byte : bytes) {
    last = handshake.feed(std::string_view(&byte, 1));
    if (!last) return last;
  }
  return last;
}

}  // namespace

TEST(ProxyUrl, takes_three_kinds_with_their_ports_and_never_shows_the_password) {
  EXPECT_EQ(proxy("http://p.example").shown(), "http://p.example:80");
  EXPECT_EQ(proxy("https://p.example/").shown(), "https://p.example:443");
  EXPECT_EQ(proxy("SOCKS5://me:s%40crt@10.0.0.1").shown(), "socks5://10.0.0.1:1080");
  EXPECT_EQ(proxy("http://[::1]:3128").shown(), "http://[::1]:3128");
  EXPECT_EQ(proxy("socks5://me:s%40crt@h:1").password.reveal(), "s@crt");
}

TEST(ProxyUrl, refuses_what_is_no_proxy_without_repeating_it) {
  for (const char* url :
       {"p.example:80", "ftp://p.example", "http://", "http://p.example/path", "http://p?x=1", "http://p:0",
        "http://p:70000", "http://me:secret@", "http://me:se%0Acret@p"}) {
    const auto parsed = Proxy::parse(url, "MY_PROXY");
    ASSERT_FALSE(parsed) << url;
    EXPECT_EQ(parsed.error().message.find("secret"), std::string::npos);
  }
}

TEST(ProxyHandshake, connect_names_the_target_and_the_credentials) {
  ProxyHandshake handshake(proxy("http://me:word@p.example"), "h.example", 443);
  EXPECT_EQ(handshake.take_output(),
            "CONNECT h.example:443 HTTP/1.1\r\nHost: h.example:443\r\nProxy-Authorization: Basic "
            "bWU6d29yZA==\r\n\r\n");
  const auto open = feed_slowly(handshake, "HTTP/1.0 200 Connection established\r\nVia: x\r\n\r\n");
  ASSERT_TRUE(open);
  EXPECT_TRUE(*open);
  EXPECT_EQ(handshake.take_output(), "");
}

TEST(ProxyHandshake, every_refusal_of_connect_is_an_error) {
  for (const char* answer : {"HTTP/1.1 407 Who?\r\n\r\n", "HTTP/1.1 403 No\r\n\r\n", "SSH-2.0-x\r\n\r\n",
                             "HTTP/1.1 200 OK\r\n\r\nmore"}) {
    ProxyHandshake handshake(proxy("http://p"), "::1", 80);
    EXPECT_TRUE(handshake.take_output().starts_with("CONNECT [::1]:80 "));
    EXPECT_FALSE(handshake.feed(answer)) << answer;
  }
  ProxyHandshake endless(proxy("http://p"), "h", 80);
  EXPECT_FALSE(endless.feed(std::string(20'000, 'x')));
}

TEST(ProxyHandshake, socks5_logs_in_and_leaves_the_name_to_the_proxy) {
  ProxyHandshake handshake(proxy("socks5://me:word@p"), "h.example", 443);
  EXPECT_EQ(handshake.take_output(), "\x05\x02\x00\x02"s);
  ASSERT_TRUE(feed_slowly(handshake, "\x05\x02"));
  EXPECT_EQ(handshake.take_output(), "\x01\x02me\x04word"s);
  ASSERT_TRUE(feed_slowly(handshake, "\x01\x00"s));
  EXPECT_EQ(handshake.take_output(), "\x05\x01\x00\x03\x09h.example\x01\xBB"s);
  const auto open = feed_slowly(handshake, "\x05\x00\x00\x03\x02pp\x12\x34"s);
  ASSERT_TRUE(open);
  EXPECT_TRUE(*open);
}

TEST(ProxyHandshake, socks5_writes_numbers_as_numbers) {
  ProxyHandshake v4(proxy("socks5://p"), "127.0.0.1", 80);
  EXPECT_EQ(v4.take_output(), "\x05\x01\x00"s);
  ASSERT_TRUE(v4.feed("\x05\x00"s));
  EXPECT_EQ(v4.take_output(), "\x05\x01\x00\x01\x7F\x00\x00\x01\x00\x50"s);
  ProxyHandshake v6(proxy("socks5://p"), "::1", 80);
  ASSERT_TRUE(v6.feed("\x05\x00"s));
  EXPECT_TRUE(v6.take_output().ends_with("\x00\x04"s + std::string(15, '\0') + "\x01\x00\x50"s));
}

TEST(ProxyHandshake, every_refusal_of_socks5_is_an_error) {
  for (const std::string& answer :
       {"\x04\x00"s, "\x05\xFF"s, "\x05\x02"s, "\x05\x00\x05\x05\x00\x01\x00"s,
        "\x05\x00\x05\x00\x00\x09\x00"s, "\x05\x00\x05\x00\x00\x01\x01\x01\x01\x01\x00\x50X"s}) {
    ProxyHandshake handshake(proxy("socks5://p"), "h", 80);
    EXPECT_FALSE(handshake.feed(answer));
  }
  ProxyHandshake refused(proxy("socks5://me:x@p"), "h", 80);
  EXPECT_FALSE(refused.feed("\x05\x02\x01\x01"s));
  ProxyHandshake long_name(proxy("socks5://p"), std::string(256, 'h'), 80);
  EXPECT_FALSE(long_name.feed("\x05\x00"s));
}

TEST(ProxyHandshake, a_proxy_that_wants_credentials_leads_to_the_setting_that_names_it) {
  const struct {
    std::string_view url;
    std::string answer;
  } rows[] = {{"http://p", "HTTP/1.1 407 Who?\r\n\r\n"},
              {"socks5://p", "\x05\xFF"s},
              {"socks5://me:x@p", "\x05\x02\x01\x01"s}};
  for (const auto& row : rows) {
    ProxyHandshake handshake(proxy(row.url), "h", 80);
    const auto open = handshake.feed(row.answer);
    ASSERT_FALSE(open) << row.url;
    EXPECT_NE(open.error().message.find("see MY_PROXY"), std::string::npos) << open.error().message;
  }
}

}  // namespace papi
