// How EventLog numbers events, stores them in the logs of a room and gives them to subscribers.

#include <boost/json/parse.hpp>

#include "events/event_log_fixture.hpp"

namespace papi::events::testing_log {

using EventLogTest = LogFixture;

TEST_F(EventLogTest, numbers_without_holes_and_continues_after_a_restart) {
  for (int run = 0; run < 2; ++run) {
    sqlite::Database database = open(path);
    auto known = SqliteEventStore::sessions_in(database, 10);
    ASSERT_TRUE(known);
    StoredSession mine = run == 0 ? session() : known->at(0);
    EXPECT_EQ(mine.last_offset, Offset(run == 0 ? 0 : 5));
    Running running(std::move(database), path, log);
    const Executor executor = running.executor();
    const auto event_log = running.log_of(mine);
    ASSERT_TRUE(running.save(mine));
    for (const int count : {2, 3}) {
      const auto events = comments(static_cast<std::uint64_t>(run * 100 + count * 10), count);
      ASSERT_TRUE(append(executor, {event_log}, events));
    }
    EXPECT_EQ(event_log->last_offset(), Offset(run == 0 ? 5 : 10));
  }
  sqlite::Database database = open(path);
  auto query = database.prepare("SELECT \"offset\", body FROM events ORDER BY \"offset\"");
  for (std::int64_t expected = 1; expected <= 10; ++expected) {
    ASSERT_TRUE(query.step());
    EXPECT_EQ(query.integer(0), expected);
    const auto body = json::parse(std::string(query.text(1)));
    EXPECT_EQ(body.at("offset").as_int64(), expected);
    EXPECT_EQ(body.at("user").at("id").as_string(), "6800000000000000001");
  }
  EXPECT_FALSE(query.step());
}

TEST_F(EventLogTest, events_are_counted_by_type_and_timed_from_their_receipt) {
  Running running(open(path), path, log);
  StoredSession mine = session();
  const auto event_log = running.log_of(mine);
  ASSERT_TRUE(running.save(mine));
  EventMetrics& metrics = running.fan_out.metrics();
  ASSERT_TRUE(append(running.executor(), {event_log}, comments(1, 3)));
  EXPECT_EQ(metrics.committed.sum(static_cast<std::size_t>(EventType::comment)), 3u);
  EXPECT_EQ(metrics.commit_delay.counts().count(), 0u) << "nobody knows when they came";
  std::vector<LogAppend> appends;
  appends.push_back({event_log, comments(11, 2), {}, clock.steady() - std::chrono::seconds(20)});
  auto stored = net::co_spawn(running.executor(),
                              append_to_all(running.executor(), std::move(appends), UpstreamPosition()),
                              net::use_future)
                    .get();
  ASSERT_TRUE(stored);
  EXPECT_EQ(metrics.committed.sum(static_cast<std::size_t>(EventType::comment)), 5u);
  EXPECT_EQ(metrics.commit_delay.counts().buckets.back(), 1u) << "one batch, above every bound";
  EXPECT_GE(metrics.commit_delay.counts().sum, std::chrono::seconds(20));
}

TEST_F(EventLogTest, every_subscriber_gets_every_event_in_order_once) {
  Running running(open(path), path, log, 2);
  const Executor executor = running.executor();
  StoredSession mine = session();
  const auto event_log = running.log_of(mine);
  ASSERT_TRUE(running.save(mine));
  Collector collectors[2];
  for (std::size_t i = 0; i < 2; ++i) {
    collectors[i].wanted = 200;
    std::promise<void> subscribed;
    net::post(running.threads.executor(i), [&, i] {
      running.fan_out.subscribe(running.threads.executor(i), "quiz", collectors[i]);
      subscribed.set_value();
    });
    subscribed.get_future().wait();
  }
  EXPECT_EQ(running.fan_out.subscribers("quiz"), 2u);
  for (int batch = 0; batch < 20; ++batch) {
    const auto events = comments(static_cast<std::uint64_t>(batch * 10 + 1), 10);
    ASSERT_TRUE(append(executor, {event_log}, events));
  }
  for (auto& collector : collectors) {
    collector.done.get_future().wait();
    ASSERT_EQ(collector.offsets.size(), 200u);
    for (std::uint64_t i = 0; i < 200; ++i) EXPECT_EQ(collector.offsets[i], i + 1);
  }
}

TEST_F(EventLogTest, a_position_is_saved_also_without_events_and_not_if_the_events_are_refused) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession mine = session();
  const auto event_log = running.log_of(mine);
  ASSERT_TRUE(running.save(mine));
  const auto saved = [&] {
    auto database = sqlite::Database::open(path);
    auto row = database->prepare("SELECT cursor FROM upstream_positions WHERE room = 'ann'");
    return row.step() ? std::string(row.text(0)) : "none";
  };
  UpstreamPosition position;
  position.room = "ann";
  position.room_id = "7";
  EXPECT_TRUE(append(executor, {event_log}, {}, position));
  EXPECT_EQ(saved(), "none") << "without a cursor and events there is nothing to save";
  position.cursor = "t-1";
  EXPECT_TRUE(append(executor, {event_log}, {}, position));
  EXPECT_EQ(saved(), "t-1");
  position.cursor = "t-2";
  running.faults.fail_appends(1);
  EXPECT_FALSE(append(executor, {event_log}, comments(1, 1), position));
  EXPECT_EQ(saved(), "t-1") << "the events of t-2 come again";
  EXPECT_TRUE(append(executor, {event_log}, comments(1, 1), position));
  EXPECT_EQ(saved(), "t-2");
}

