#include "auth/audit_limit.hpp"

#include <gtest/gtest.h>

namespace papi::auth {
namespace {

using namespace std::chrono_literals;
using LeftOutCounts = std::vector<std::pair<std::string, std::uint64_t>>;

LeftOutCounts left_out_of(AuditLimit& share, AuditLimit::Time now) {
  LeftOutCounts out;
  for (const auto& left : share.take_left_out(now)) out.emplace_back(left.prefix, left.records);
  return out;
}

TEST(AuditLimit, an_address_counts_for_its_network) {
  const std::pair<const char*, const char*> rows[] = {
      {"192.0.2.77", "192.0.2.0/24"},
      {"192.0.2.0", "192.0.2.0/24"},
      {"192.0.3.1", "192.0.3.0/24"},
      {"2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"},
      {"2001:db8:1:ffff::1", "2001:db8:1::/48"},
      {"2001:db8:2::1", "2001:db8:2::/48"},
      {"(command line)", "(command line)"},
      {"", ""},
  };
  for (const auto& [address, prefix] : rows) EXPECT_EQ(address_prefix(address), prefix) << address;
}

TEST(AuditLimit, a_network_has_a_hundred_records_a_minute_and_the_rest_is_counted) {
  AuditLimit share;
  const AuditLimit::Time start(1h);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(share.take("192.0.2." + std::to_string(i), start)) << i;
  EXPECT_EQ(share.next_report(), AuditLimit::Time::max());
  for (int i = 0; i < 7; ++i) EXPECT_FALSE(share.take("192.0.2.9", start + 59s));
  EXPECT_TRUE(share.take("192.0.3.1", start + 59s)) << "another network has its own";
  EXPECT_EQ(share.next_report(), start + 60s);
  EXPECT_EQ(left_out_of(share, start + 59s), LeftOutCounts());
  EXPECT_TRUE(share.take("192.0.2.9", start + 60s)) << "the next minute";
  EXPECT_EQ(share.next_report(), start + 60s);
  EXPECT_EQ(left_out_of(share, start + 61s), (LeftOutCounts{{"192.0.2.0/24", 7}}));
  EXPECT_EQ(left_out_of(share, start + 200s), LeftOutCounts()) << "told once";
  EXPECT_EQ(share.next_report(), AuditLimit::Time::max());
}

TEST(AuditLimit, all_networks_together_have_a_bound_too_and_the_largest_are_named) {
  AuditLimit share;
  const AuditLimit::Time start(1h);
  const auto address = [](int network) {
    return "10." + std::to_string(network / 256) + "." + std::to_string(network % 256) + ".1";
  };
  int written = 0;
  for (int network = 0; network < 3'001; ++network) written += share.take(address(network), start);
  EXPECT_EQ(written, 3'000);
  for (int network = 0; network < 25; ++network) {
    for (int i = 0; i <= network; ++i) EXPECT_FALSE(share.take(address(network), start));
  }
  const LeftOutCounts out = left_out_of(share, start + 60s);
  ASSERT_EQ(out.size(), 21u);
  EXPECT_EQ(out[0], (std::pair<std::string, std::uint64_t>("10.0.24.0/24", 25)));
  EXPECT_EQ(out[19], (std::pair<std::string, std::uint64_t>("10.0.5.0/24", 6)));
  EXPECT_EQ(out[20], (std::pair<std::string, std::uint64_t>("", 1 + 2 + 3 + 4 + 5 + 1)));
}

TEST(AuditLimit, networks_that_are_too_many_to_know_share_one_count) {
  AuditLimit share;
  const AuditLimit::Time start(1h);
  const auto address = [](int network) {
    return "10." + std::to_string(network / 256) + "." + std::to_string(network % 256) + ".1";
  };
  for (int network = 0; network < 6'000; ++network) share.take(address(network), start);
  std::uint64_t left_out = 0;
  for (const auto& [prefix, records] : left_out_of(share, start + 60s)) left_out += records;
  EXPECT_EQ(left_out, 3'000u);
}

TEST(AuditLimit, the_five_thousandth_network_is_known_and_the_next_one_is_not) {
  AuditLimit share;
  const AuditLimit::Time start(1h);
  const auto address = [](int network) {
    return "10." + std::to_string(network / 256) + "." + std::to_string(network % 256) + ".1";
  };
  for (int network = 0; network < 5'000; ++network) share.take(address(network), start);
  for (int i = 0; i < 50; ++i) share.take(address(4'999), start);
  for (int i = 0; i < 60; ++i) share.take(address(5'000), start);
  const LeftOutCounts out = left_out_of(share, start + 60s);
  ASSERT_EQ(out.size(), 21u);
  EXPECT_EQ(out[0], (std::pair<std::string, std::uint64_t>("", 60)));
  EXPECT_EQ(out[1], (std::pair<std::string, std::uint64_t>(address_prefix(address(4'999)), 51)));
}

}  // namespace
}  // namespace papi::auth
