#include "live/gift_names.hpp"

#include <gtest/gtest.h>

namespace papi::live {
namespace {

events::Gift nameless(std::int64_t id) {
  events::Gift gift;
  gift.gift_id = id;
  return gift;
}

}  // namespace

TEST(GiftNames, a_gift_without_a_name_gets_it_from_one_seen_before) {
  GiftNames names;
  events::Gift rose = nameless(5655);
  names.complete(rose);
  EXPECT_EQ(rose.name, "");
  rose.name = "Rose", rose.diamonds_each = 1;
  names.complete(rose);
  events::Gift later = nameless(5655);
  names.complete(later);
  EXPECT_EQ(later.name, "Rose");
  EXPECT_EQ(later.diamonds_each, 1);
}

TEST(GiftNames, the_message_wins_over_the_list) {
  GiftNames names;
  ASSERT_TRUE(names.take_list(
      R"({"data":{"gifts":[{"id":1,"name":"Old","diamond_count":7},{"id":"2","name":"Text"},{"id":3}]}})"));
  EXPECT_EQ(names.size(), 1u);
  events::Gift renamed = nameless(1);
  renamed.name = "New", renamed.diamonds_each = 8;
  names.complete(renamed);
  EXPECT_EQ(renamed.name, "New");
  events::Gift later = nameless(1);
  names.complete(later);
  EXPECT_EQ(later.name, "New");
  EXPECT_EQ(later.diamonds_each, 8);
}

TEST(GiftNames, what_is_no_list_changes_nothing) {
  GiftNames names;
  for (const char* body : {"", "<html>", "[]", "{}", R"({"data":[]})", R"({"data":{"gifts":{}}})"})
    EXPECT_FALSE(names.take_list(body)) << body;
  EXPECT_TRUE(names.take_list(R"({"data":{"gifts":[{"id":-1,"name":"x"},{"id":1,"name":""},7]}})"));
  EXPECT_EQ(names.size(), 0u);
}

TEST(GiftNames, is_bounded) {
  GiftNames names;
  for (std::int64_t id = 1; id < 30'000; ++id) {
    events::Gift gift = nameless(id);
    gift.name = "x";
    names.complete(gift);
  }
  EXPECT_EQ(names.size(), GiftNames::capacity);
}

}  // namespace papi::live
