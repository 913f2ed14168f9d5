#pragma once

// What a caller of EngagementStore may rely on, whichever engine keeps the data. The suite runs over a type
// `Stores` as that of events/store_contract.hpp, which also has engagement(), a store over the same data.

#include "engagement/engagement_store.hpp"
#include "events/store_contract.hpp"
#include "platform/base/random.hpp"

namespace papi::engagement {

inline constexpr UnixMs start = 1'700'000'000'000;  // the first millisecond of a span

inline events::Gift gift(std::int64_t count, std::int64_t each, bool end) {
  events::Gift given;
  given.gift_id = 5655;
  given.count = count;
  given.diamonds_each = each;
  given.streak_end = end;
  return given;
}

template <class Stores>
struct EngagementStoreContract : events::StoreContract<Stores> {
  using events::StoreContract<Stores>::get;
  using events::StoreContract<Stores>::executor;

  EngagementStore& engagement() { return this->stores.engagement(); }

  events::Event by(std::uint64_t user_id, UnixMs time, events::EventBody body) {
    events::Event event = events::testing_log::event_of(++last_id, std::move(body), time);
    event.user->id = events::UserId(user_id);
    event.user->username = "user" + std::to_string(user_id);
    return event;
  }
  /// Appends the events with their totals.
  void store_events(events::SessionKey key, const std::vector<events::Event>& list) {
    events::StoredBatch batch;
    batch.session_key = key;
    for (const events::Event& event : list)
      batch.events.push_back(events::testing_log::numbered(++last_offsets[key], event));
    batch.totals = totals_of(batch.events);
    EXPECT_TRUE(this->append({batch}).stored);
  }

  Stats stats(events::SessionKey key, UnixMs now = start) {
    auto read = get(engagement().stats(executor(), key, now, ""));
    EXPECT_TRUE(read);
    return read ? std::move(*read) : Stats();
  }
  /// Returns the ranking as `user:score`, separated by spaces.
  static std::string text_of(const Ranking& ranking) {
    std::string text;
    for (const Ranked& person : ranking)
      text += (text.empty() ? "" : " ") + std::to_string(person.user_id.value()) + ":" +
              std::to_string(person.score);
    return text;
  }
  Ranking ranking(events::SessionKey key, RankBy by, std::size_t limit = 100) {
    const RankingQuery query{key, by, limit, ""};
    auto read = get(engagement().ranking(executor(), query));
    EXPECT_TRUE(read);
    return read ? std::move(*read) : Ranking();
  }
  RecentRanking recent(events::SessionKey key, RankBy by, UnixMs since, std::size_t limit = 100,
                       std::size_t max_events = 2'000'000) {
    RecentRankingQuery query;
    query.ranking = RankingQuery{key, by, limit, ""};
    query.since = since;
    query.max_events = max_events;
    auto read = get(engagement().recent_ranking(executor(), query));
    EXPECT_TRUE(read);
    return read ? std::move(*read) : RecentRanking();
  }
  Timeline timeline(events::SessionKey key, std::chrono::milliseconds bucket_length, UnixMs since,
                    UnixMs until, std::size_t most) {
    const TimelineQuery query{key, bucket_length, since, until, most, ""};
    auto read = get(engagement().timeline(executor(), query));
    EXPECT_TRUE(read);
    return read ? std::move(*read) : Timeline();
  }

  std::map<events::SessionKey, std::uint64_t> last_offsets;
  std::uint64_t last_id = 0;
};
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

TYPED_TEST_P(EngagementStoreContract,
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

TYPED_TEST_P(EngagementStoreContract, a_recent_ranking_is_by_score_then_by_user_and_limited) {
  const auto key = this->new_session("quiz");
  this->store_events(
      key, {this->by(9, start, Like{5, 0}), this->by(4, start, Like{5, 0}), this->by(6, start, Like{7, 0}),
            this->by(2, start, gift(3, 10, false)), this->by(2, start, gift(4, 10, true))});
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start).people), "6:7 4:5 9:5");
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start, 2).people), "6:7 4:5");
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::gifts, start).people), "2:40")
      << "the end of a streak only";
}

TYPED_TEST_P(EngagementStoreContract, one_late_event_is_found_behind_1999_older_ones_and_not_behind_2000) {
  const auto key = this->new_session("quiz");
  std::vector<Event> list{this->by(7, start, Like{5, 0})};
  for (int i = 0; i < 1'999; ++i) list.push_back(this->by(7, start - 1, Like{5, 0}));
  this->store_events(key, list);
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start).people), "7:5");
  this->store_events(key, {this->by(7, start - 1, Like{5, 0})});
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start).people), "");
}

TYPED_TEST_P(EngagementStoreContract, a_recent_ranking_looks_at_a_bounded_number_of_events) {
  const auto key = this->new_session("quiz");
  std::vector<Event> list;
  for (int i = 0; i < 50; ++i) list.push_back(this->by(7, start, Like{1, 0}));
  this->store_events(key, list);
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start, 100, 50).people), "7:50");
  EXPECT_FALSE(this->recent(key, RankBy::likes, start, 100, 50).too_large);
  EXPECT_TRUE(this->recent(key, RankBy::likes, start, 100, 49).too_large);
  EXPECT_EQ(this->text_of(this->recent(key, RankBy::likes, start, 100, 49).people), "");
}

TYPED_TEST_P(EngagementStoreContract, a_recent_ranking_over_many_events_is_exact) {
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

TYPED_TEST_P(EngagementStoreContract, a_recent_ranking_is_exact_wherever_its_window_begins) {
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

TYPED_TEST_P(EngagementStoreContract, a_recent_ranking_of_a_session_that_ends_with_a_step_is_whole) {
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

REGISTER_TYPED_TEST_SUITE_P(
    EngagementStoreContract, a_session_without_events_has_no_sums,
    sums_are_stored_with_the_events_or_not_at_all, sums_of_later_events_are_added_and_peaks_are_the_highest,
    the_last_minute_is_the_spans_that_reach_into_it,
    a_ranking_is_by_score_then_by_user_and_leaves_out_who_has_none, the_last_name_that_was_said_is_kept,
    a_recent_ranking_counts_from_its_first_millisecond_and_nothing_before_it,
    a_recent_ranking_is_by_score_then_by_user_and_limited,
    one_late_event_is_found_behind_1999_older_ones_and_not_behind_2000,
    a_recent_ranking_looks_at_a_bounded_number_of_events, a_recent_ranking_over_many_events_is_exact,
    a_recent_ranking_is_exact_wherever_its_window_begins,
    a_recent_ranking_of_a_session_that_ends_with_a_step_is_whole,
    sums_equal_what_a_plain_count_of_the_same_events_gives, the_timeline_is_bounded_by_times_and_by_number,
    sessions_are_apart_and_one_is_deleted_alone,
    an_erased_person_has_no_name_in_any_session_and_keeps_the_scores);

}  // namespace papi::engagement
