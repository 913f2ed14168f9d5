#include "profiles/picture_hosts.hpp"

#include <gtest/gtest.h>

namespace papi::profiles {
namespace {

const char* const usual = "*.tiktokcdn.com, cdn.example.org,127.0.0.1:8099";

TEST(PictureHosts, lets_listed_hosts_pass) {
  const auto hosts = PictureHosts::parse(usual);
  ASSERT_TRUE(hosts);
  for (const char* url : {"https://p16-sign.tiktokcdn.com/a.webp?x-expires=1", "https://a.b.TikTokCDN.com/",
                          "https://cdn.example.org:443/x", "HTTPS://CDN.example.org/x"}) {
    const auto verdict = hosts->check(url);
    ASSERT_TRUE(verdict) << url << ": " << verdict.error().message;
    EXPECT_FALSE(verdict->loopback);
  }
  const auto loopback = hosts->check("http://127.0.0.1:8099/sim/avatar/1.png");
  ASSERT_TRUE(loopback);
  EXPECT_TRUE(loopback->loopback);
}

TEST(PictureHosts, refuses_every_other_way_to_write_an_address) {
  const auto hosts = PictureHosts::parse(usual);
  for (const char* url : {"http://p16.tiktokcdn.com/a.webp",
                          "https://tiktokcdn.com/",
                          "https://eviltiktokcdn.com/",
                          "https://p16.tiktokcdn.com.evil.example/",
                          "https://tiktokcdn.com@evil.example/",
                          "https://p16.tiktokcdn.com@127.0.0.1/",
                          "https://user:pass@p16.tiktokcdn.com/",
                          "https://p16.tiktokcdn.com:8443/",
                          "https://p16.tiktokcdn.com:80/",
                          "https://127.0.0.1/",
                          "http://127.0.0.1/",
                          "http://127.0.0.1:8098/",
                          "http://127.1:8099/",
                          "http://127.0.0.2:8099/",
                          "http://localhost:8099/",
                          "http://2130706433/",
                          "https://2130706433/",
                          "https://0x7f000001/",
                          "https://0x7f.1/",
                          "https://017700000001/",
                          "https://0/",
                          "https://[::1]/",
                          "http://[::1]:8099/",
                          "https://[::ffff:127.0.0.1]/",
                          "https://[::ffff:7f00:1]/",
                          "https://[64:ff9b::7f00:1]/",
                          "https://[fd00:ec2::254]/",
                          "https://169.254.169.254/latest/meta-data/",
                          "https://metadata.google.internal/",
                          "https://10.0.0.1/",
                          "https://192.168.1.1/",
                          "https://localhost/",
                          "https://localhost.localdomain/",
                          "https://evil.example/",
                          "https://127.0.0.1.nip.io/",
                          "https://p16.tiktokcdn.com%2eevil.example/",
                          "https://%31%32%37.0.0.1/",
                          "https://p16.tiktokcdn.com\\@evil.example/",
                          "https://p16.tiktokcdn.com#@evil.example:99999/ x",
                          "https:///p16.tiktokcdn.com/",
                          "//p16.tiktokcdn.com/a",
                          "/etc/passwd",
                          "file:///etc/passwd",
                          "ftp://p16.tiktokcdn.com/",
                          "gopher://p16.tiktokcdn.com/",
                          "data:image/png;base64,AAAA",
                          "javascript:alert(1)",
                          "https://.tiktokcdn.com/",
                          "https://a..tiktokcdn.com/",
                          "https://p16.tiktokcdn.com./",
                          "",
                          "https://",
                          "https://p16.tiktokcdn.com\r\nHost: evil.example/",
                          "https://①②⑦.⓪.⓪.①/"}) {
    EXPECT_FALSE(hosts->check(url)) << url;
  }
  EXPECT_FALSE(hosts->check("https://p16.tiktokcdn.com/" + std::string(5000, 'a')));
}

TEST(PictureHosts, an_entry_that_is_no_host_is_named) {
  for (const char* list : {"10.0.0.1", "*", "*.com", "https://x.example", "localhost", "192.168.0.1:80",
                           "a b.example", "2130706433", "*.*.example"}) {
    const auto hosts = PictureHosts::parse(list);
    ASSERT_FALSE(hosts) << list;
    EXPECT_NE(hosts.error().message.find("is neither"), std::string::npos);
  }
}

}  // namespace
}  // namespace papi::profiles
