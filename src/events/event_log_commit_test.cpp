// What EventLog shows and keeps waiting before a commit, behind it, and if it fails.

#include "events/event_log_fixture.hpp"

namespace papi::events::testing_log {

using EventLogCommitTest = LogFixture;

TEST_F(EventLogCommitTest, nothing_is_shown_before_it_is_committed_and_the_commit_is_answered) {
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

TEST_F(EventLogCommitTest,
       events_whose_commit_seemed_to_fail_are_shown_with_the_next_append_and_stored_once) {
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

TEST_F(EventLogCommitTest, events_that_could_not_be_kept_use_no_numbers_and_reach_nobody) {
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

TEST_F(EventLogCommitTest, rows_that_the_store_has_and_the_log_does_not_know_are_shown_and_not_stored_again) {
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

TEST_F(EventLogCommitTest, what_was_put_first_goes_before_the_next_events_and_waits_until_it_is_stored) {
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

TEST_F(EventLogCommitTest, waiting_events_are_bounded_and_the_oldest_goes) {
  Running running(open(path), path, log);
  StoredSession mine = session();
  ASSERT_TRUE(running.save(mine));
  const auto own = running.log_of(mine);
  for (std::uint64_t id = 1; id <= EventLog::max_waiting + 1; ++id) own->put_first(comments(id, 1).front());
  ASSERT_TRUE(append(running.executor(), {own}, {}));
  EXPECT_EQ(own->last_offset(), Offset(EventLog::max_waiting));
}

TEST_F(EventLogCommitTest, what_is_put_first_during_a_commit_waits_for_the_next_one) {
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

}  // namespace papi::events::testing_log
