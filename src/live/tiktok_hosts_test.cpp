#include "live/tiktok_hosts.hpp"

#include <gtest/gtest.h>

namespace papi::live {
namespace {

TikTokHosts usual() {
  TikTokHosts hosts;
  hosts.sockets = *HostList::parse("*.tiktok.com");
  return hosts;
}

/// Returns the error text of check_socket() without its common beginning, or an empty string if the address
/// is accepted.
std::string refusal(const TikTokHosts& hosts, std::string_view url) {
  const auto checked = hosts.check_socket(url);
  if (checked) return "";
  EXPECT_EQ(checked.error().code, ErrorCode::blocked);
  const std::string beginning = "The sign server gave a socket address that is not used: ";
  EXPECT_TRUE(checked.error().message.starts_with(beginning)) << checked.error().message;
  return checked.error().message.substr(beginning.size());
}

}  // namespace

TEST(TikTokHosts, an_account_is_for_the_webcast_host_and_its_neighbours_only) {
  TikTokHosts hosts;
  EXPECT_TRUE(hosts.own_socket("wss://webcast.tiktok.com/webcast/im/"));
  EXPECT_TRUE(hosts.own_socket("wss://webcast-ws.us.TikTok.com/x?y=1"));
  for (const char* other :
       {"wss://tiktok.com.example/", "wss://eviltiktok.com/", "wss://webcast.tiktok.com@evil.example/",
        "wss://evil.example/?webcast.tiktok.com", "not a url"})
    EXPECT_FALSE(hosts.own_socket(other)) << other;
  hosts.webcast = "http://127.0.0.1:9100";
  EXPECT_TRUE(hosts.own_socket("ws://127.0.0.1:9100/x"));
  EXPECT_FALSE(hosts.own_socket("ws://10.0.0.1/x"));
  hosts.webcast = "https://local.com";
  EXPECT_FALSE(hosts.own_socket("wss://other.com/"));
}

TEST(TikTokHosts, a_socket_goes_to_a_listed_host_by_tls) {
  const TikTokHosts hosts = usual();
  const std::string other_host = "its host is not among TIKTOK_SOCKET_HOSTS";
  const std::string no_tls = "it is without TLS", no_url = "it is no URL";
  const std::pair<std::string, std::string> rows[] = {
      {"wss://webcast.tiktok.com/webcast/im/", ""},
      {"wss://webcast16-ws-useast1a.TikTok.com/x?y=1", ""},
      {"wss://webcast-ws.eu.tiktok.com:443/", ""},
      {"ws://webcast-ws.tiktok.com/", no_tls},
      {"https://webcast-ws.tiktok.com/", "it is neither wss nor ws"},
      {"wss://me:word@webcast-ws.tiktok.com/", "it holds credentials"},
      {"wss://tiktok.com.example/", other_host},
      {"wss://evil.example%00.tiktok.com/", "its host is neither a name nor an address"},
      {"wss://127.0.0.1%00.tiktok.com/", other_host},
      {"wss://eviltiktok.com/", other_host},
      {"wss://evil.example/?webcast.tiktok.com", other_host},
      {"wss://127.0.0.1:6379/", other_host},
      {"ws://127.0.0.1:6379/", no_tls},
      {"ws://localhost/", no_tls},
      {"wss://[::1]/", other_host},
      {"wss://169.254.169.254/latest", other_host},
      {"wss://10.0.0.1/", other_host},
      {"wss://2130706433/", other_host},
      {"not a url", no_url},
      {"", no_url},
      {"wss://webcast-ws.tiktok.com/" + std::string(5'000, 'a'), no_url},
  };
  for (const auto& [url, why] : rows) EXPECT_EQ(refusal(hosts, url), why) << url;
}

TEST(TikTokHosts, a_socket_may_go_to_the_webcast_host_and_to_loopback_only_where_that_is_loopback) {
  TikTokHosts hosts = usual();
  hosts.webcast = "https://mirror.example:8443";
  EXPECT_EQ(refusal(hosts, "wss://mirror.example/x"), "");
  EXPECT_NE(refusal(hosts, "ws://127.0.0.1:9/"), "");
  EXPECT_FALSE(hosts.webcast_is_loopback());
  for (const char* home : {"http://127.0.0.1:9100", "http://localhost:9100", "http://[::1]:9100"}) {
    hosts.webcast = home;
    EXPECT_TRUE(hosts.webcast_is_loopback()) << home;
    EXPECT_EQ(refusal(hosts, "ws://127.0.0.1:9100/x"), "") << home;
    EXPECT_EQ(refusal(hosts, "wss://localhost:9101/x"), "") << home;
    EXPECT_NE(refusal(hosts, "wss://10.0.0.1/x"), "") << home;
    EXPECT_NE(refusal(hosts, "ws://evil.example/x"), "") << home;
  }
}

}  // namespace papi::live
