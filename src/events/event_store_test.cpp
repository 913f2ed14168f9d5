#include "events/event_store.hpp"

#include <boost/asio/post.hpp>

#include "events/event_schema.hpp"
#include "events/log_fixture.hpp"
#include "events/retention.hpp"

namespace papi::events {
using namespace testing_log;

using EventStoreTest = LogFixture;

TEST_F(EventStoreTest, a_database_of_the_first_version_is_taken_over_with_the_places_of_its_rooms) {
  {
    auto database = sqlite::Database::open(path);
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->migrate("events", std::span(event_schema).first(1)));
    database->prepare("INSERT INTO sessions VALUES (1,'a','e1','Ann','70','connected','',1,5,6,3,99)").run();
    database->prepare("INSERT INTO sessions VALUES (2,'b','e2','','71','connected','',0,5,6,0,0)").run();
    database->prepare("INSERT INTO sessions VALUES (3,'c','e3','carl','72','ended','',0,5,6,0,0)").run();
    database->prepare("INSERT INTO room_cursors VALUES ('ann','73','t-1')").run();
    database->prepare("INSERT INTO room_cursors VALUES ('#71','71','t-2')").run();
  }
  auto database = open(path);
  const auto sessions = EventStore::load_sessions(database, 10);
  ASSERT_TRUE(sessions);
  ASSERT_EQ(sessions->size(), 3u);
  EXPECT_EQ(sessions->at(0).cursor, "t-1");
  EXPECT_EQ(sessions->at(0).room_id, "73");
  EXPECT_EQ(sessions->at(0).last_offset, 3u);
  EXPECT_EQ(sessions->at(1).cursor, "t-2");
  EXPECT_EQ(sessions->at(2).cursor, "");
}

