#pragma once

// What a caller of EngagementStore may rely on, whichever engine keeps the data. recent_ranking_contract.hpp:
// about rankings of the latest time only.

#include "engagement/engagement_store_fixture.hpp"
#include "platform/base/random.hpp"

namespace papi::engagement {

template <class Stores>
struct EngagementStoreContract : EngagementStoreFixture<Stores> {};
TYPED_TEST_SUITE_P(EngagementStoreContract);

using events::Comment;
using events::Event;
using events::Like;
using events::Share;
using events::Viewers;

TYPED_TEST_P(EngagementStoreContract, a_session_without_events_has_no_sums) {
  for (const events::SessionKey key : {this->new_session("quiz"), events::SessionKey(99)}) {
    const Stats stats = this->stats(key);
    EXPECT_TRUE(stats.sums.empty());
    EXPECT_EQ(stats.unique_users + stats.viewers_now + stats.first_span + stats.last_span, 0);
    EXPECT_TRUE(this->ranking(key, RankBy::comments).empty());
    EXPECT_TRUE(this->recent(key, RankBy::comments, 0).people.empty());
    EXPECT_TRUE(this->timeline(key, std::chrono::seconds(60), 0, start, 10).buckets.empty());
  }
}

TYPED_TEST_P(EngagementStoreContract, sums_are_stored_with_the_events_or_not_at_all) {
  const auto key = this->new_session("quiz");
  this->store_events(key, {this->by(1, start, Like{5, 10}), this->by(1, start, Viewers{7, 0, {}})});
  events::StoredBatch refused;
  refused.session_key = key;
  refused.events = {events::testing_log::numbered(9, this->by(2, start, Like{3, 99}))};
  refused.totals = totals_of(refused.events);
  EXPECT_FALSE(this->append({refused}).stored);
  this->stores.restart();
  const Stats stats = this->stats(key);
  EXPECT_EQ(stats.sums.at("like"), (Sum{1, 5, 5}));
  EXPECT_EQ(stats.sums.at("like_total"), (Sum{1, 10, 10}));
  EXPECT_EQ(stats.unique_users, 1);
  EXPECT_EQ(stats.viewers_now, 7);
}

TYPED_TEST_P(EngagementStoreContract, sums_of_later_events_are_added_and_peaks_are_the_highest) {
  const auto key = this->new_session("quiz");
  this->store_events(key, {this->by(7, start, Like{5, 1'000}), this->by(7, start, Viewers{9, 0, {}})});
  this->store_events(key,
                     {this->by(8, start + 10'000, Like{2, 1'002}), this->by(7, start, Viewers{4, 0, {}})});
  this->store_events(key, {this->by(7, start, Like{1, 990})});
  const Stats stats = this->stats(key);
  EXPECT_EQ(stats.sums.at("like"), (Sum{3, 8, 5}));
  EXPECT_EQ(stats.sums.at(std::string(like_total_kind)), (Sum{3, 2'992, 1'002}));
  EXPECT_EQ(stats.sums.at("viewers").peak, 9);
  EXPECT_EQ(stats.viewers_now, 4) << "the newest";
  EXPECT_EQ(stats.first_span, start);
  EXPECT_EQ(stats.last_span, start + 10'000);
  EXPECT_EQ(this->text_of(this->ranking(key, RankBy::likes)), "7:6 8:2");
}

TYPED_TEST_P(EngagementStoreContract, the_last_minute_is_the_spans_that_reach_into_it) {
  constexpr UnixMs now = start + 100'000;  // a whole number of spans
  const auto key = this->new_session("quiz");
  const auto said = [&](UnixMs time) { return this->by(1, time, Comment{"hi", "en", {}, {}, {}}); };
  this->store_events(key, {said(start), said(now - 70'001), said(now - 70'000),
                           said(now - 60'001)});  // a span that ended at -60 s
  this->store_events(
      key, {said(now - 60'000), said(now - 50'001), said(now), this->by(1, now - 60'001, Like{500, 0})});
  this->store_events(key, {this->by(1, now - 60'000, Like{3, 0}), this->by(2, now - 1, Like{4, 0}),
                           this->by(2, start, gift(9, 5, true))});
  struct Row {
    UnixMs now;
    std::int64_t comments, likes;
  };
  for (const Row& row : {Row{now, 3, 7}, Row{now - 1, 5, 507}, Row{now + 9'999, 3, 7},
                         Row{now + 10'000, 1, 4}, Row{now + 69'999, 1, 0}, Row{now + 70'000, 0, 0}}) {
    const Stats stats = this->stats(key, row.now);
    EXPECT_EQ(stats.last_minute.at("comment").n, row.comments) << row.now - now;
    EXPECT_EQ(stats.last_minute.at("like").amount, row.likes) << row.now - now;
    EXPECT_EQ(stats.last_minute.at("gift").n, 0);
    EXPECT_EQ(stats.sums.at("comment").n, 7) << "all time";
    EXPECT_EQ(stats.sums.at("like").amount, 507);
    EXPECT_EQ(stats.first_span, start);
    EXPECT_EQ(stats.last_span, now);
  }
}

TYPED_TEST_P(EngagementStoreContract, a_ranking_is_by_score_then_by_user_and_leaves_out_who_has_none) {
  const auto key = this->new_session("quiz");
  const auto shares = [&](std::uint64_t user, int times) {
    for (int i = 0; i < times; ++i) this->store_events(key, {this->by(user, start, Share{"app"})});
  };
  shares(9, 2);
  shares(5, 3);
  shares(3, 2);
  this->store_events(key, {this->by(1, start, Comment{}), this->by(0, start, Share{"app"})});
  EXPECT_EQ(this->text_of(this->ranking(key, RankBy::shares)), "5:3 3:2 9:2");
  EXPECT_EQ(this->text_of(this->ranking(key, RankBy::shares, 2)), "5:3 3:2");
  EXPECT_EQ(this->text_of(this->ranking(key, RankBy::comments)), "1:1");
  EXPECT_EQ(this->text_of(this->ranking(key, RankBy::gifts)), "");
  EXPECT_EQ(this->stats(key).unique_users, 4) << "user 0 is nobody";
}

TYPED_TEST_P(EngagementStoreContract, the_last_name_that_was_said_is_kept) {
  const auto key = this->new_session("quiz");
  Event first = this->by(1, start, Comment{}), renamed = first, nameless = first;
  first.user->nickname = "First";
  first.user->avatar_url = "http://a/1";
  renamed.user->username = "new.name";
  nameless.user->username.clear();
  this->store_events(key, {first});
  this->store_events(key, {renamed, nameless});
  this->store_events(key, {nameless});
  for (const Ranking& ranking :
       {this->ranking(key, RankBy::comments), this->recent(key, RankBy::comments, 0).people}) {
    ASSERT_EQ(ranking.size(), 1u);
    EXPECT_EQ(ranking[0].score, 4);
    EXPECT_EQ(ranking[0].username, "new.name");
    EXPECT_EQ(ranking[0].nickname, "First");
    EXPECT_EQ(ranking[0].avatar_url, "http://a/1");
  }
}

TYPED_TEST_P(EngagementStoreContract, sums_equal_what_a_plain_count_of_the_same_events_gives) {
  const auto key = this->new_session("quiz");
  Random random(7);
  std::map<std::string, std::int64_t> counts;
  std::map<events::UserId, std::int64_t> diamonds_of, likes_of;
  std::int64_t diamonds = 0, taps = 0, peak = 0, viewers_now = 0;
  for (int round = 0; round < 20; ++round) {
    std::vector<Event> list;
    for (int i = 0; i < 50; ++i) {
      const std::int64_t user = random.between(1, 9);
      const auto id = static_cast<std::uint64_t>(user);
      const UnixMs time = start + random.between(0, 300'000);
      switch (random.between(0, 3)) {
        case 0:
          list.push_back(this->by(id, time, Comment{"hi", "en", {}, {}, {}}));
          break;
        case 1: {
          const std::int64_t count = random.between(1, 40);
          const bool end = random.chance(0.5);
          list.push_back(this->by(id, time, gift(count, 5, end)));
          if (end) {
            diamonds += count * 5;
            diamonds_of[events::UserId(id)] += count * 5;
          }
          break;
        }
        case 2: {
          const std::int64_t count = random.between(1, 15);
          list.push_back(this->by(id, time, Like{count, 0}));
          taps += count;
          likes_of[events::UserId(id)] += count;
          break;
        }
        default: {
          Viewers seen;
          seen.count = viewers_now = random.between(1, 500);
          peak = std::max(peak, seen.count);
          list.push_back(this->by(id, time, std::move(seen)));
        }
      }
      ++counts[std::string(to_string(list.back().type()))];
    }
    this->store_events(key, list);
  }
  const Stats stats = this->stats(key, start + 300'000);
  for (const auto& [type, count] : counts) EXPECT_EQ(stats.sums.at(type).n, count) << type;
  EXPECT_EQ(stats.sums.find(streaks_kind)->second.amount, diamonds);
  EXPECT_EQ(stats.sums.at("like").amount, taps);
  EXPECT_EQ(stats.sums.at("viewers").peak, peak);
  EXPECT_EQ(stats.viewers_now, viewers_now);
  EXPECT_EQ(stats.unique_users, 9);
  for (const auto& [by_what, expected] :
       {std::pair{RankBy::gifts, diamonds_of}, std::pair{RankBy::likes, likes_of}}) {
    const Ranking ranking = this->ranking(key, by_what);
    EXPECT_EQ(ranking.size(), expected.size());
    for (const Ranked& ranked : ranking) EXPECT_EQ(ranked.score, expected.at(ranked.user_id));
    EXPECT_EQ(this->text_of(this->recent(key, by_what, 0).people), this->text_of(ranking))
        << "the same from the events";
  }
  std::int64_t in_buckets = 0;
  for (const Bucket& bucket :
       this->timeline(key, std::chrono::seconds(60), 0, start + 400'000, 1'000).buckets) {
    EXPECT_EQ(bucket.starts_at % 60'000, 0);
    for (const auto& [kind, sum] : bucket.sums) in_buckets += events::parse_event_type(kind) ? sum.n : 0;
  }
  EXPECT_EQ(in_buckets, 1'000);
}

TYPED_TEST_P(EngagementStoreContract, the_timeline_is_bounded_by_times_and_by_number) {
  const auto key = this->new_session("quiz");
  for (int minute = 0; minute < 5; ++minute)
    this->store_events(key, {this->by(1, start + minute * 60'000, Comment{"x", "", {}, {}, {}})});
  for (const std::size_t most : {4u, 5u, 6u}) {
    const Timeline timeline = this->timeline(key, std::chrono::seconds(10), 0, start + 600'000, most);
    EXPECT_EQ(timeline.buckets.size(), std::min<std::size_t>(most, 5));
    EXPECT_EQ(timeline.more, most < 5) << most;
  }
  const auto starts = [&](std::chrono::milliseconds bucket_length, UnixMs since, UnixMs until) {
    std::vector<UnixMs> spans;
    for (const Bucket& bucket : this->timeline(key, bucket_length, start + since, start + until, 100).buckets)
      spans.push_back(bucket.starts_at - start);
    return spans;
  };
  EXPECT_EQ(starts(std::chrono::seconds(10), 60'000, 180'000),
            (std::vector<UnixMs>{60'000, 120'000, 180'000}))
      << "both ends belong to it";
  EXPECT_EQ(starts(std::chrono::seconds(10), 60'001, 179'999), (std::vector<UnixMs>{120'000}));
  for (const Bucket& bucket : this->timeline(key, std::chrono::seconds(120), 0, start + 600'000, 100).buckets)
    EXPECT_EQ(bucket.starts_at % 120'000, 0);
}

TYPED_TEST_P(EngagementStoreContract, sessions_are_apart_and_one_is_deleted_alone) {
  const auto one = this->new_session("one"), two = this->new_session("two");
  this->store_events(one, {this->by(1, start, Like{5, 5}), this->by(1, start, Viewers{9, 0, {}})});
  this->store_events(two, {this->by(1, start, Like{7, 7}), this->by(2, start, Like{1, 8})});
  ASSERT_TRUE(this->get(this->store().mark_deleted(this->executor(), one, 5)));
  EXPECT_TRUE(this->stats(one).sums.empty());
  EXPECT_EQ(this->stats(one).viewers_now, 0);
  EXPECT_TRUE(this->ranking(one, RankBy::likes).empty());
  EXPECT_EQ(this->stats(two).sums.at("like"), (Sum{2, 8, 7}));
  EXPECT_EQ(this->stats(two).unique_users, 2);
}

TYPED_TEST_P(EngagementStoreContract, an_erased_person_has_no_name_in_any_session_and_keeps_the_scores) {
  const auto one = this->new_session("one"), two = this->new_session("two");
  Event nameless = this->by(7, start, Comment{"hi", "en", {}, {}, {}});
  nameless.user->username.clear();
  nameless.user->nickname = "Sevenish";
  nameless.user->avatar_url = "http://a/7";
  Event known = this->by(7, start, gift(2, 5, true));
  known.user->username = "User7";
  this->store_events(one, {known, this->by(8, start, gift(1, 1, true))});
  this->store_events(two, {nameless});  // in another session, where only the user id is known
  ASSERT_TRUE(this->get(this->store().erase_person(this->executor(), "user7", "")));
  this->stores.restart();
  EXPECT_EQ(this->text_of(this->ranking(one, RankBy::gifts)), "7:10 8:1");
  EXPECT_EQ(this->text_of(this->ranking(two, RankBy::comments)), "7:1");
  for (const Ranking& ranking : {this->ranking(one, RankBy::gifts), this->ranking(two, RankBy::comments)}) {
    for (const Ranked& ranked : ranking)
      EXPECT_EQ(ranked.username + ranked.nickname + ranked.avatar_url,
                ranked.user_id == events::UserId(7) ? "" : "user8");
  }
}

REGISTER_TYPED_TEST_SUITE_P(EngagementStoreContract, a_session_without_events_has_no_sums,
                            sums_are_stored_with_the_events_or_not_at_all,
                            sums_of_later_events_are_added_and_peaks_are_the_highest,
                            the_last_minute_is_the_spans_that_reach_into_it,
                            a_ranking_is_by_score_then_by_user_and_leaves_out_who_has_none,
                            the_last_name_that_was_said_is_kept,
                            sums_equal_what_a_plain_count_of_the_same_events_gives,
                            the_timeline_is_bounded_by_times_and_by_number,
                            sessions_are_apart_and_one_is_deleted_alone,
                            an_erased_person_has_no_name_in_any_session_and_keeps_the_scores);

}  // namespace papi::engagement
