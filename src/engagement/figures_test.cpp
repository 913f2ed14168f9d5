#include "engagement/figures.hpp"

#include "events/log_fixture.hpp"

namespace papi::engagement {
namespace {

using namespace events;

constexpr UnixMs start = 1'700'000'000'000;

/// A database with the event tables and the figures, without threads.
struct FiguresTest : testing_log::LogFixture {
  FiguresTest() : database(open(path)) { EXPECT_TRUE(Figures::prepare(database)); }

  Event by(std::uint64_t user_id, UnixMs time, EventBody body) {
    Event event;
    event.id = ++last_id;
    event.time = time;
    event.user.emplace();
    event.user->id = user_id;
    event.user->username = "user" + std::to_string(user_id);
    event.body = std::move(body);
    return event;
  }
  void apply(const std::vector<Event>& list, std::int64_t key = 1) {
    StoredBatch batch;
    batch.session_key = key;
    for (const Event& event : list) {
      auto prepared = std::make_shared<PreparedEvent>();
      prepared->event = event;
      prepared->common = encode_common(event);
      batch.events.push_back(encode(std::move(prepared), {++last_offset, "e1", "quiz"}));
    }
    figures.apply(database, batch);
  }
  static Gift gift(std::int64_t count, std::int64_t each, bool end) {
    Gift given;
    given.gift_id = 5655, given.count = count, given.diamonds_each = each, given.streak_end = end;
    return given;
  }

