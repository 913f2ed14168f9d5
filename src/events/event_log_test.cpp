#include "events/event_log.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/json/parse.hpp>
#include <future>

#include "events/log_fixture.hpp"

namespace papi::events {
using namespace testing_log;
namespace {

struct Collector final : Subscriber {
  void on_events(const EventBatch& batch) override {
    const std::vector<EventPtr>& events = batch.events();
    if (on_batch) on_batch(events);
    for (const auto& event : events) {
      offsets.push_back(event->offset.value());
      ids.push_back(event->id);
      if (offsets.size() == wanted) done.set_value();
    }
  }
  std::function<void(const std::vector<EventPtr>&)> on_batch;
  std::vector<std::uint64_t> offsets, ids;
  std::size_t wanted = 0;
  std::promise<void> done;
};

/// Runs a function on the thread, and returns when it is done: behind all that the thread had to do before.
void on_thread(Executor thread, std::function<void()> act) {
  std::promise<void> done;
  net::post(thread, [&] {
    act();
    done.set_value();
  });
  done.get_future().wait();
}

std::future<Result<void>> begin_append(Executor executor, const std::shared_ptr<EventLog>& log,
                                       const PreparedEvents& events) {
  std::vector<LogAppend> appends = {{log, events, {}}};
  return net::co_spawn(executor, append_to_all(executor, std::move(appends), {}), net::use_future);
}

}  // namespace

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

TEST_F(EventLogTest, nothing_is_shown_before_it_is_committed_and_the_commit_is_answered) {
  for (const bool stored : {false, true}) {  // the append waits before the commit, or its answer behind it
    const std::string id = stored ? "late" : "quiz";
    Running running(open(path), path, log);
    const Executor executor = running.executor();
    StoredSession mine = session();
    mine.key = SessionKey(stored ? 2 : 1);
    mine.id = id;
    const auto event_log = running.log_of(mine);
    ASSERT_TRUE(running.save(mine));
    Collector collector;
    collector.wanted = 3;
    std::vector<std::size_t> commits;  // of each batch: how many appends the store has answered when it comes
    collector.on_batch = [&](const std::vector<EventPtr>&) {
      commits.push_back(running.faults.stored_appends());
    };
    on_thread(executor, [&] { running.fan_out.subscribe(executor, id, collector); });
    if (stored) {
      running.faults.hold_answers();
    } else {
      running.faults.hold_appends();
    }
    auto appended = begin_append(executor, event_log, comments(10, 3));
    running.faults.wait_for_held(1);
    EXPECT_EQ(running.faults.stored_appends(), stored ? 1u : 0u);
    for (int turn = 0; turn < 10; ++turn) on_thread(executor, [] {});
    on_thread(executor, [&] {
      EXPECT_TRUE(collector.offsets.empty());
      EXPECT_EQ(event_log->last_offset(), Offset(0));
      EXPECT_EQ(event_log->counts()[static_cast<std::size_t>(EventType::comment)], 0u);
    });
    running.faults.release();
    EXPECT_TRUE(appended.get());
    collector.done.get_future().wait();
    on_thread(executor, [&] {
      EXPECT_EQ(collector.offsets, (std::vector<std::uint64_t>{1, 2, 3}));
      EXPECT_EQ(commits, std::vector<std::size_t>{1});
      EXPECT_EQ(event_log->last_offset(), Offset(3));
      EXPECT_EQ(event_log->counts()[static_cast<std::size_t>(EventType::comment)], 3u);
    });
  }
}

TEST_F(EventLogTest, events_whose_commit_seemed_to_fail_are_shown_with_the_next_append_and_stored_once) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession mine = session();
  const auto event_log = running.log_of(mine);
  ASSERT_TRUE(running.save(mine));
  Collector collector;
  collector.wanted = 3;
  on_thread(executor, [&] { running.fan_out.subscribe(executor, "quiz", collector); });
  running.faults.lose_answers(1);
  EXPECT_FALSE(append(executor, {event_log}, comments(10, 2))) << "nobody knows whether it was stored";
  on_thread(executor, [&] {
    EXPECT_TRUE(collector.offsets.empty());
    EXPECT_EQ(event_log->last_offset(), Offset(0));
  });
  EXPECT_TRUE(append(executor, {event_log}, comments(10, 3))) << "TikTok repeats them, with a new one";
  collector.done.get_future().wait();
  on_thread(executor, [&] {
    EXPECT_EQ(collector.offsets, (std::vector<std::uint64_t>{1, 2, 3}));
    EXPECT_EQ(collector.ids, (std::vector<std::uint64_t>{10, 11, 12}));
    EXPECT_EQ(event_log->last_offset(), Offset(3));
  });
}

TEST_F(EventLogTest, events_that_could_not_be_kept_use_no_numbers_and_reach_nobody) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession mine = session();
  const auto event_log = running.log_of(mine);
  ASSERT_TRUE(running.save(mine));
  Collector collector;
  collector.wanted = 3;
  on_thread(executor, [&] { running.fan_out.subscribe(executor, "quiz", collector); });
  running.faults.fail_appends(2);
  for (const std::uint64_t first : {10, 20}) EXPECT_FALSE(append(executor, {event_log}, comments(first, 2)));
  for (int turn = 0; turn < 10; ++turn) on_thread(executor, [] {});
  on_thread(executor, [&] {
    EXPECT_TRUE(collector.offsets.empty());
    EXPECT_EQ(event_log->last_offset(), Offset(0));
  });
  EXPECT_TRUE(append(executor, {event_log}, comments(30, 3)));
  collector.done.get_future().wait();
  on_thread(executor, [&] {
    EXPECT_EQ(collector.offsets, (std::vector<std::uint64_t>{1, 2, 3}));
    EXPECT_EQ(collector.ids, (std::vector<std::uint64_t>{30, 31, 32}));
    EXPECT_EQ(event_log->last_offset(), Offset(3));
  });
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

