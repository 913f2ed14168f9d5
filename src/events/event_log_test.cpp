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

using EventLogTest = LogFixture;

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
  const auto event_log = running.log_of(mine);  // its row is missing: the foreign key refuses
  const auto events = comments(1, 2);
  EXPECT_FALSE(append(executor, {event_log}, events));
  EXPECT_EQ(event_log->last_offset(), 0u);
  ASSERT_TRUE(running.save(mine));
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
  ASSERT_TRUE(running.save(first));
  const auto events = comments(1, 3);
  EXPECT_FALSE(append(executor, {one, two}, events)) << "the second session's row is missing";
  EXPECT_EQ(one->last_offset(), 0u);
  ASSERT_TRUE(running.save(second));
  EXPECT_TRUE(append(executor, {one, two}, events));
  EXPECT_EQ(one->last_offset(), 3u);
  EXPECT_EQ(two->last_offset(), 3u);
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
