#include "platform/net/ip_address.hpp"

#include <gtest/gtest.h>

namespace papi {
namespace {

TEST(IpAddress, the_whole_text_is_an_address_or_none) {
  using namespace std::string_view_literals;
  struct Row {
    std::string_view text;
    const char* address;  // "": not an address
  };
  for (const Row& row :
       {Row{"192.0.2.1", "192.0.2.1"}, Row{"::1", "::1"}, Row{"2001:DB8:0:0::1", "2001:db8::1"},
        Row{"::ffff:192.0.2.1", "::ffff:192.0.2.1"}, Row{"", ""}, Row{"192.0.2", ""}, Row{"192.0.2.1 ", ""},
        Row{"192.0.2.256", ""}, Row{"[::1]", ""}, Row{"127.0.0.1\0.example.org"sv, ""}, Row{"::1\0"sv, ""},
        Row{"::\0\0\0\n7"sv, ""}, Row{"localhost", ""}}) {
    const auto address = parse_ip_address(row.text);
    EXPECT_EQ(address ? address->to_string() : "", row.address) << row.text;
  }
}

TEST(IpAddress, stands_in_brackets_in_a_url_if_it_is_of_version_6) {
  struct Row {
    const char* host;
    const char* url;
    const char* local;
  };
  for (const Row& row :
       {Row{"192.0.2.1", "192.0.2.1:8002", "192.0.2.1:8002"}, Row{"::1", "[::1]:8002", "[::1]:8002"},
        Row{"fe80::1%eth0", "[fe80::1%25eth0]:8002", "[fe80::1%25eth0]:8002"},
        Row{"0.0.0.0", "0.0.0.0:8002", "127.0.0.1:8002"}, Row{"::", "[::]:8002", "127.0.0.1:8002"},
        Row{"0:0:0:0:0:0:0:0", "[0:0:0:0:0:0:0:0]:8002", "127.0.0.1:8002"},
        Row{"localhost", "localhost:8002", "localhost:8002"}}) {
    EXPECT_EQ(host_and_port(row.host, 8002), row.url);
    EXPECT_EQ(local_host_and_port(row.host, 8002), row.local);
  }
}

}  // namespace
}  // namespace papi
