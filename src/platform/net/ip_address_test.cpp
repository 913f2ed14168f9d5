#include "platform/net/ip_address.hpp"

#include <gtest/gtest.h>

namespace papi {
namespace {

TEST(IpAddress, the_whole_text_is_an_address_or_none) {
  using namespace std::string_view_literals;
  struct Row {
    std::string_view text;
    const char* address;  // "" for none
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

}  // namespace
}  // namespace papi