TEST_F(EventStoreTest, a_deletion_that_was_cut_short_is_finished_and_its_session_is_not_seen_again) {
  {
    Running running(open(path), path, log);
    StoredSession mine = session(), other = session();
    other.key = 2, other.id = "other", other.epoch = "e2";
    ASSERT_TRUE(running.save(mine));
    ASSERT_TRUE(running.save(other));
    ASSERT_TRUE(
        append(running.executor(), {running.log_of(mine), running.log_of(other)}, comments(1, 1'200)));
  }
  {
    auto database = open(path);
    database.prepare("UPDATE sessions SET state = 'deleted' WHERE key = 1").run();  // as a crash leaves it
    const auto sessions = EventStore::load_sessions(database, 10);
    ASSERT_TRUE(sessions);
    ASSERT_EQ(sessions->size(), 1u);
    EXPECT_EQ(sessions->at(0).id, "other");
  }
  {
    Running running(open(path), path, log);
    const Executor executor = running.executor();
    TrustedClock trusted(clock);
    Retainer retainer(Retainer::Parts{running.store, executor, clock, trusted, log}, Retention(),
                      std::chrono::hours(1));
    auto over = net::co_spawn(executor, retainer.run(), net::use_future);
    const auto keys = [&] {
      return *net::co_spawn(executor, running.store.session_keys(executor), net::use_future).get();
    };
    while (keys().size() > 1) {
    }
    net::post(executor, [&retainer] { retainer.stop(); });
    over.get();
  }
  auto database = open(path);
  auto left = database.prepare("SELECT session_key, count(*) FROM events GROUP BY session_key");
  ASSERT_TRUE(left.step());
  EXPECT_EQ(left.integer(0), 2);
  EXPECT_EQ(left.integer(1), 1'200);
  EXPECT_FALSE(left.step());
}

/// Whose number is known by the figures.
struct KnowsAnn final : Projection {
  void apply(sqlite::Database&, const StoredBatch&) override {}
  void forget(sqlite::Database&, std::int64_t) override {}
  void add_ids(sqlite::Database&, ForgottenPerson& person) const override {
    if (person.username == "ann.1") person.ids.push_back(6'800'000'000'000'000'001);
  }
  void forget_person(sqlite::Database&, const ForgottenPerson&) override {}
};

TEST_F(EventStoreTest, two_people_who_are_forgotten_at_once_are_both_gone_and_the_bytes_are_counted_once) {
  KnowsAnn ann_is;
  Running running(open(path), path, log, 1, &ann_is);
  StoredSession mine = session();
  ASSERT_TRUE(running.save(mine));
  PreparedEvents events = comments(1, 3'000);
  for (auto& prepared : events) {
    auto made = std::make_shared<PreparedEvent>(*prepared);
    User bob;
    bob.id = 7, bob.username = "Bob", bob.nickname = "Bobby";
    made->event.body = Comment{"hi @bob, says @ann.1", "en", {}, bob, {}};
    made->common = encode_common(made->event);
    prepared = std::move(made);
  }
  User nameless;
  nameless.id = 6'800'000'000'000'000'001, nameless.nickname = "Annie";
  auto last = std::make_shared<PreparedEvent>(*comments(9'000, 1).front());
  last->event.user = nameless;
  last->common = encode_common(last->event);
  events.push_back(std::move(last));
  ASSERT_TRUE(append(running.executor(), {running.log_of(mine)}, events));
  const auto forget = [&](const char* name) {
    return net::co_spawn(running.executor(), running.store.forget_person(running.executor(), name),
                         net::use_future);
  };
  auto ann = forget("ann.1"), bob = forget("bob"), ann_again = forget("ann.1");
  EXPECT_EQ(*bob.get(), 3'000u);
  EXPECT_EQ(*ann.get() + *ann_again.get(), 3'001u) << "each event is changed, and counted, once";
  auto database = sqlite::Database::open(path);
  auto left = database->prepare(
      "SELECT count(*) FROM events WHERE lower(body) LIKE '%ann%' OR lower(body) LIKE '%bob%'");
  ASSERT_TRUE(left.step());
  EXPECT_EQ(left.integer(0), 0);
  auto sizes = database->prepare(
      "SELECT s.bytes, (SELECT sum(length(CAST(body AS BLOB))) FROM events) FROM sessions s");
  ASSERT_TRUE(sizes.step());
  EXPECT_EQ(sizes.integer(0), sizes.integer(1));
}

std::int64_t bytes_counted(const std::string& path) {
  auto database = sqlite::Database::open(path);
  auto row = database->prepare("SELECT bytes FROM sessions WHERE key = 1");
  return row.step() ? row.integer(0) : -1;
}
std::int64_t bytes_there(const std::string& path) {
  auto database = sqlite::Database::open(path);
  auto row = database->prepare("SELECT coalesce(sum(length(CAST(body AS BLOB))), 0) FROM events");
  return row.step() ? row.integer(0) : -1;
}

TEST_F(EventStoreTest, bodies_that_change_between_the_look_and_the_deletion_do_not_move_the_account) {
  Running running(open(path), path, log);
  StoredSession mine = session();
  ASSERT_TRUE(running.save(mine));
  ASSERT_TRUE(append(running.executor(), {running.log_of(mine)}, comments(1, 300)));
  const Executor executor = running.executor();
  std::promise<void> release;
  const auto released = release.get_future().share();
  sqlite::Writer::Job redaction = [released](sqlite::Database& database) {
    released.wait();
    database.execute("UPDATE events SET body = '{}' WHERE \"offset\" <= 50");
    database.execute(
        "UPDATE sessions SET bytes = (SELECT sum(length(CAST(body AS BLOB))) FROM events WHERE session_key = "
        "key)");
  };
  auto redacted = net::co_spawn(executor, running.writer.write(executor, redaction), net::use_future);
  Retention limits;
  limits.max_events = 200;
  auto trimmed =
      net::co_spawn(executor, running.store.trim(executor, 1, limits, clock.now_ms()), net::use_future);
  // The one reader answers in turn: when it has answered this, trim() has looked.
  std::function<int(sqlite::Database&)> nothing = [](sqlite::Database&) { return 0; };
  ASSERT_TRUE(
      net::co_spawn(executor, running.readers->read<int>(executor, std::move(nothing)), net::use_future)
          .get());
  release.set_value();
  EXPECT_TRUE(redacted.get());
  EXPECT_TRUE(trimmed.get());
  EXPECT_GT(bytes_there(path), 0);
  EXPECT_EQ(bytes_counted(path), bytes_there(path));
}

TEST_F(EventStoreTest, retention_and_forgetting_at_once_leave_an_exact_account) {
  Running running(open(path), path, log);
  StoredSession mine = session();
  ASSERT_TRUE(running.save(mine));
  ASSERT_TRUE(append(running.executor(), {running.log_of(mine)}, comments(1, 6'000)));
  const Executor executor = running.executor();
  auto forgotten = net::co_spawn(executor, running.store.forget_person(executor, "ann.1"), net::use_future);
  Retention limits;
  for (limits.max_events = 5'900; limits.max_events > 0; limits.max_events -= 100) {
    const auto done =
        net::co_spawn(executor, running.store.trim(executor, 1, limits, clock.now_ms()), net::use_future)
            .get();
    ASSERT_TRUE(done);
  }
  EXPECT_TRUE(forgotten.get());
  EXPECT_EQ(bytes_counted(path), bytes_there(path));
}

/// A wall clock that can be set, beside a steady one.
struct SetClock final : Clock {
  UnixMs now_ms() const override { return ++asked, wall.load(); }
  std::chrono::steady_clock::time_point steady() const override { return {}; }
  mutable std::atomic<int> asked{0};
  std::atomic<UnixMs> wall{1'700'000'000'123};
};

TEST_F(EventStoreTest, a_wall_clock_that_jumped_deletes_nothing_by_age_and_goes_on_by_number) {
  constexpr UnixMs day = 86'400'000;
  Running running(open(path), path, log);
  StoredSession mine = session();
  ASSERT_TRUE(running.save(mine));
  ASSERT_TRUE(append(running.executor(), {running.log_of(mine)}, comments(1, 1'200)));
  const Executor executor = running.executor();
  SetClock set;
  TrustedClock trusted(set);
  Retention limits;
  limits.max_age_ms = 90 * day, limits.max_events = 1'000;
  Retainer retainer(Retainer::Parts{running.store, executor, set, trusted, log}, limits,
                    std::chrono::milliseconds(1));
  set.wall += 400 * day;
  auto over = net::co_spawn(executor, retainer.run(), net::use_future);
  const auto left = [&] {
    auto database = sqlite::Database::open(path);
    auto row = database->prepare("SELECT count(*) FROM events");
    return row.step() ? row.integer(0) : -1;
  };
  while (left() > 1'000) {
  }
  const int asked = set.asked;
  while (set.asked < asked + 100) {  // several rounds more
  }
  EXPECT_EQ(left(), 1'000);
  trusted.heard_platform_time(set.wall, true);  // four hundred days have passed indeed
  while (left() > 0) {
  }
  net::post(executor, [&retainer] { retainer.stop(); });
  over.get();
  EXPECT_EQ(bytes_counted(path), 0);
}

TEST_F(EventStoreTest, only_the_platforms_time_tells_whether_a_clock_is_right_at_the_start) {
  constexpr UnixMs hour = 3'600'000;
  for (const bool right : {true, false}) {
    Running running(open(path), path, log);
    StoredSession mine = session();
    ASSERT_TRUE(running.save(mine));
    const Executor executor = running.executor();
    SetClock set;
    TrustedClock trusted(set);
    // The events have the clock's own time, as ends of streaks have that we made.
    PreparedEvents ends = comments(right ? 1 : 3, 2);
    UpstreamPosition position;
    position.room = right ? "ann" : "bert", position.platform_time = set.wall - (right ? hour : hour + 1);
    ASSERT_TRUE(append(executor, {running.log_of(mine)}, ends, position));
    position.platform_time = 1;
    ASSERT_TRUE(append(executor, {running.log_of(mine)}, comments(9, 1), position)) << "it stays the newest";
    if (!right)
      sqlite::Database::open(path)->prepare("DELETE FROM upstream_positions WHERE room='ann'").run();
    Retainer retainer(Retainer::Parts{running.store, executor, set, trusted, log}, Retention(),
                      std::chrono::hours(1));
    auto over = net::co_spawn(executor, retainer.run(), net::use_future);
    while (trusted.doubt() == TrustedClock::Doubt::nothing_stored) std::this_thread::yield();
    EXPECT_EQ(trusted.doubt(), right ? TrustedClock::Doubt::none : TrustedClock::Doubt::far_from_stored);
    net::post(executor, [&retainer] { retainer.stop(); });
    over.get();
  }
}

TEST_F(EventStoreTest, a_start_knows_the_newest_ids_and_ended_streaks_also_behind_retention) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession mine = session();
  ASSERT_TRUE(running.save(mine));
  const auto events_log = running.log_of(mine);
  auto ended = std::make_shared<PreparedEvent>();
  ended->event.id = 70'001, ended->event.time = 1'700'000'000'777;
  Gift gift;
  gift.gift_id = 5655, gift.count = 7, gift.streak_id = "1-5655-9-0#70000", gift.streak_end = true;
  ended->event.body = gift;
  ended->common = encode_common(ended->event);
  ASSERT_TRUE(append(executor, {events_log}, comments(1, 20'000)));
  ASSERT_TRUE(append(executor, {events_log}, {ended}));
  ASSERT_TRUE(append(executor, {events_log}, comments(20'001, 2)));
  Retention few;
  few.max_events = 1;
  const auto trim = [&] {
    return *net::co_spawn(executor, running.store.trim(executor, 1, few, 0), net::use_future).get();
  };
  while (trim()) {
  }
  const auto past = [&] {
    return *net::co_spawn(executor, running.store.past(executor, 1, "ann", 20'000), net::use_future).get();
  };
  std::vector<std::uint64_t> newest;
  for (std::uint64_t id = 4; id <= 20'000; ++id) newest.push_back(id);
  newest.insert(newest.end(), {70'001, 20'001, 20'002});
  EXPECT_EQ(past().ids, newest);
  ASSERT_EQ(past().ended_streaks.size(), 1u);
  EXPECT_EQ(past().ended_streaks[0].streak_id, gift.streak_id);
  EXPECT_EQ(past().ended_streaks[0].count, 7);
  EXPECT_EQ(past().ended_streaks[0].time, 1'700'000'000'777);
  const auto rows = [&](const std::string& table) {
    auto database = sqlite::Database::open(path);
    auto row = database->prepare("SELECT count(*) FROM " + table);
    return row.step() ? row.integer(0) : -1;
  };
  EXPECT_EQ(rows("events"), 1);
  EXPECT_EQ(rows("trimmed_events"), 19'999);
  ASSERT_TRUE(net::co_spawn(executor, running.store.mark_deleted(executor, 1, 5), net::use_future).get());
  ASSERT_TRUE(net::co_spawn(executor, running.store.delete_rows(executor, 1), net::use_future).get());
  EXPECT_EQ(rows("trimmed_events"), 0);
}

TEST_F(EventStoreTest, a_position_moves_with_its_events_and_a_session_remembers_where_it_stands) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession first = session(), second = session();
  second.key = 2, second.id = "overlay", second.epoch = "e2";
  ASSERT_TRUE(running.save(first) && running.save(second));
  const auto one = running.log_of(first), two = running.log_of(second);
  const auto past = [&](std::int64_t key) {
    return *net::co_spawn(executor, running.store.past(executor, key, "ann", 3), net::use_future).get();
  };
  UpstreamPosition position;
  position.room = "ann", position.room_id = "70", position.cursor = "t-1", position.likes = 11,
  position.heard_at = 100;
  ASSERT_TRUE(append(executor, {one}, comments(1, 2), position));
  EXPECT_EQ(past(2).own.cursor, "") << "it has no event yet";
  EXPECT_EQ(past(2).room.cursor, "t-1");
  position.cursor = "t-2", position.heard_at = 200, position.likes = 12;
  ASSERT_TRUE(append(executor, {one, two}, comments(3, 2), position));
  position.cursor.clear(), position.heard_at = 0;  // nothing is known: the saved position stays
  ASSERT_TRUE(append(executor, {two}, comments(5, 1), position));
  EXPECT_EQ(past(1).own.cursor, "t-2");
  EXPECT_EQ(past(1).room.cursor, "t-2");
  EXPECT_EQ(past(1).room.room_id, "70");
  EXPECT_EQ(past(1).room.heard_at, 200);
  EXPECT_EQ(past(1).room.likes, 12);
  EXPECT_EQ(past(1).own.likes, 12) << "of the same stream";
  position.cursor = "t-3", position.room_id = "71", position.likes = 1;
  ASSERT_TRUE(append(executor, {two}, comments(6, 1), position));
  EXPECT_EQ(past(1).own.likes, 0) << "the room has another stream";
  EXPECT_EQ(past(1).ids, (std::vector<std::uint64_t>{2, 3, 4})) << "the newest three, oldest first";
  EXPECT_EQ(past(2).ids, (std::vector<std::uint64_t>{4, 5, 6}));
}

TEST_F(EventStoreTest, a_deleted_session_takes_no_more_events_and_is_not_brought_back) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession first = session(), second = session();
  second.key = 2, second.id = "overlay", second.epoch = "e2";
  ASSERT_TRUE(running.save(first) && running.save(second));
  const auto one = running.log_of(first), two = running.log_of(second);
  ASSERT_TRUE(net::co_spawn(executor, running.store.mark_deleted(executor, 1, 5), net::use_future).get());
  ASSERT_TRUE(append(executor, {one, two}, comments(1, 2))) << "the other session gets its events";
  first.state = "connected";
  ASSERT_TRUE(net::co_spawn(executor, running.store.save_session(executor, first), net::use_future).get());
  auto database = sqlite::Database::open(path);
  auto rows = database->prepare(
      "SELECT key, state, (SELECT count(*) FROM events WHERE session_key = key) FROM sessions");
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.text(1), "deleted");
  EXPECT_EQ(rows.integer(2), 0);
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.integer(2), 2);
  const auto again = net::co_spawn(executor,
                                   running.store.create_session(executor,
                                                                [] {
                                                                  StoredSession third = session();
                                                                  third.key = 3;
                                                                  return third;
                                                                }()),
                                   net::use_future)
                         .get();
  ASSERT_TRUE(again);
  EXPECT_FALSE(*again) << "an earlier log of this id has ended";
}

TEST_F(EventStoreTest, open_streaks_are_kept_with_the_events_and_lose_the_name_of_who_is_erased) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  ASSERT_TRUE(running.save(session()));
  const auto own = running.log_of(session());
  const auto store = [&](std::vector<StreakChange> streaks) {
    std::vector<LogAppend> appends(1);
    appends.front().log = own, appends.front().events = comments(own->last_offset() + 1, 1);
    appends.front().streaks = std::move(streaks);
    return net::co_spawn(executor, append_to_all(executor, std::move(appends), UpstreamPosition()),
                         net::use_future)
        .get()
        .has_value();
  };
  const std::string body =
      R"({"type":"gift","user":{"id":"7","username":"Bob","nickname":"Bobby"},"count":2})";
  ASSERT_TRUE(store({{"a", body}, {"b", body}}));
  ASSERT_TRUE(store({{"a", ""}}));
  const auto open_streaks = [&] {
    return net::co_spawn(executor, running.store.past(executor, 1, "ann", 9), net::use_future)
        .get()
        ->open_streaks;
  };
  EXPECT_EQ(open_streaks(), std::vector<std::string>{body});
  ASSERT_TRUE(net::co_spawn(executor, running.store.forget_person(executor, "bob"), net::use_future).get());
  ASSERT_EQ(open_streaks().size(), 1u);
  EXPECT_EQ(open_streaks()[0].find("Bob"), std::string::npos) << open_streaks()[0];
}

}  // namespace papi::events
