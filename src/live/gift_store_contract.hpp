#pragma once

// What a caller of GiftStore may rely on, whichever engine keeps the data. The suite runs over a type
// `Stores` that has gifts(), executor(), and restart(), which closes the store and opens it again with what
// is stored.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/use_future.hpp>
#include <limits>

#include "live/gift_store.hpp"

namespace papi::live {

template <class Stores>
struct GiftStoreContract : testing::Test {
  void save(std::vector<KnownGift> gifts, UnixMs listed_at, UnixMs updated_at) {
    GiftStore::Known known;
    known.gifts = std::move(gifts);
    known.listed_at = listed_at;
    known.updated_at = updated_at;
    auto task = stores.gifts().save(stores.executor(), std::move(known));
    EXPECT_TRUE(net::co_spawn(stores.executor(), std::move(task), net::use_future).get());
  }
  /// Returns the gifts in the order of their ids.
  GiftStore::Known load() {
    auto known =
        net::co_spawn(stores.executor(), stores.gifts().load(stores.executor()), net::use_future).get();
    EXPECT_TRUE(known);
    if (!known) return {};
    std::sort(known->gifts.begin(), known->gifts.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    return std::move(*known);
  }

  Stores stores;
};
TYPED_TEST_SUITE_P(GiftStoreContract);

TYPED_TEST_P(GiftStoreContract, gifts_are_kept_and_those_of_the_same_id_are_replaced) {
  EXPECT_TRUE(this->load().gifts.empty());
  EXPECT_EQ(this->load().listed_at + this->load().updated_at, 0);
  this->save(
      {{5655, "Rose", 1, "https://p16-a/rose", 1, true}, {6, "Lion", 29'999, "https://p16-a/lion", 2, false}},
      10, 11);
  this->stores.restart();
  this->save({{5655, "Rosé", 2, "", 0, false}}, 10, 12);
  const GiftStore::Known known = this->load();
  EXPECT_EQ(known.listed_at, 10);
  EXPECT_EQ(known.updated_at, 12);
  ASSERT_EQ(known.gifts.size(), 2u);
  const KnownGift &lion = known.gifts[0], &rose = known.gifts[1];
  EXPECT_EQ(lion.id, 6) << "a gift that was not saved again stays";
  EXPECT_EQ(lion.name, "Lion");
  EXPECT_EQ(lion.diamonds, 29'999);
  EXPECT_EQ(lion.image_url, "https://p16-a/lion");
  EXPECT_EQ(lion.type, 2);
  EXPECT_FALSE(lion.streakable);
  EXPECT_EQ(rose.id, 5655);
  EXPECT_EQ(rose.name, "Rosé");
  EXPECT_EQ(rose.diamonds, 2);
  EXPECT_EQ(rose.image_url, "");
  EXPECT_EQ(rose.type, 0);
  EXPECT_FALSE(rose.streakable);
}

TYPED_TEST_P(GiftStoreContract, of_two_gifts_with_the_same_id_in_one_save_the_last_one_counts) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  this->save(
      {{7, "Rose", 1, "", 1, true}, {most, "Lion", most, "", most, false}, {7, "Rosé", 2, "", 1, true}}, 1,
      1);
  const GiftStore::Known known = this->load();
  ASSERT_EQ(known.gifts.size(), 2u);
  EXPECT_EQ(known.gifts[0].name, "Rosé");
  EXPECT_EQ(known.gifts[0].diamonds, 2);
  EXPECT_EQ(known.gifts[1].id, most);
  EXPECT_EQ(known.gifts[1].diamonds, most);
  EXPECT_EQ(known.gifts[1].type, most);
}

TYPED_TEST_P(GiftStoreContract, texts_that_an_engine_cannot_hold_as_they_are_are_stored_all_the_same) {
  const std::string odd("a\0b\xff", 4);
  this->save({{7, odd, 1, odd, 1, true}, {8, "Lion", 2, "", 1, false}}, 1, 1);
  const GiftStore::Known known = this->load();
  ASSERT_EQ(known.gifts.size(), 2u);
  EXPECT_EQ(known.gifts[0].name.substr(0, 1), "a");
  EXPECT_EQ(known.gifts[0].image_url.substr(0, 1), "a");
  EXPECT_EQ(known.gifts[1].name, "Lion");
}

REGISTER_TYPED_TEST_SUITE_P(GiftStoreContract, gifts_are_kept_and_those_of_the_same_id_are_replaced,
                            of_two_gifts_with_the_same_id_in_one_save_the_last_one_counts,
                            texts_that_an_engine_cannot_hold_as_they_are_are_stored_all_the_same);

}  // namespace papi::live
