#include "platform/base/snapshot_map.hpp"

#include <gtest/gtest.h>

namespace papi {
namespace {

using Map = SnapshotMap<int>;

Map with(const Map& before, const std::string& key, int value) {
  Map::Editor edit(before);
  edit.set(key, value);
  return edit.finish();
}

TEST(SnapshotMap, a_changed_copy_leaves_the_first_as_it_was) {
  const Map none;
  EXPECT_FALSE(none.contains("a"));
  const Map first = with(none, "a", 1);
  Map::Editor edit(first);
  edit.set("a", 2);
  edit.set("b", 3);
  EXPECT_EQ(*edit.find("a"), 2);
  edit.erase("unknown");
  const Map second = edit.finish();
  EXPECT_EQ(*first.find("a"), 1);
  EXPECT_FALSE(first.contains("b"));
  EXPECT_EQ(*second.find("a"), 2);
  EXPECT_EQ(*second.find("b"), 3);
  Map::Editor again(second);
  again.erase("a");
  EXPECT_EQ(again.find("a"), nullptr);
  const Map third = again.finish();
  EXPECT_FALSE(third.contains("a"));
  EXPECT_EQ(*third.find("b"), 3);
  EXPECT_EQ(*second.find("a"), 2);
}

TEST(SnapshotMap, holds_many_keys_of_which_one_changes) {
  constexpr int many = 20'000;
  Map::Editor edit{Map()};
  for (int i = 0; i < many; ++i) edit.set("key" + std::to_string(i), i);
  const Map full = edit.finish();
  const Map changed = with(full, "key7", -7);
  int copied = 0;
  for (int i = 0; i < many; ++i) {
    const std::string key = "key" + std::to_string(i);
    ASSERT_EQ(*full.find(key), i);
    ASSERT_EQ(*changed.find(key), i == 7 ? -7 : i);
    copied += full.find(key) != changed.find(key);
  }
  EXPECT_GE(copied, 1);
  EXPECT_LT(copied, many / 100) << "the others are shared";
}

}  // namespace
}  // namespace papi