  sqlite::Database database;
  Figures figures;
  std::uint64_t last_id = 0, last_offset = 0;
};

}  // namespace

TEST_F(FiguresTest, who_is_forgotten_is_so_in_every_session_also_by_number_and_keeps_the_sums) {
  Event nameless = by(7, start, Comment{"hi", "en", {}, {}, {}});
  nameless.user->username.clear(), nameless.user->nickname = "Sevenish";
  apply({by(7, start, gift(2, 5, true)), by(8, start, gift(1, 1, true))}, 1);
  apply({nameless}, 2);  // another session, where the number alone is known
  ForgottenPerson person{"user7", {}};
  figures.add_ids(database, person);
  EXPECT_EQ(person.ids, std::vector<std::int64_t>{7});
  figures.forget_person(database, person);
  for (const std::int64_t session : {1, 2}) {
    for (const Ranked& ranked :
         read_ranking(database, session, session == 1 ? RankBy::gifts : RankBy::comments, 9)) {
      EXPECT_EQ(ranked.username + ranked.nickname + ranked.avatar_url, ranked.user_id == 7 ? "" : "user8");
      EXPECT_GT(ranked.score, 0);
    }
  }
}

TEST_F(FiguresTest, a_recent_ranking_is_found_in_steps_and_ends_at_its_time) {
  constexpr int events = 45'000;
  auto row = database.prepare(
      "INSERT INTO events(session_key, \"offset\", id, type, timestamp_ms, user_id, username, amount, body)"
      " VALUES (1, ?1, ?1, ?2, ?3, ?4, '', ?5, '')");
  database.execute(
      "INSERT INTO sessions(key, session_id, epoch, username, room_id, state, reason, wait_until_live,"
      " created_at) VALUES (1, 's', 'e1', 'ann', '7', '', '', 0, 1)");
  database.execute("BEGIN");
  std::map<std::int64_t, std::int64_t> likes;  // since the 3,001st event
  for (int i = 1; i <= events; ++i) {
    const std::int64_t user = 1 + i % 7, amount = i % 5;
    row.bind(1, std::int64_t{i}).bind(2, std::string_view(i % 2 == 0 ? "like" : "comment"));
    row.bind(3, start + i).bind(4, user).bind(5, amount).run();
    if (i % 2 == 0 && i > 3'000) likes[user] += amount;
  }
  database.execute("COMMIT");
  apply({by(1, start, Comment{}), by(2, start, Comment{}), by(3, start, Comment{}), by(4, start, Comment{}),
         by(5, start, Comment{}), by(6, start, Comment{}), by(7, start, Comment{})});
  RecentRanking ranking(1, RankBy::likes, start + 3'001);
  int steps = 1;
  while (ranking.step(database)) ++steps;
  EXPECT_EQ(steps, 3) << "20,000 + 20,000, then 2,000 and the stretch of older ones";
  EXPECT_FALSE(ranking.too_large());
  const auto top = ranking.top(database, 100);
  ASSERT_EQ(top.size(), 7u);
  for (const Ranked& person : top) EXPECT_EQ(person.score, likes[person.user_id]) << person.user_id;
  EXPECT_EQ(ranking.top(database, 2).size(), 2u);
  EXPECT_GE(top[0].score, top[1].score);
}

TEST_F(FiguresTest, sums_equal_what_a_plain_count_of_the_same_events_gives) {
  Random random(7);
  std::map<std::string, std::int64_t> counts;
  std::map<std::int64_t, std::int64_t> diamonds_of, likes_of;
  std::int64_t diamonds = 0, taps = 0, peak = 0, viewers_now = 0;
  for (int round = 0; round < 20; ++round) {
    std::vector<Event> batch;
    for (int i = 0; i < 50; ++i) {
      const auto user = static_cast<std::uint64_t>(random.between(1, 9));
      const UnixMs time = start + random.between(0, 300'000);
      switch (random.between(0, 3)) {
        case 0:
          batch.push_back(by(user, time, Comment{"hi", "en", {}, {}, {}}));
          break;
        case 1: {
          const std::int64_t count = random.between(1, 40);
          const bool end = random.chance(0.5);
          batch.push_back(by(user, time, gift(count, 5, end)));
          if (end) diamonds += count * 5, diamonds_of[static_cast<std::int64_t>(user)] += count * 5;
          break;
        }
        case 2: {
          const std::int64_t count = random.between(1, 15);
          batch.push_back(by(user, time, Like{count, 0}));
          taps += count, likes_of[static_cast<std::int64_t>(user)] += count;
          break;
        }
        default: {
          Viewers seen;
          seen.count = viewers_now = random.between(1, 500);
          peak = std::max(peak, seen.count);
          batch.push_back(by(user, time, std::move(seen)));
        }
      }
      ++counts[std::string(to_string(batch.back().type()))];
    }
    apply(batch);
  }
  const Stats stats = read_stats(database, 1, start + 300'000);
  for (const auto& [type, count] : counts) EXPECT_EQ(stats.sums.find(type)->second.n, count) << type;
  EXPECT_EQ(stats.sums.find(streaks_kind)->second.amount, diamonds);
  EXPECT_EQ(stats.sums.find("like")->second.amount, taps);
  EXPECT_EQ(stats.sums.find("viewers")->second.peak, peak);
  EXPECT_EQ(stats.viewers_now, viewers_now);
  EXPECT_EQ(stats.unique_users, 9);

  for (const auto& [by_what, expected] :
       {std::pair{RankBy::gifts, diamonds_of}, std::pair{RankBy::likes, likes_of}}) {
    std::int64_t before = std::numeric_limits<std::int64_t>::max();
    for (const Ranked& ranked : read_ranking(database, 1, by_what, 100)) {
      EXPECT_EQ(ranked.score, expected.at(ranked.user_id));
      EXPECT_EQ(ranked.username, "user" + std::to_string(ranked.user_id));
      EXPECT_LE(ranked.score, before);
      before = ranked.score;
    }
  }

  std::int64_t in_buckets = 0;
  for (const Bucket& bucket : read_timeline(database, 1, 60'000, 0, start + 400'000, 1'000)) {
    EXPECT_EQ(bucket.starts_at % 60'000, 0);
    for (const auto& [kind, sum] : bucket.sums) in_buckets += parse_event_type(kind) ? sum.n : 0;
  }
  EXPECT_EQ(in_buckets, 1'000);
}

TEST_F(FiguresTest, a_streak_that_goes_on_adds_nothing_and_its_end_adds_it_once) {
  apply(
      {by(1, start, gift(1, 10, false)), by(1, start, gift(2, 10, false)), by(1, start, gift(3, 10, true))});
  const Stats stats = read_stats(database, 1, start);
  EXPECT_EQ(stats.sums.find(streaks_kind)->second.n, 1);
  EXPECT_EQ(stats.sums.find(streaks_kind)->second.amount, 30);
  EXPECT_EQ(stats.sums.find(gifts_kind)->second.amount, 3);
  EXPECT_EQ(read_ranking(database, 1, RankBy::gifts, 10).at(0).score, 30);
}

TEST_F(FiguresTest, likes_and_viewers_of_another_room_are_not_this_rooms) {
  Event likes = by(7, start, Like{1, 9'000'000}), viewers = by(7, start, Viewers{5'000, 0, {}});
  likes.other_room = viewers.other_room = true;
  apply({by(7, start, Like{1, 10}), by(7, start, Viewers{50, 0, {}}), likes, viewers}, 1);
  const Stats stats = read_stats(database, 1, start);
  EXPECT_EQ(stats.viewers_now, 50);
  EXPECT_EQ(stats.sums.at("like_total").peak, 10);
}

TEST_F(FiguresTest, the_last_name_that_was_said_is_kept) {
  apply({by(1, start, Comment{"a", "", {}, {}, {}})});
  Event renamed = by(1, start, Comment{"b", "", {}, {}, {}});
  renamed.user->username = "new.name";
  Event nameless = by(1, start, Comment{"c", "", {}, {}, {}});
  nameless.user->username.clear();
  apply({renamed, nameless});
  apply({nameless});
  const auto ranking = read_ranking(database, 1, RankBy::comments, 10);
  ASSERT_EQ(ranking.size(), 1u);
  EXPECT_EQ(ranking[0].score, 4);
  EXPECT_EQ(ranking[0].username, "new.name");
}

TEST_F(FiguresTest, sessions_are_apart_and_one_is_forgotten_alone) {
  apply({by(1, start, Like{5, 5})}, 1);
  apply({by(1, start, Like{7, 7}), by(2, start, Like{1, 8})}, 2);
  figures.forget(database, 1);
  EXPECT_TRUE(read_stats(database, 1, start).sums.empty());
  EXPECT_TRUE(read_ranking(database, 1, RankBy::likes, 10).empty());
  const Stats left = read_stats(database, 2, start);
  EXPECT_EQ(left.sums.find("like")->second.amount, 8);
  EXPECT_EQ(left.unique_users, 2);
}

TEST_F(FiguresTest, the_timeline_is_bounded_by_times_and_by_number) {
  for (int minute = 0; minute < 5; ++minute)
    apply({by(1, start + minute * 60'000, Comment{"x", "", {}, {}, {}})});
  EXPECT_EQ(read_timeline(database, 1, 60'000, 0, start + 600'000, 3).size(), 3u);
  EXPECT_EQ(read_timeline(database, 1, 60'000, start + 100'000, start + 200'000, 100).size(), 2u);
}

}  // namespace papi::engagement
