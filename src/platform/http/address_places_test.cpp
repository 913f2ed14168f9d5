#include "platform/http/address_places.hpp"

#include <gtest/gtest.h>

#include "platform/http/body_budget.hpp"

namespace papi::http {
namespace {

using std::chrono::seconds;
using Time = std::chrono::steady_clock::time_point;

boost::asio::ip::address at(const char* text) { return boost::asio::ip::make_address(text); }

}  // namespace

TEST(AddressPlaces, a_client_is_an_ipv4_address_or_the_64_of_an_ipv6_one) {
  AddressPlaces places(1);
  const auto first = places.take(at("10.0.0.1"), Time());
  const auto second = places.take(at("2001:db8:0:1::1"), Time());
  ASSERT_TRUE(first.place && second.place);
  EXPECT_FALSE(places.take(at("10.0.0.1"), Time()).place);
  EXPECT_FALSE(places.take(at("::ffff:10.0.0.1"), Time()).place) << "the same, by a socket of both families";
  EXPECT_FALSE(places.take(at("2001:db8:0:1:ffff::2"), Time()).place);
  EXPECT_TRUE(places.take(at("10.0.0.2"), Time()).place);
  EXPECT_TRUE(places.take(at("2001:db8:0:2::1"), Time()).place);
  const auto neighbour = places.take(at("fe80::1%1"), Time());
  ASSERT_TRUE(neighbour.place);
  EXPECT_TRUE(places.take(at("fe80::2%1"), Time()).place);
  EXPECT_FALSE(places.take(at("fe80::1%1"), Time()).place);
}

TEST(AddressPlaces, a_place_that_is_given_back_is_free_and_forgotten) {
  AddressPlaces places(2);
  auto first = places.take(at("10.0.0.1"), Time()).place;
  auto second = places.take(at("10.0.0.1"), Time()).place;
  EXPECT_FALSE(places.take(at("10.0.0.1"), Time()).place);
  first.reset();
  first = places.take(at("10.0.0.1"), Time()).place;
  EXPECT_TRUE(first);
  first.reset(), second.reset();
  EXPECT_EQ(places.clients(), 0u);
}

TEST(AddressPlaces, a_refused_client_is_told_of_once_a_minute) {
  AddressPlaces places(1);
  const auto held = places.take(at("10.0.0.1"), Time());
  const Time start = Time() + seconds(7);
  EXPECT_TRUE(places.take(at("10.0.0.1"), start).tell);
  EXPECT_FALSE(places.take(at("10.0.0.1"), start + seconds(59)).tell);
  EXPECT_TRUE(places.take(at("10.0.0.1"), start + seconds(60)).tell);
}

TEST(AddressPlaces, zero_is_no_limit) {
  AddressPlaces places(0);
  const auto first = places.take(at("10.0.0.1"), Time()), second = places.take(at("10.0.0.1"), Time());
  EXPECT_TRUE(first.place && second.place);
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
