#pragma once

// What a caller of EngagementStore::recent_ranking() may rely on, whichever engine keeps the data.

#include "engagement/engagement_store_fixture.hpp"

namespace papi::engagement {

template <class Stores>
struct RecentRankingContract : EngagementStoreFixture<Stores> {};
TYPED_TEST_SUITE_P(RecentRankingContract);

using events::Comment;
using events::Event;
using events::Like;

TYPED_TEST_P(RecentRankingContract,
             a_recent_ranking_counts_from_its_first_millisecond_and_nothing_before_it) {
  const auto key = this->new_session("quiz");
  const std::pair<UnixMs, std::int64_t> likes[] = {{-3'600'000, 1'000}, {-1, 100}, {0, 10}, {1, 1}};
  for (const auto& [time, taps] : likes) {
    this->store_events(key, {this->by(7, start + time, Like{taps, 0}), this->by(8, start + time, Comment{}),
                             this->by(0, start + time, Like{taps, 0})});
  }
  const std::pair<UnixMs, std::string> windows[] = {{-3'600'001, "7:1111"},
                                                    {-3'600'000, "7:1111"},
                                                    {-3'599'999, "7:111"},
                                                    {-1, "7:111"},
                                                    {0, "7:11"},
                                                    {1, "7:1"},
                                                    {2, ""}};
  for (const auto& [since, expected] : windows) {
    EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start + since).people), expected) << since;
    EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start + since, 1).people), expected)
        << "user 0, who likes as much, takes nobody's place";
  }
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::comments, start).people), "8:2");
}

TYPED_TEST_P(RecentRankingContract, a_recent_ranking_is_by_score_then_by_user_and_limited) {
  const auto key = this->new_session("quiz");
  this->store_events(
      key, {this->by(9, start, Like{5, 0}), this->by(4, start, Like{5, 0}), this->by(6, start, Like{7, 0}),
            this->by(2, start, gift(3, 10, false)), this->by(2, start, gift(4, 10, true))});
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start).people), "6:7 4:5 9:5");
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start, 2).people), "6:7 4:5");
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::gifts, start).people), "2:40")
      << "the end of a streak only";
}

TYPED_TEST_P(RecentRankingContract, one_late_event_is_found_behind_1999_older_ones_and_not_behind_2000) {
  const auto key = this->new_session("quiz");
  std::vector<Event> list{this->by(7, start, Like{5, 0})};
  for (int i = 0; i < 1'999; ++i) list.push_back(this->by(7, start - 1, Like{5, 0}));
  this->store_events(key, list);
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start).people), "7:5");
  this->store_events(key, {this->by(7, start - 1, Like{5, 0})});
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start).people), "");
}

TYPED_TEST_P(RecentRankingContract, a_recent_ranking_looks_at_a_bounded_number_of_events) {
  const auto key = this->new_session("quiz");
  std::vector<Event> list;
  for (int i = 0; i < 50; ++i) list.push_back(this->by(7, start, Like{1, 0}));
  this->store_events(key, list);
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start, 100, 50).people), "7:50");
  EXPECT_FALSE(this->recent(key, RankBy::likes, start, 100, 50).too_large);
  EXPECT_TRUE(this->recent(key, RankBy::likes, start, 100, 49).too_large);
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start, 100, 49).people), "");
}

TYPED_TEST_P(RecentRankingContract, a_recent_ranking_over_many_events_is_exact) {
  constexpr int events = 45'000;
  const auto key = this->new_session("quiz");
  std::map<events::UserId, std::int64_t> likes;  // from event 3,001 on
  std::vector<Event> list;
  for (int i = 1; i <= events; ++i) {
    const std::int64_t user = 1 + i % 7, amount = i % 5;
    if (i % 2 == 0) {
      list.push_back(this->by(static_cast<std::uint64_t>(user), start + i, Like{amount, 0}));
    } else {
      list.push_back(this->by(static_cast<std::uint64_t>(user), start + i, Comment{}));
    }
    if (i % 2 == 0 && i > 3'000) likes[events::UserId(static_cast<std::uint64_t>(user))] += amount;
    if (list.size() == 1'000) this->store_events(key, std::exchange(list, {}));
  }
  const RecentRanking recent = this->recent(key, RankBy::likes, start + 3'001);
  EXPECT_FALSE(recent.too_large);
  ASSERT_EQ(recent.people.size(), 7u);
  for (const Ranked& person : recent.people)
    EXPECT_EQ(person.score, likes[person.user_id]) << person.user_id.value();
}

TYPED_TEST_P(RecentRankingContract, a_recent_ranking_is_exact_wherever_its_window_begins) {
  // Engines read in steps: 2,500, 12,500 and 20,000 events from the newest are bounds of steps.
  constexpr int events = 22'000;
  const auto key = this->new_session("quiz");
  const auto user_of = [](int i) { return static_cast<std::uint64_t>(1 + i % 7); };
  const auto taps_of = [](int i) { return 1 + i % 5; };
  std::vector<Event> list;
  for (int i = 1; i <= events; ++i) {
    list.push_back(this->by(user_of(i), start + i, Like{taps_of(i), 0}));
    if (list.size() == 1'000) this->store_events(key, std::exchange(list, {}));
  }
  for (const int newest :
       {1, 499, 500, 501, 2'499, 2'500, 2'501, 12'499, 12'500, 12'501, 20'000, 20'001, events}) {
    std::map<std::uint64_t, std::int64_t> expected;
    for (int i = events - newest + 1; i <= events; ++i) expected[user_of(i)] += taps_of(i);
    const RecentRanking recent = this->recent(key, RankBy::likes, start + events - newest + 1);
    EXPECT_FALSE(recent.too_large);
    std::map<std::uint64_t, std::int64_t> found;
    for (const Ranked& person : recent.people) found[person.user_id.value()] = person.score;
    EXPECT_EQ(found, expected) << "of the newest " << newest;
  }
}

TYPED_TEST_P(RecentRankingContract, a_recent_ranking_of_a_session_that_ends_with_a_step_is_whole) {
  const auto key = this->new_session("quiz");
  for (int stored = 0; stored < 2'500; stored += 500) {
    std::vector<Event> list;
    for (int i = 0; i < 500; ++i) list.push_back(this->by(7, start, Like{1, 0}));
    this->store_events(key, list);
  }
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start).people), "7:2500");
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start, 100, 2'500).people), "7:2500");
  EXPECT_TRUE(this->recent(key, RankBy::likes, start, 100, 2'499).too_large);
}

REGISTER_TYPED_TEST_SUITE_P(RecentRankingContract,
                            a_recent_ranking_counts_from_its_first_millisecond_and_nothing_before_it,
                            a_recent_ranking_is_by_score_then_by_user_and_limited,
                            one_late_event_is_found_behind_1999_older_ones_and_not_behind_2000,
                            a_recent_ranking_looks_at_a_bounded_number_of_events,
                            a_recent_ranking_over_many_events_is_exact,
                            a_recent_ranking_is_exact_wherever_its_window_begins,
                            a_recent_ranking_of_a_session_that_ends_with_a_step_is_whole);

}  // namespace papi::engagement
