#include "live/gift_streaks.hpp"

#include <gtest/gtest.h>

namespace papi::live {
namespace {

using std::chrono::seconds;
const GiftStreaks::TimePoint start{seconds(1'000)};

events::Event press(const std::string& streak, std::int64_t count, bool end = false, std::uint64_t id = 0) {
  static std::uint64_t next_id = 1;
  events::Event event;
  event.id = id != 0 ? id : next_id++;
  events::Gift gift;
  gift.streak_id = streak, gift.count = count, gift.diamonds_each = 5, gift.streak_end = end;
  event.body = std::move(gift);
  return event;
}
const events::Gift& gift(const events::Event& event) { return std::get<events::Gift>(event.body); }

}  // namespace

TEST(GiftStreaks, exactly_one_event_ends_a_streak_however_often_its_end_comes) {
  GiftStreaks streaks;
  auto one = press("a", 1), two = press("a", 3), end = press("a", 3, true), again = press("a", 3, true);
  for (auto* event : {&one, &two, &end, &again}) streaks.observe(*event, start);
  EXPECT_FALSE(gift(two).streak_end);
  EXPECT_TRUE(gift(end).streak_end);
  EXPECT_FALSE(gift(again).streak_end);
  EXPECT_EQ(streaks.open(), 0u);
}

TEST(GiftStreaks, the_end_of_a_streak_of_somebody_who_is_forgotten_has_no_name) {
  GiftStreaks streaks;
  auto mine = press("a", 2), other = press("b", 3);
  mine.user = events::User(), other.user = events::User();
  mine.user->id = 1, mine.user->username = "Ann", mine.user->nickname = "Annie", mine.user->avatar_url = "x";
  other.user->username = "anna";
  streaks.observe(mine, start), streaks.observe(other, start);
  streaks.commit();
  auto more = press("a", 4);
  more.user = mine.user;
  streaks.observe(more, start);
  streaks.forget("ann");
  streaks.rollback();
  for (const events::Event& end : streaks.close_all()) {
    const events::User& user = *end.user;
    EXPECT_EQ(user.username + user.nickname + user.avatar_url, user.id == 1 ? "" : "anna");
  }
}

TEST(GiftStreaks, an_end_that_arrives_out_of_order_keeps_the_highest_count) {
  GiftStreaks streaks;
  auto five = press("a", 5), end = press("a", 4, true);
  streaks.observe(five, start);
  streaks.observe(end, start);
  EXPECT_EQ(gift(end).count, 5);
}

TEST(GiftStreaks, a_lost_end_is_made_up_once_with_the_last_count_and_the_same_id_wherever_it_is_made) {
  std::uint64_t id = 0;
  for (int run = 0; run < 2; ++run) {
    GiftStreaks streaks;
    auto one = press("a", 1), seven = press("a", 7), three = press("a", 3);
    for (auto* event : {&one, &seven, &three}) streaks.observe(*event, start);
    EXPECT_TRUE(streaks.close_idle(start + seconds(29), seconds(30)).empty());
    const auto ends = streaks.close_idle(start + seconds(30), seconds(30));
    ASSERT_EQ(ends.size(), 1u);
    EXPECT_TRUE(gift(ends[0]).streak_end && gift(ends[0]).inferred);
    EXPECT_EQ(gift(ends[0]).count, 7);
    EXPECT_TRUE(run == 0 || ends[0].id == id);
    id = ends[0].id;
    EXPECT_TRUE(streaks.close_idle(start + seconds(99), seconds(30)).empty());
    auto late = press("a", 7, true);
    streaks.observe(late, start + seconds(99));
    EXPECT_FALSE(gift(late).streak_end) << "it has been counted";
  }
}

TEST(GiftStreaks, news_and_a_new_connection_let_a_streak_wait_anew) {
  GiftStreaks streaks;
  auto one = press("a", 1), two = press("a", 2);
  streaks.observe(one, start);
  streaks.observe(two, start + seconds(20));
  EXPECT_TRUE(streaks.close_idle(start + seconds(45), seconds(30)).empty());
  streaks.touch_all(start + seconds(49));
  EXPECT_TRUE(streaks.close_idle(start + seconds(60), seconds(30)).empty());
  EXPECT_EQ(streaks.close_all().size(), 1u);
}

TEST(GiftStreaks, what_could_not_be_kept_has_not_happened) {
  GiftStreaks streaks;
  auto one = press("a", 1), other = press("b", 4);
  streaks.observe(one, start);
  streaks.observe(other, start);
  streaks.commit();
  auto more = press("a", 9), end = press("b", 4, true), fresh = press("c", 1);
  for (auto* event : {&more, &end, &fresh}) streaks.observe(*event, start + seconds(1));
  streaks.rollback();
  EXPECT_EQ(streaks.open(), 2u);
  auto end_again = press("b", 4, true);
  streaks.observe(end_again, start + seconds(2));
  EXPECT_TRUE(gift(end_again).streak_end);
  streaks.commit();
  const auto ends = streaks.close_all();
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(gift(ends[0]).count, 1) << "as before the step that was undone";
  streaks.rollback();
  EXPECT_EQ(streaks.close_all().size(), 1u) << "also an end of ours";
}

TEST(GiftStreaks, an_earlier_run_of_the_program_is_remembered) {
  GiftStreaks streaks;
  streaks.restore(press("done", 2, true), true, start);
  streaks.restore(press("open", 6), false, start);
  auto again = press("done", 2, true);
  streaks.observe(again, start);
  EXPECT_FALSE(gift(again).streak_end);
  const auto ends = streaks.close_idle(start + seconds(30), seconds(30));
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(gift(ends[0]).count, 6);
}

}  // namespace papi::live