TEST_F(EventLogTest, rows_that_the_store_has_and_the_log_does_not_know_are_shown_and_not_stored_again) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession mine = session();
  ASSERT_TRUE(running.save(mine));
  // A commit that seemed to fail: this EventLog gives the offsets 1 and 2, and the other one does not know.
  ASSERT_TRUE(append(executor, {running.log_of(mine)}, comments(1, 2)));
  const auto behind = running.log_of(mine);
  EXPECT_EQ(behind->last_offset(), Offset(0));
  Collector collector;
  collector.wanted = 3;
  std::promise<void> subscribed;
  net::post(executor, [&] {
    running.fan_out.subscribe(executor, "quiz", collector);
    subscribed.set_value();
  });
  subscribed.get_future().wait();
  ASSERT_TRUE(append(executor, {behind}, comments(1, 3))) << "the first two again, and a new one";
  collector.done.get_future().wait();
  EXPECT_EQ(collector.offsets, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(behind->last_offset(), Offset(3));
}

TEST_F(EventLogTest, what_was_put_first_goes_before_the_next_events_and_waits_until_it_is_stored) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession mine = session();
  const auto own = running.log_of(mine);
  ASSERT_TRUE(running.save(mine));
  own->put_first(comments(100, 1).front());
  running.faults.fail_appends(1);
  EXPECT_FALSE(append(executor, {own}, comments(1, 1)));
  EXPECT_TRUE(own->has_waiting());
  ASSERT_TRUE(append(executor, {own}, comments(1, 1)));
  EXPECT_FALSE(own->has_waiting());
  auto database = sqlite::Database::open(path);
  auto rows = database->prepare("SELECT \"offset\", id FROM events ORDER BY \"offset\"");
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.text(1), "100");
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.text(1), "1");
}

TEST_F(EventLogTest, waiting_events_are_bounded_and_the_oldest_goes) {
  Running running(open(path), path, log);
  StoredSession mine = session();
  ASSERT_TRUE(running.save(mine));
  const auto own = running.log_of(mine);
  for (std::uint64_t id = 1; id <= EventLog::max_waiting + 1; ++id) own->put_first(comments(id, 1).front());
  ASSERT_TRUE(append(running.executor(), {own}, {}));
  EXPECT_EQ(own->last_offset(), Offset(EventLog::max_waiting));
}

TEST_F(EventLogTest, what_is_put_first_during_a_commit_waits_for_the_next_one) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession mine = session();
  ASSERT_TRUE(running.save(mine));
  const auto own = running.log_of(mine);
  const auto put = [&](std::uint64_t id) { own->put_first(comments(id, 1).front()); };
  for (std::uint64_t id = 1; id <= EventLog::max_waiting; ++id) put(id);
  running.faults.hold_appends();
  auto appended = begin_append(executor, own, {});
  running.faults.wait_for_held(1);
  on_thread(executor, [&] {
    put(101);
    put(102);
  });  // the two oldest go: they are being committed
  running.faults.release();
  ASSERT_TRUE(appended.get());
  EXPECT_EQ(own->last_offset(), Offset(EventLog::max_waiting));
  EXPECT_TRUE(own->has_waiting());
  ASSERT_TRUE(append(executor, {own}, {}));
  EXPECT_EQ(own->last_offset(), Offset(EventLog::max_waiting + 2));
  EXPECT_FALSE(own->has_waiting());
  auto database = sqlite::Database::open(path);
  auto rows = database->prepare("SELECT id FROM events WHERE \"offset\" > 63 ORDER BY \"offset\"");
  for (const char* id : {"64", "101", "102"}) {
    ASSERT_TRUE(rows.step());
    EXPECT_EQ(rows.text(0), id);
  }
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

TEST(EventJson, has_the_shape_of_the_contract_for_both_sockets) {
  const auto events = comments(7'300'000'000'000'000'101, 1);
  const EventPtr encoded = encode(events[0], Position{Offset(7), "e1", "quiz"});
  const auto event = json::parse(std::string(encoded->json()));
  EXPECT_EQ(event.at("id").as_string(), "7300000000000000101");
  EXPECT_EQ(event.at("type").as_string(), "comment");
  EXPECT_EQ(event.at("offset").as_int64(), 7);
  EXPECT_EQ(event.at("epoch").as_string(), "e1");
  EXPECT_EQ(event.at("timestamp").as_string(), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(event.at("comment").as_string(), "hello");
  const std::string_view legacy = std::string_view(*encoded->comment_frame);
  const auto comment = json::parse(std::string(legacy.substr(legacy.find('{'))));
  EXPECT_EQ(comment.at("type").as_string(), "comment");
  for (const char* name :
       {"id", "comment", "text", "username", "timestamp", "timestamp_ms", "session_id", "source"}) {
    EXPECT_TRUE(comment.at("data").as_object().contains(name)) << name;
  }
  EXPECT_EQ(comment.at("data").at("user").at("userId").as_string(), "6800000000000000001");
}

}  // namespace papi::events
