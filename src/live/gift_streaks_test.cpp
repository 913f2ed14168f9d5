#include "live/gift_streaks.hpp"

#include <gtest/gtest.h>

namespace papi::live {
namespace {

using std::chrono::seconds;
const GiftStreaks::TimePoint start{seconds(1'000)};

/// Returns a gift of a streak with a group id. Each call makes a later event than the calls before.
events::Event press(const std::string& streak, std::int64_t count, bool end = false, std::uint64_t id = 0) {
  static std::uint64_t next_id = 1;
  events::Event event;
  event.id = id != 0 ? id : next_id;
  event.time = static_cast<UnixMs>(++next_id);
  events::Gift gift;
  gift.streakable = true;
  gift.group_id = 7;
  gift.streak_id = streak;
  gift.count = count;
  gift.diamonds_each = 5;
  gift.streak_end = end;
  event.body = std::move(gift);
  return event;
}
events::Event groupless(const std::string& streak, std::int64_t count, bool end = false) {
  events::Event event = press(streak, count, end);
  std::get<events::Gift>(event.body).group_id = 0;
  return event;
}
std::vector<events::Event> observe(GiftStreaks& streaks, events::Event& event,
                                   GiftStreaks::TimePoint now = start) {
  std::vector<events::Event> lost_ends;
  streaks.observe(event, now, lost_ends);
  return lost_ends;
}
const events::Gift& gift(const events::Event& event) { return std::get<events::Gift>(event.body); }

}  // namespace

TEST(GiftStreaks, exactly_one_event_ends_a_streak_however_often_its_end_comes) {
  GiftStreaks streaks;
  auto one = press("a", 1), two = press("a", 3), end = press("a", 3, true), again = press("a", 3, true);
  for (auto* event : {&one, &two, &end, &again}) observe(streaks, *event, start);
  EXPECT_FALSE(gift(two).streak_end);
  EXPECT_TRUE(gift(end).streak_end);
  EXPECT_FALSE(gift(again).streak_end);
  EXPECT_EQ(streaks.open(), 0u);
}

TEST(GiftStreaks, the_end_of_a_streak_of_somebody_who_is_forgotten_has_no_name) {
  GiftStreaks streaks;
  auto mine = press("a", 2), other = press("b", 3);
  mine.user = events::User();
  other.user = events::User();
  mine.user->id = events::UserId(1);
  mine.user->username = "Ann";
  mine.user->nickname = "Annie";
  mine.user->avatar_url = "x";
  other.user->username = "anna";
  observe(streaks, mine, start);
  observe(streaks, other, start);
  streaks.commit();
  auto more = press("a", 4);
  more.user = mine.user;
  observe(streaks, more, start);
  streaks.erase_person("ann");
  streaks.rollback();
  for (const events::Event& end : streaks.close_all()) {
    const events::User& user = *end.user;
    EXPECT_EQ(user.username + user.nickname + user.avatar_url, user.id == events::UserId(1) ? "" : "anna");
  }
}

TEST(GiftStreaks, an_end_that_arrives_out_of_order_keeps_the_highest_count) {
  GiftStreaks streaks;
  auto five = press("a", 5), end = press("a", 4, true);
  observe(streaks, five, start);
  observe(streaks, end, start);
  EXPECT_EQ(gift(end).count, 5);
}

TEST(GiftStreaks, a_lost_end_is_made_up_once_with_the_last_count_and_the_same_id_wherever_it_is_made) {
  std::uint64_t id = 0;
  for (int run = 0; run < 2; ++run) {
    GiftStreaks streaks;
    auto one = press("a", 1), seven = press("a", 7), three = press("a", 3);
    for (auto* event : {&one, &seven, &three}) observe(streaks, *event, start);
    EXPECT_TRUE(streaks.close_idle(start + seconds(29), seconds(30)).empty());
    const auto ends = streaks.close_idle(start + seconds(30), seconds(30));
    ASSERT_EQ(ends.size(), 1u);
    EXPECT_TRUE(gift(ends[0]).streak_end && gift(ends[0]).inferred);
    EXPECT_EQ(gift(ends[0]).count, 7);
    EXPECT_TRUE(run == 0 || ends[0].id == id);
    id = ends[0].id;
    EXPECT_TRUE(streaks.close_idle(start + seconds(99), seconds(30)).empty());
    auto late = press("a", 7, true);
    observe(streaks, late, start + seconds(99));
    EXPECT_FALSE(gift(late).streak_end) << "it has been counted";
  }
}

TEST(GiftStreaks, ten_thousand_are_open_at_most_and_beyond_that_the_oldest_ends) {
  GiftStreaks streaks;
  const auto heard = [](std::size_t n) { return start + std::chrono::milliseconds(n); };
  const auto open = [&](std::size_t n) {
    auto event = press("s" + std::to_string(n), 1);
    observe(streaks, event, heard(n));
  };
  // In another order than that of the names, and not the order in which they were heard.
  for (std::size_t n = 10'000; n > 0; --n) open(n);
  EXPECT_TRUE(streaks.close_idle(heard(10'002), seconds(30)).empty());
  EXPECT_EQ(streaks.open(), 10'000u);
  open(10'001);
  open(10'002);
  const auto ends = streaks.close_idle(heard(10'002), seconds(30));
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_EQ(gift(ends[0]).streak_id, "s1");
  EXPECT_EQ(gift(ends[1]).streak_id, "s2");
  EXPECT_EQ(streaks.open(), 10'000u);
}

TEST(GiftStreaks, two_thousand_ends_are_remembered_over_a_commit_and_over_a_restart) {
  GiftStreaks streaks, restored;
  events::SessionPast past;
  for (int n = 0; n <= 2'000; ++n) {
    auto end = press("s" + std::to_string(n), 2, true);
    observe(streaks, end);
    past.ended_streaks.push_back({"s" + std::to_string(n), 2, end.time});
  }
  streaks.commit();
  restored.restore(past, start);
  for (GiftStreaks* known : {&streaks, &restored}) {
    auto forgotten = press("s0", 2, true), oldest = press("s1", 2, true), newest = press("s2000", 2, true);
    for (auto* event : {&forgotten, &oldest, &newest}) observe(*known, *event);
    EXPECT_TRUE(gift(forgotten).streak_end) << "like a new one";
    EXPECT_FALSE(gift(oldest).streak_end);
    EXPECT_FALSE(gift(newest).streak_end);
  }
}

TEST(GiftStreaks, restored_streaks_wait_anew_from_the_restart) {
  events::SessionPast past;
  past.open_streaks.push_back("{" + events::encode_common(press("open", 6)) + "}");
  GiftStreaks streaks;
  streaks.restore(past, start);
  EXPECT_EQ(streaks.open(), 1u);
  EXPECT_TRUE(streaks.close_idle(start + seconds(30) - std::chrono::milliseconds(1), seconds(30)).empty());
  EXPECT_EQ(streaks.close_idle(start + seconds(30), seconds(30)).size(), 1u);
}

TEST(GiftStreaks, a_press_takes_from_its_streak_what_it_lacks_and_nothing_else) {
  GiftStreaks streaks;
  auto first = press("a", 1);
  auto& known = std::get<events::Gift>(first.body);
  known.name = "Rose";
  known.image_url = "https://x/rose";
  observe(streaks, first);
  auto bare = press("a", 2), full = press("a", 2), other = press("b", 1), single = press("a", 1);
  std::get<events::Gift>(bare.body).diamonds_each = 0;
  auto& own = std::get<events::Gift>(full.body);
  own.name = "Roses";
  own.image_url = "https://x/roses";
  own.diamonds_each = 7;
  std::get<events::Gift>(single.body).streakable = false;
  for (auto* event : {&bare, &full, &other, &single}) streaks.inherit(*event);
  EXPECT_EQ(gift(bare).name, "Rose");
  EXPECT_EQ(gift(bare).image_url, "https://x/rose");
  EXPECT_EQ(gift(bare).diamonds_each, 5);
  EXPECT_EQ(gift(full).name, "Roses");
  EXPECT_EQ(gift(full).image_url, "https://x/roses");
  EXPECT_EQ(gift(full).diamonds_each, 7);
  EXPECT_EQ(gift(other).name, "");
  EXPECT_EQ(gift(single).name, "") << "it is of no streak";
}

TEST(GiftStreaks, news_and_a_new_connection_let_a_streak_wait_anew) {
  GiftStreaks streaks;
  auto one = press("a", 1), two = press("a", 2);
  observe(streaks, one, start);
  observe(streaks, two, start + seconds(20));
  EXPECT_TRUE(streaks.close_idle(start + seconds(45), seconds(30)).empty());
  streaks.touch_all(start + seconds(49));
  EXPECT_TRUE(streaks.close_idle(start + seconds(60), seconds(30)).empty());
  EXPECT_EQ(streaks.close_all().size(), 1u);
}

TEST(GiftStreaks, time_in_which_nothing_was_heard_does_not_count) {
  GiftStreaks streaks;
  auto one = press("a", 1);
  observe(streaks, one);
  streaks.delay_all(seconds(20), start + seconds(29));
  EXPECT_TRUE(streaks.close_idle(start + seconds(49), seconds(30)).empty());
  EXPECT_EQ(streaks.close_idle(start + seconds(50), seconds(30)).size(), 1u);
}

TEST(GiftStreaks, a_streak_with_news_behind_a_pause_waits_anew_and_no_longer) {
  GiftStreaks streaks;
  auto one = press("a", 1);
  observe(streaks, one, start + seconds(100));
  streaks.delay_all(seconds(90), start + seconds(101));
  EXPECT_TRUE(streaks.close_idle(start + seconds(130), seconds(30)).empty());
  EXPECT_EQ(streaks.close_idle(start + seconds(131), seconds(30)).size(), 1u);
}

TEST(GiftStreaks, what_could_not_be_kept_has_not_happened) {
  GiftStreaks streaks;
  auto one = press("a", 1), other = press("b", 4);
  observe(streaks, one, start);
  observe(streaks, other, start);
  streaks.commit();
  auto more = press("a", 9), end = press("b", 4, true), fresh = press("c", 1), only_end = press("d", 2, true);
  for (auto* event : {&more, &end, &fresh, &only_end}) observe(streaks, *event, start + seconds(1));
  EXPECT_TRUE(gift(only_end).streak_end);
  streaks.rollback();
  EXPECT_EQ(streaks.open(), 2u);
  auto only_end_again = press("d", 2, true);
  observe(streaks, only_end_again, start + seconds(2));
  EXPECT_TRUE(gift(only_end_again).streak_end) << "its end was not kept";
  auto end_again = press("b", 4, true);
  observe(streaks, end_again, start + seconds(2));
  EXPECT_TRUE(gift(end_again).streak_end);
  streaks.commit();
  const auto ends = streaks.close_all();
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(gift(ends[0]).count, 1) << "as before the step that was undone";
  streaks.rollback();
  EXPECT_EQ(streaks.close_all().size(), 1u) << "also an end of ours";
}

TEST(GiftStreaks, an_earlier_run_of_the_program_is_remembered) {
  events::SessionPast past;
  past.ended_streaks.push_back({"done", 2, 0});
  events::Event open = press("open", 6);
  past.open_streaks.push_back("{" + events::encode_common(open) + "}");
  GiftStreaks streaks;
  streaks.restore(past, start);
  auto again = press("done", 2, true);
  observe(streaks, again);
  EXPECT_FALSE(gift(again).streak_end);
  auto unpriced = press("open", 7);
  std::get<events::Gift>(unpriced.body).diamonds_each = 0;
  streaks.inherit(unpriced);
  EXPECT_EQ(gift(unpriced).diamonds_each, 5) << "the price of its own streak";
  const auto ends = streaks.close_idle(start + seconds(30), seconds(30));
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(gift(ends[0]).count, 6);
}

TEST(GiftStreaks, without_a_group_id_each_end_is_followed_by_a_new_streak) {
  GiftStreaks streaks;
  auto a1 = groupless("g", 1), a2 = groupless("g", 2), a_end = groupless("g", 2, true);
  auto b1 = groupless("g", 1), b_end = groupless("g", 3, true), b_again = groupless("g", 3, true);
  auto c_end = groupless("g", 1, true);
  std::int64_t counted = 0;
  std::vector<std::string> ended;
  for (auto* event : {&a1, &a2, &a_end, &b1, &b_end, &b_again, &c_end}) {
    EXPECT_TRUE(observe(streaks, *event).empty());
    if (!gift(*event).streak_end) continue;
    counted += gift(*event).count;
    ended.push_back(gift(*event).streak_id);
  }
  EXPECT_EQ(counted, 6);
  ASSERT_EQ(ended.size(), 3u);
  EXPECT_EQ(gift(b1).streak_id, ended[1]);
  EXPECT_NE(ended[0], ended[1]);
  EXPECT_NE(ended[1], ended[2]);
}

TEST(GiftStreaks, without_a_group_id_a_later_press_with_a_lower_count_tells_of_a_lost_end) {
  GiftStreaks streaks;
  auto first = groupless("g", 4), next = groupless("g", 1), late = groupless("g", 3);
  late.time = first.time;
  observe(streaks, first);
  EXPECT_TRUE(observe(streaks, late).empty()) << "not later: out of order";
  const auto lost = observe(streaks, next);
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(gift(lost[0]).count, 4);
  EXPECT_TRUE(gift(lost[0]).streak_end && gift(lost[0]).inferred);
  EXPECT_NE(gift(next).streak_id, gift(first).streak_id);
}

TEST(GiftStreaks, with_a_group_id_a_count_that_begins_anew_behind_the_end_begins_a_new_streak) {
  GiftStreaks streaks;
  auto early = press("a", 2), three = press("a", 3), end = press("a", 3, true);
  observe(streaks, three);
  observe(streaks, end);
  observe(streaks, early);
  EXPECT_FALSE(gift(early).streak_end);
  EXPECT_EQ(streaks.open(), 0u) << "sent before the end: it came late";
  auto anew = press("a", 1), anew_end = press("a", 2, true);
  observe(streaks, anew);
  EXPECT_EQ(streaks.open(), 1u);
  observe(streaks, anew_end);
  EXPECT_TRUE(gift(anew_end).streak_end);
  EXPECT_EQ(gift(anew).streak_id, gift(anew_end).streak_id);
  EXPECT_NE(gift(end).streak_id, gift(anew_end).streak_id);
}

TEST(GiftStreaks, a_streak_behind_one_of_a_single_press_is_counted) {
  GiftStreaks streaks;
  auto one = press("a", 1), end = press("a", 1, true), late = press("a", 1);
  late.time = end.time;
  observe(streaks, one);
  observe(streaks, end);
  observe(streaks, late);
  EXPECT_EQ(streaks.open(), 0u) << "not later than the end";
  auto first = press("a", 1), third = press("a", 3), anew_end = press("a", 3, true);
  observe(streaks, first);
  observe(streaks, third);
  observe(streaks, anew_end);
  EXPECT_TRUE(gift(anew_end).streak_end);
  EXPECT_EQ(gift(anew_end).count, 3);
  EXPECT_EQ(gift(first).streak_id, gift(anew_end).streak_id);
  EXPECT_NE(gift(end).streak_id, gift(anew_end).streak_id);
}

TEST(GiftStreaks, what_must_be_stored_is_each_streak_that_opened_moved_or_ended) {
  GiftStreaks streaks;
  auto a = press("a", 1), b = press("b", 1);
  observe(streaks, a);
  observe(streaks, b);
  auto changes = streaks.changes();
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].streak_id, "a");
  EXPECT_EQ(gift(*events::read_gift(changes[0].body)).count, 1);
  streaks.commit();
  EXPECT_TRUE(streaks.changes().empty());
  auto a_end = press("a", 2, true), c = press("c", 1), c_end = press("c", 1, true);
  for (auto* event : {&a_end, &c, &c_end}) observe(streaks, *event);
  changes = streaks.changes();
  ASSERT_EQ(changes.size(), 1u) << "c opened and ended unseen";
  EXPECT_EQ(changes[0].streak_id, "a");
  EXPECT_TRUE(changes[0].body.empty());
}

}  // namespace papi::live
