#include "live/gift_names.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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
  rose.name = "Rose";
  rose.diamonds_each = 1;
  names.complete(rose);
  events::Gift later = nameless(5655);
  names.complete(later);
  EXPECT_EQ(later.name, "Rose");
  EXPECT_EQ(later.diamonds_each, 1);
}

TEST(GiftNames, the_message_wins_over_the_list) {
  GiftNames names;
  const auto list =
      read_gift_list(R"({"data":{"gifts":[{"id":1,"name":"Old","diamond_count":7,"type":1},{"id":3}]}})");
  ASSERT_TRUE(list);
  names.take_list(*list);
  EXPECT_EQ(names.size(), 1u);
  events::Gift renamed = nameless(1);
  renamed.name = "New";
  renamed.diamonds_each = 8;
  names.complete(renamed);
  EXPECT_EQ(renamed.name, "New");
  events::Gift later = nameless(1);
  names.complete(later);
  EXPECT_EQ(later.name, "New");
  EXPECT_EQ(later.diamonds_each, 8);
  EXPECT_TRUE(names.find(1)->streakable) << "what the message does not say stays";
}

TEST(GiftNames, a_message_without_a_price_does_not_make_a_gift_free) {
  GiftNames names({{5655, "Rose", 1, "", 1, true}});
  events::Gift rose = nameless(5655);
  rose.name = "Rose";
  names.complete(rose);
  EXPECT_EQ(names.find(5655)->diamonds, 1);
  EXPECT_FALSE(names.has_news());
}

TEST(GiftNames, news_are_what_differs_from_what_was_known) {
  GiftNames names({{1, "Rose", 1, "u", 1, true}, {2, "Lion", 500, "u", 2, false}});
  int calls = 0;
  names.on_news([&] { ++calls; });
  EXPECT_FALSE(names.has_news()) << "what was loaded is no news";
  const auto before = names.all();
  names.take_list(
      {{1, "Rose", 1, "", 1, true}, {2, "Lion", 600, "u", 2, false}, {3, "Cap", 99, "", 0, false}});
  EXPECT_EQ(before->size(), 2u) << "who has the snapshot keeps it";
  ASSERT_EQ(names.all()->size(), 3u);
  EXPECT_EQ(names.all()->at(0).image_url, "u") << "an address is not lost by a list without it";
  events::Gift cap = nameless(4);
  cap.name = "Hat";
  cap.diamonds_each = 5;
  names.complete(cap);
  names.complete(cap);
  EXPECT_EQ(calls, 1);
  auto news = names.take_news(2);
  EXPECT_EQ(news.size(), 2u);
  ASSERT_TRUE(names.has_news());
  for (KnownGift& gift : names.take_news(10)) news.push_back(std::move(gift));
  std::sort(news.begin(), news.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  ASSERT_EQ(news.size(), 3u);
  EXPECT_EQ(news[0].id, 2);
  EXPECT_EQ(news[0].diamonds, 600);
  EXPECT_EQ(news[1].id, 3);
  EXPECT_EQ(news[2].name, "Hat");
  EXPECT_FALSE(names.has_news());
  names.give_back_news(news);
  EXPECT_EQ(names.take_news(10).size(), 3u);
}

TEST(GiftListText, gives_gifts_of_the_list_and_of_its_pages_with_ids_of_either_kind) {
  const auto list = read_gift_list(R"({"status_code":0,"data":{
      "gifts":[{"id":5655,"name":"Rose","diamond_count":1,"type":1,"image":{"url_list":["https://a/1.png","https://b"]}},
               {"id":"7123456789012345678","name":"Big","diamond_count":"29999","type":2,"combo":false,
                "icon":{"url_list":["https://a/2.png"]}},
               {"id":-1,"name":"x"},{"id":9,"name":""},7,{"id":"no","name":"y"}],
      "pages":[{"gifts":[{"id":"11046","name":"Galaxy","diamond_count":1000,"type":2,"combo":true}]},{},3]}})");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 3u);
  EXPECT_EQ(list->at(0).id, 5655);
  EXPECT_EQ(list->at(0).image_url, "https://a/1.png");
  EXPECT_TRUE(list->at(0).streakable);
  EXPECT_EQ(list->at(1).id, 7'123'456'789'012'345'678);
  EXPECT_EQ(list->at(1).diamonds, 29'999);
  EXPECT_EQ(list->at(1).image_url, "https://a/2.png");
  EXPECT_FALSE(list->at(1).streakable);
  EXPECT_EQ(list->at(2).name, "Galaxy");
  EXPECT_TRUE(list->at(2).streakable) << "combo";
}

TEST(GiftListText, an_empty_list_and_what_is_no_list_are_none) {
  for (const char* body :
       {"", "<html>", "[]", "{}", R"({"data":[]})", R"({"data":{"gifts":{}}})", R"({"data":{"gifts":[]}})",
        R"({"data":{"gifts":[],"pages":[]}})", R"({"data":{"gifts":[],"pages":[{"gifts":[]}]}})",
        R"({"data":{"pages":{"gifts":[{"id":1,"name":"x"}]}}})",
        R"({"data":{"gifts":[{"id":0,"name":"x"}]}})"})
    EXPECT_FALSE(read_gift_list(body)) << body;
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
