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
    for (const auto& event : events) {
      offsets.push_back(event->offset);
      if (offsets.size() == wanted) done.set_value();
    }
  }
  std::vector<std::uint64_t> offsets;
  std::size_t wanted = 0;
  std::promise<void> done;
};

}  // namespace

/// The store can refuse a session's events.
struct EventLogTest : LogFixture {
  void refuse_events_of(int session_key) {
    auto database = sqlite::Database::open(path);
    database->execute(("CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.session_key = " +
                       std::to_string(session_key) + " BEGIN SELECT RAISE(ABORT, 'refused'); END")
                          .c_str());
  }
  void accept_events() { sqlite::Database::open(path)->execute("DROP TRIGGER refuse"); }
};

TEST_F(EventLogTest, numbers_without_holes_and_continues_after_a_restart) {
  for (int run = 0; run < 2; ++run) {
    sqlite::Database database = open(path);
    auto known = EventStore::load_sessions(database, 10);
    ASSERT_TRUE(known);
    StoredSession mine = run == 0 ? session() : known->at(0);
    EXPECT_EQ(mine.last_offset, run == 0 ? 0u : 5u);
    Running running(std::move(database), path, log);
    const Executor executor = running.executor();
    const auto event_log = running.log_of(mine);
    ASSERT_TRUE(running.save(mine));
    for (const int count : {2, 3}) {
      const auto events = comments(static_cast<std::uint64_t>(run * 100 + count * 10), count);
      ASSERT_TRUE(append(executor, {event_log}, events));
    }
    EXPECT_EQ(event_log->last_offset(), run == 0 ? 5u : 10u);
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

TEST_F(EventLogTest, events_that_could_not_be_kept_use_no_numbers_and_reach_nobody) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession mine = session();
  const auto event_log = running.log_of(mine);
  ASSERT_TRUE(running.save(mine));
  const auto events = comments(1, 2);
  refuse_events_of(1);
  EXPECT_FALSE(append(executor, {event_log}, events));
  EXPECT_EQ(event_log->last_offset(), 0u);
  accept_events();
  EXPECT_TRUE(append(executor, {event_log}, events));
  EXPECT_EQ(event_log->last_offset(), 2u);
}

TEST_F(EventLogTest, the_sessions_of_a_room_get_its_events_all_or_none) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession first = session();
  StoredSession second = session();
  second.key = 2, second.id = "overlay", second.epoch = "e2";
  const auto one = running.log_of(first);
  const auto two = running.log_of(second);
  ASSERT_TRUE(running.save(first) && running.save(second));
  const auto events = comments(1, 3);
  refuse_events_of(2);
  EXPECT_FALSE(append(executor, {one, two}, events));
  EXPECT_EQ(one->last_offset(), 0u);
  accept_events();
  EXPECT_TRUE(append(executor, {one, two}, events));
  EXPECT_EQ(one->last_offset(), 3u);
  EXPECT_EQ(two->last_offset(), 3u);
}

TEST_F(EventLogTest, rows_that_the_store_has_and_the_log_does_not_know_are_shown_and_not_stored_again) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession mine = session();
  ASSERT_TRUE(running.save(mine));
  // A commit that seemed to fail: this log gave the numbers 1 and 2, the other one does not know.
  ASSERT_TRUE(append(executor, {running.log_of(mine)}, comments(1, 2)));
  const auto behind = running.log_of(mine);
  EXPECT_EQ(behind->last_offset(), 0u);
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
  EXPECT_EQ(behind->last_offset(), 3u);
}

TEST_F(EventLogTest, what_was_put_first_goes_before_the_next_events_and_waits_until_it_is_stored) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  StoredSession mine = session();
  const auto own = running.log_of(mine);
  ASSERT_TRUE(running.save(mine));
  own->put_first(comments(100, 1).front());
  refuse_events_of(1);
  EXPECT_FALSE(append(executor, {own}, comments(1, 1)));
  EXPECT_TRUE(own->has_waiting());
  accept_events();
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
  EXPECT_EQ(own->last_offset(), EventLog::max_waiting);
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
  query.session_key = 1;
  const auto page = net::co_spawn(executor, running.store.read(executor, query), net::use_future).get();
  ASSERT_EQ(page->events.size(), 1u);
  const auto event = json::parse(std::string(page->events[0]->json()));
  EXPECT_EQ(event.at("epoch").as_string(), "fedcba9876543210");
  EXPECT_EQ(event.at("comment").as_string(), "hello");
}

TEST(EventJson, has_the_shape_of_the_contract_for_both_sockets) {
  const auto events = comments(7'300'000'000'000'000'101, 1);
  const EventPtr encoded = encode(events[0], Position{7, "e1", "quiz"});
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
