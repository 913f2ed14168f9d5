#include "platform/http/connection_quota.hpp"

#include <gtest/gtest.h>

#include "platform/http/body_budget.hpp"

namespace papi::http {
namespace {

using std::chrono::seconds;
using Time = std::chrono::steady_clock::time_point;

boost::asio::ip::address at(const char* text) { return boost::asio::ip::make_address(text); }

}  // namespace

TEST(ConnectionQuota, a_client_is_an_ipv4_address_or_the_64_of_an_ipv6_one) {
  ConnectionQuota quota(1);
  const auto first = quota.take(at("10.0.0.1"), Time());
  const auto second = quota.take(at("2001:db8:0:1::1"), Time());
  ASSERT_TRUE(first.permit && second.permit);
  EXPECT_FALSE(quota.take(at("10.0.0.1"), Time()).permit);
  EXPECT_FALSE(quota.take(at("::ffff:10.0.0.1"), Time()).permit) << "the same, by a socket of both families";
  EXPECT_FALSE(quota.take(at("2001:db8:0:1:ffff::2"), Time()).permit);
  EXPECT_TRUE(quota.take(at("10.0.0.2"), Time()).permit);
  EXPECT_TRUE(quota.take(at("2001:db8:0:2::1"), Time()).permit);
  const auto neighbour = quota.take(at("fe80::1%1"), Time());
  ASSERT_TRUE(neighbour.permit);
  EXPECT_TRUE(quota.take(at("fe80::2%1"), Time()).permit);
  EXPECT_FALSE(quota.take(at("fe80::1%1"), Time()).permit);
}

TEST(ConnectionQuota, a_place_that_is_given_back_is_free_and_forgotten) {
  ConnectionQuota quota(2);
  auto first = quota.take(at("10.0.0.1"), Time()).permit;
  auto second = quota.take(at("10.0.0.1"), Time()).permit;
  EXPECT_FALSE(quota.take(at("10.0.0.1"), Time()).permit);
  first.reset();
  first = quota.take(at("10.0.0.1"), Time()).permit;
  EXPECT_TRUE(first);
  first.reset();
  second.reset();
  EXPECT_EQ(quota.clients(), 0u);
}

TEST(ConnectionQuota, a_refused_client_is_told_of_once_a_minute) {
  ConnectionQuota quota(1);
  const auto held = quota.take(at("10.0.0.1"), Time());
  const Time start = Time() + seconds(7);
  EXPECT_TRUE(quota.take(at("10.0.0.1"), start).log_it);
  EXPECT_FALSE(quota.take(at("10.0.0.1"), start + seconds(59)).log_it);
  EXPECT_TRUE(quota.take(at("10.0.0.1"), start + seconds(60)).log_it);
}

TEST(ConnectionQuota, zero_is_no_limit) {
  ConnectionQuota quota(0);
  const auto first = quota.take(at("10.0.0.1"), Time()), second = quota.take(at("10.0.0.1"), Time());
  EXPECT_TRUE(first.permit && second.permit);
}

TEST(BodyBudget, bodies_share_one_bound_and_unknown_callers_half_of_it) {
  BodyBudget budget(100);
  BodyBudget::Share known(budget), unknown(budget), other(budget);
  EXPECT_FALSE(unknown.grow_to(51, false));
  EXPECT_TRUE(unknown.grow_to(50, false));
  EXPECT_FALSE(other.grow_to(1, false));
  EXPECT_TRUE(known.grow_to(50, true));
  EXPECT_FALSE(known.grow_to(51, true)) << "what does not fit is not held";
  EXPECT_EQ(budget.held(), 100u);
  unknown.release();
  EXPECT_TRUE(known.grow_to(100, true));
  known.release();
  EXPECT_EQ(budget.held(), 0u);
  EXPECT_TRUE(other.grow_to(50, false));
}

}  // namespace papi::http
