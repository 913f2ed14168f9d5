#include "live/recent_ids.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <set>

#include "platform/base/random.hpp"

namespace papi::live {

TEST(RecentIds, drops_what_was_seen_and_forgets_the_oldest_only) {
  RecentIds ids(3);
  EXPECT_TRUE(ids.remember(1));
  EXPECT_FALSE(ids.remember(1));
  EXPECT_TRUE(ids.remember(2));
  EXPECT_TRUE(ids.remember(3));
  EXPECT_TRUE(ids.remember(4));
  EXPECT_FALSE(ids.contains(1)) << "four came: the first is forgotten";
  EXPECT_TRUE(ids.contains(2));
  EXPECT_EQ(ids.size(), 3u);
  ids.erase(4);
  EXPECT_FALSE(ids.contains(4));
  EXPECT_TRUE(ids.remember(4));
}

TEST(RecentIds, an_older_id_displaces_no_newer_one) {
  RecentIds ids(3);
  ids.remember(10);
  EXPECT_TRUE(ids.remember_older(9));
  EXPECT_TRUE(ids.remember_older(8));
  EXPECT_FALSE(ids.remember_older(7)) << "the set is full";
  EXPECT_FALSE(ids.remember_older(9));
  ids.remember(11);
  EXPECT_FALSE(ids.contains(8)) << "the oldest";
  EXPECT_TRUE(ids.contains(9) && ids.contains(10) && ids.contains(11));
}

TEST(RecentIds, agrees_with_a_plain_list_over_random_steps) {
  for (const std::size_t capacity : {1u, 2u, 7u, 100u, 1'000u}) {
    Random random(capacity);
    RecentIds ids(capacity);
    std::deque<std::pair<std::uint64_t, bool>> list;  // oldest first; false: erased
    const auto has = [&](std::uint64_t id) {
      return std::any_of(list.begin(), list.end(), [&](const auto& e) { return e.second && e.first == id; });
    };
    for (int step = 0; step < 4'000; ++step) {
      const auto id = static_cast<std::uint64_t>(random.between(1, static_cast<std::int64_t>(capacity) * 2))
                      << 20;
      const bool had = has(id);
      ASSERT_EQ(ids.contains(id), had);
      switch (random.between(0, 9)) {
        case 0:
          ids.erase(id);
          if (had && list.back() == std::pair(id, true)) {
            list.pop_back();
            break;
          }
          for (auto& entry : list) {
            if (entry.first == id) entry.second = false;
          }
          break;
        case 1:
          ASSERT_EQ(ids.remember_older(id), !had && list.size() < capacity);
          if (!had && list.size() < capacity) list.emplace_front(id, true);
          break;
        default:
          ASSERT_EQ(ids.remember(id), !had);
          if (had) break;
          if (list.size() == capacity) list.pop_front();
          list.emplace_back(id, true);
      }
    }
    std::set<std::uint64_t> left;
    for (const auto& [id, present] : list) {
      if (present) left.insert(id);
    }
    EXPECT_EQ(ids.size(), left.size());
    for (const std::uint64_t id : left) EXPECT_TRUE(ids.contains(id));
  }
}

TEST(RecentIds, ids_that_are_taken_back_displace_no_others) {
  RecentIds ids(100);
  for (std::uint64_t id = 1; id <= 100; ++id) ids.remember(id);
  ids.remember(101);  // replaces the oldest id
  ids.erase(101);
  for (int attempt = 0; attempt < 1'000; ++attempt) {
    for (std::uint64_t id = 1'000; id <= 1'000; ++id) ids.remember(id);
    ids.erase(1'000);
  }
  EXPECT_TRUE(ids.contains(2) && ids.contains(100));
}

TEST(RecentIds, holds_as_many_ids_as_two_bytes_can_number_and_no_more) {
  RecentIds ids(100'000);
  ASSERT_EQ(ids.capacity(), 65'534u);
  for (std::uint64_t id = 1; id <= 65'534; ++id) ASSERT_TRUE(ids.remember(id));
  EXPECT_TRUE(ids.contains(1));
  EXPECT_TRUE(ids.remember(65'535));
  EXPECT_EQ(ids.size(), 65'534u);
  EXPECT_FALSE(ids.contains(1));
  for (const std::uint64_t id : {2, 65'534, 65'535}) EXPECT_FALSE(ids.remember(id)) << id;
}

TEST(RecentIds, memory_grows_with_what_it_holds) {
  RecentIds ids(20'000);
  EXPECT_EQ(ids.memory_bytes(), 0u);
  for (std::uint64_t id = 1; id <= 16; ++id) ids.remember(id * 1'000'003);
  EXPECT_LE(ids.memory_bytes(), 512u);
  for (std::uint64_t id = 17; id <= 50'000; ++id) ids.remember(id * 1'000'003);
  EXPECT_EQ(ids.size(), 20'000u);
  EXPECT_LE(ids.memory_bytes(), 230'000u);
}

}  // namespace papi::live