TEST_F(EventLogTest, streaks_without_events_are_stored_too) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession mine = session();
  ASSERT_TRUE(running.save(mine));
  std::vector<LogAppend> appends = {{running.log_of(mine), {}, {{"a", "{}"}}}};
  ASSERT_TRUE(
      net::co_spawn(executor, append_to_all(executor, std::move(appends), {}), net::use_future).get());
  auto database = sqlite::Database::open(path);
  auto row = database->prepare("SELECT count(*) FROM open_streaks");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.integer(0), 1);
}

TEST_F(EventLogTest, the_sessions_of_a_room_get_its_events_all_or_none) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession first = session();
  StoredSession second = session();
  second.key = SessionKey(2);
  second.id = "overlay";
  second.epoch = "e2";
  const auto one = running.log_of(first);
  const auto two = running.log_of(second);
  ASSERT_TRUE(running.save(first) && running.save(second));
  const auto events = comments(1, 3);
  running.faults.fail_appends(1);
  EXPECT_FALSE(append(executor, {one, two}, events));
  EXPECT_EQ(one->last_offset().value() + two->last_offset().value(), 0u);
  EXPECT_TRUE(append(executor, {one, two}, events));
  EXPECT_EQ(one->last_offset(), Offset(3));
  EXPECT_EQ(two->last_offset(), Offset(3));
}

TEST_F(EventLogTest, a_deleted_session_takes_no_more_events_and_is_not_brought_back) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession first = session(), second = session();
  second.key = SessionKey(2);
  second.id = "overlay";
  second.epoch = "e2";
  ASSERT_TRUE(running.save(first) && running.save(second));
  const auto one = running.log_of(first), two = running.log_of(second);
  ASSERT_TRUE(
      net::co_spawn(executor, running.store.mark_deleted(executor, SessionKey(1), 5), net::use_future).get());
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
}

TEST_F(EventLogTest, a_log_whose_session_is_deleted_shows_nothing_keeps_nothing_waiting_and_says_so) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession first = session(), second = session();
  second.key = SessionKey(2);
  second.id = "overlay";
  second.epoch = "e2";
  ASSERT_TRUE(running.save(first) && running.save(second));
  const auto one = running.log_of(first), two = running.log_of(second);
  Collector of_one, of_two;
  of_two.wanted = 2;
  on_thread(executor, [&] {
    running.fan_out.subscribe(executor, "quiz", of_one);
    running.fan_out.subscribe(executor, "overlay", of_two);
  });
  one->put_first(comments(100, 1).front());
  EXPECT_FALSE(one->deleted());
  ASSERT_TRUE(
      net::co_spawn(executor, running.store.mark_deleted(executor, SessionKey(1), 5), net::use_future).get());
  ASSERT_TRUE(append(executor, {one, two}, comments(1, 2)));
  of_two.done.get_future().wait();
  EXPECT_EQ(of_two.offsets, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_TRUE(one->deleted());
  EXPECT_FALSE(two->deleted());
  EXPECT_FALSE(one->has_waiting()) << "who writes until nothing waits would write for ever";
  EXPECT_EQ(one->last_offset(), Offset());
  one->put_first(comments(101, 1).front());
  EXPECT_FALSE(one->has_waiting());
  on_thread(executor, [&] { EXPECT_EQ(of_one.offsets, std::vector<std::uint64_t>()); });
}

TEST_F(EventLogTest, events_of_an_earlier_epoch_are_read_under_the_present_one) {
  StoredSession mine = session();
  mine.epoch = "0123456789abcdef";
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  ASSERT_TRUE(running.save(mine));
  ASSERT_TRUE(append(executor, {running.log_of(mine)}, comments(1, 1)));
  auto database = sqlite::Database::open(path);
  database->prepare("UPDATE sessions SET epoch = 'fedcba9876543210'").run();
  EventQuery query;
  query.session_key = SessionKey(1);
  const auto page = net::co_spawn(executor, running.store.read(executor, query), net::use_future).get();
  ASSERT_EQ(page->events.size(), 1u);
  const auto event = json::parse(std::string(page->events[0]->json()));
  EXPECT_EQ(event.at("epoch").as_string(), "fedcba9876543210");
  EXPECT_EQ(event.at("comment").as_string(), "hello");
}

}  // namespace papi::events::testing_log
