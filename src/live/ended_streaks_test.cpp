#include "live/ended_streaks.hpp"

#include <gtest/gtest.h>

namespace papi::live {

TEST(EndedStreaks, are_found_by_name_with_their_last_count_and_time) {
  EndedStreaks ended;
  EXPECT_FALSE(ended.find("1:5655:0:"));
  ended.set("1:5655:0:", {7, 1'000});
  ended.set("2:5655:0:", {3, 1'001});
  ended.set("1:5655:0:", {9, 1'002});
  ASSERT_TRUE(ended.find("1:5655:0:"));
  EXPECT_EQ(ended.find("1:5655:0:")->count, 9);
  EXPECT_EQ(ended.find("1:5655:0:")->time, 1'002);
  EXPECT_EQ(ended.find("2:5655:0:")->count, 3);
  EXPECT_EQ(ended.size(), 2u);
  ended.erase("2:5655:0:");
  EXPECT_FALSE(ended.find("2:5655:0:"));
}

TEST(EndedStreaks, the_oldest_are_forgotten_and_an_end_that_is_set_anew_is_the_newest) {
  EndedStreaks ended;
  for (const char* name : {"a", "b", "c", "d"}) ended.set(name, {1, 1});
  ended.set("a", {2, 2});
  ended.trim(4);
  EXPECT_EQ(ended.size(), 4u);
  ended.trim(2);
  EXPECT_TRUE(ended.find("a"));
  EXPECT_TRUE(ended.find("d"));
  EXPECT_FALSE(ended.find("b"));
  EXPECT_FALSE(ended.find("c"));
  ended.set("e", {3, 3});
  ended.trim(2);
  EXPECT_EQ(ended.size(), 2u) << "also one beyond the bound goes";
  EXPECT_FALSE(ended.find("d"));
  EXPECT_TRUE(ended.find("e"));
}

}  // namespace papi::live
