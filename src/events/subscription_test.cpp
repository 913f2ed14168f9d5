#include "events/subscription.hpp"

#include <functional>
#include <future>
#include <utility>

#include "events/log_fixture.hpp"

namespace papi::events {
using namespace testing_log;
namespace {

/// Knows one session. Asks its event log on that log's thread, as LiveService does.
struct OneSession final : SessionDirectory {
  OneSession(Executor executor, std::shared_ptr<EventLog> log) : thread(executor), one(std::move(log)) {}
  Task<std::optional<SessionPosition>> position(std::string id, Viewer viewer) override;

  Executor thread;
  std::shared_ptr<EventLog> one;
  bool first_log = true;
  SessionAccessPtr access;              // nullptr: everybody may read the session
  std::function<void()> before_answer;  // called once, before the position is read
  std::function<void()> after_answer;   // called once, before the answer arrives
};

Task<std::optional<SessionPosition>> look(std::shared_ptr<EventLog> log, bool first_log,
                                          SessionAccessPtr access) {
  SessionPosition position;
  position.access = std::move(access);
  position.key = log->key();
  position.epoch = log->epoch();
  position.last_offset = log->last_offset();
  position.first_log = first_log;
  co_return position;
}

Task<std::optional<SessionPosition>> OneSession::position(std::string id, Viewer viewer) {
  if (const auto act = std::exchange(before_answer, {})) act();
  const bool known = id == "quiz" && (!access || access->lets_read(viewer));
  if (!known) co_return std::nullopt;
  auto answer = co_await run_on(thread, look(one, first_log, access));
  if (const auto act = std::exchange(after_answer, {})) act();
  co_return answer;
}

/// A slow reader: takes `at_once` replayed events at a time, after some turns of the event loop.
struct SlowReader final : SubscriptionSink {
  SlowReader(Executor executor, std::size_t room) : thread(executor), at_once(room) {}
  void deliver(const std::vector<EventPtr>& events) override { take(events); }
  void deliver_missed(const std::vector<EventPtr>& events) override {
    most_at_once = std::max(most_at_once, events.size());
    take(events);
  }
  Task<std::size_t> capacity() override;
  void session_gone() override { gone = true; }
  void take(const std::vector<EventPtr>& events) {
    for (const EventPtr& event : events) offsets.push_back(event->offset.value());
    if (wanted > 0 && !offsets.empty() && offsets.back() >= wanted) {
      wanted = 0;
      done.set_value();
    }
  }

  const Executor thread;
  const std::size_t at_once;
  std::vector<std::uint64_t> offsets;
  std::size_t most_at_once = 0;
  std::uint64_t wanted = 0;
  bool gone = false;
  std::function<void()> while_replaying;  // called once
  std::promise<void> done;
};

Task<std::size_t> SlowReader::capacity() {
  const std::size_t now = at_once;
  if (const auto act = std::exchange(while_replaying, {})) act();
  for (int turn = 0; turn < 20; ++turn) co_await net::post(thread, use_task);
  co_return now;
}

Task<Result<SubscriptionStart>> open_and_run(Subscription& subscription) {
  auto start = co_await subscription.open();
  if (!start) co_return start.error();
  auto live = co_await subscription.run();
  if (!live) co_return live.error();
  co_return start;
}

/// An event log on thread 0 and a reader on thread 1.
struct Desk {
  Desk(LogFixture& fixture, Logger& log)
      : running(LogFixture::open(fixture.path), fixture.path, log, 2),
        event_log(running.log_of(session())),
        directory(running.threads.executor(0), event_log),
        deps{directory, running.store, running.fan_out} {
    EXPECT_TRUE(running.save(session()));
  }
  void write(std::uint64_t first_id, int count) {
    ASSERT_TRUE(append(running.threads.executor(0), {event_log}, comments(first_id, count)));
  }
  Result<SubscriptionStart> start(Subscription& subscription) {
    return net::co_spawn(running.threads.executor(1), open_and_run(subscription), net::use_future).get();
  }
  void stop(Subscription& subscription) {
    std::promise<void> stopped;
    net::post(running.threads.executor(1), [&] {
      subscription.stop();
      stopped.set_value();
    });
    stopped.get_future().wait();
  }
  Executor reader() { return running.threads.executor(1); }

  Running running;
  std::shared_ptr<EventLog> event_log;
  OneSession directory;
  SubscriptionDependencies deps;
};

SubscriptionRequest from(std::optional<std::uint64_t> after) {
  SubscriptionRequest request;
  request.session_id = "quiz";
  if (after) request.after = Offset(*after);
  return request;
}

void expect_all(const SlowReader& reader, std::uint64_t first, std::uint64_t last) {
  ASSERT_EQ(reader.offsets.size(), last - first + 1);
  for (std::size_t i = 0; i < reader.offsets.size(); ++i) ASSERT_EQ(reader.offsets[i], first + i);
}

}  // namespace

using SubscriptionTest = LogFixture;

TEST_F(SubscriptionTest, replays_at_the_readers_speed_from_any_position) {
  Desk desk(*this, log);
  for (int i = 0; i < 30; ++i) desk.write(static_cast<std::uint64_t>(1 + i * 100), 100);
  for (const std::uint64_t after : {0u, 1'500u, 2'990u, 3'000u}) {
    SlowReader reader(desk.reader(), 7);
    Subscription subscription(desk.deps, desk.reader(), from(after), reader);
    ASSERT_TRUE(desk.start(subscription));
    desk.stop(subscription);
    expect_all(reader, after + 1, 3'000);
    EXPECT_LE(reader.most_at_once, 7u) << "no more than it had room for";
  }
}

TEST_F(SubscriptionTest, what_comes_while_it_asks_for_the_position_comes_once) {
  // Events 21 to 50 are not above the handover offset, but the fan-out delivers them too. They must arrive
  // once.
  for (const std::optional<std::uint64_t> after : {std::optional<std::uint64_t>(0), {}}) {
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
    Desk desk(*this, log);
    desk.write(1, 20);
    desk.directory.before_answer = [&] { desk.write(100, 30); };
    desk.directory.after_answer = [&] { desk.write(150, 5); };
    SlowReader reader(desk.reader(), 7);
    reader.while_replaying = [&] { desk.write(200, 40); };
    Subscription subscription(desk.deps, desk.reader(), from(after), reader);
    reader.wanted = after ? 105 : 65;
    ASSERT_TRUE(desk.start(subscription));
    desk.write(300, 10);
    reader.done.get_future().wait();
    desk.stop(subscription);
    expect_all(reader, after ? 1 : 51, after ? 105 : 65);
  }
}

TEST_F(SubscriptionTest, more_than_the_buffer_holds_is_read_from_the_store_instead) {
  Desk desk(*this, log);
  desk.write(1, 50);
  SlowReader reader(desk.reader(), 40);
  reader.while_replaying = [&] {
    for (int i = 0; i < 60; ++i) desk.write(static_cast<std::uint64_t>(1'000 + i * 100), 100);
  };
  reader.wanted = 6'050;
  Subscription subscription(desk.deps, desk.reader(), from(0), reader);
  ASSERT_TRUE(desk.start(subscription));
  desk.stop(subscription);
  expect_all(reader, 1, 6'050);
}

TEST_F(SubscriptionTest, neither_a_hole_nor_a_double_while_the_log_grows) {
  Desk desk(*this, log);
  for (int i = 0; i < 30; ++i) desk.write(static_cast<std::uint64_t>(1 + i * 100), 100);
  constexpr std::uint64_t last = 3'000 + 300 * 10;
  SlowReader reader(desk.reader(), 7);
  reader.wanted = last;
  Subscription subscription(desk.deps, desk.reader(), from(2'500), reader);
  auto growing = std::async(std::launch::async, [&] {
    for (int i = 0; i < 300; ++i) desk.write(static_cast<std::uint64_t>(10'000 + i * 10), 10);
  });
  ASSERT_TRUE(desk.start(subscription));
  growing.wait();
  reader.done.get_future().wait();
  desk.stop(subscription);
  expect_all(reader, 2'501, last);
}

TEST_F(SubscriptionTest, says_whether_a_position_can_be_recovered) {
  Desk desk(*this, log);
  desk.write(1, 10);
  struct Case {
    std::optional<std::uint64_t> after;
    std::string epoch;
    bool recovered;
    std::uint64_t offset;
  };
  for (const Case& c : {Case{{}, "", false, 10}, Case{0, "", true, 0}, Case{10, "e1", true, 10},
                        Case{11, "", false, 10}, Case{4, "e1", true, 4}, Case{4, "other", false, 10}}) {
    SlowReader reader(desk.reader(), 100);
    SubscriptionRequest request = from(c.after);
    request.epoch = c.epoch;
    Subscription subscription(desk.deps, desk.reader(), request, reader);
    const auto start = desk.start(subscription);
    ASSERT_TRUE(start);
    EXPECT_EQ(start->recovered, c.recovered);
    EXPECT_EQ(start->offset, Offset(c.offset));
    desk.stop(subscription);
    EXPECT_EQ(reader.offsets.size(), 10 - c.offset);
  }
  SlowReader reader(desk.reader(), 100);
  SubscriptionRequest unknown = from(0);
  unknown.session_id = "nobody";
  Subscription subscription(desk.deps, desk.reader(), unknown, reader);
  EXPECT_EQ(desk.start(subscription).error().code, ErrorCode::not_found);
}

TEST_F(SubscriptionTest, an_offset_of_an_unknown_log_counts_only_where_there_was_no_other) {
  Desk desk(*this, log);
  desk.write(1, 10);
  struct Case {
    bool first_log;
    std::uint64_t after;
    std::string epoch;
    bool recovered;
  };
  for (const Case& c : {Case{true, 4, "", true}, Case{false, 4, "", false}, Case{false, 0, "", true},
                        Case{false, 4, "e1", true}, Case{true, 11, "", false}, Case{false, 10, "", false},
                        Case{true, 4, "e0", false}}) {
    desk.directory.first_log = c.first_log;
    SlowReader reader(desk.reader(), 100);
    SubscriptionRequest request = from(c.after);
    request.epoch = c.epoch;
    request.epoch_unknown = c.epoch.empty();
    Subscription subscription(desk.deps, desk.reader(), request, reader);
    const auto start = desk.start(subscription);
    ASSERT_TRUE(start);
    EXPECT_EQ(start->recovered, c.recovered) << c.first_log << " " << c.after << " " << c.epoch;
    EXPECT_EQ(start->offset, Offset(c.recovered ? c.after : 10));
    EXPECT_EQ(start->epoch, "e1");
    desk.stop(subscription);
    EXPECT_EQ(reader.offsets.size(), 10 - start->offset.value());
  }
}

TEST_F(SubscriptionTest, a_start_behind_what_retention_has_left_is_at_what_is_kept) {
  Desk desk(*this, log);
  desk.write(1, 10);
  Retention limits;
  limits.max_events = 4;
  Executor thread = desk.reader();
  while (*net::co_spawn(thread, desk.running.store.trim(thread, SessionKey(1), limits, clock.now_ms()),
                        net::use_future)
              .get()) {
  }
  SessionPosition position;
  position.key = SessionKey(1);
  position.epoch = "e1";
  position.last_offset = Offset(10);
  struct Case {
    std::uint64_t after;
    bool recovered;
    std::uint64_t offset;
  };
  for (const Case& c : {Case{0, true, 0}, Case{1, false, 6}, Case{5, false, 6}, Case{6, true, 6},
                        Case{10, true, 10}, Case{11, false, 10}}) {
    const auto start =
        net::co_spawn(thread, start_behind(desk.running.store, thread, position, Offset(c.after)),
                      net::use_future)
            .get();
    ASSERT_TRUE(start);
    EXPECT_EQ(start->recovered, c.recovered) << c.after;
    EXPECT_EQ(start->offset, Offset(c.offset)) << c.after;
  }
}

TEST_F(SubscriptionTest, a_log_that_ends_tells_its_readers_and_gives_them_nothing_more) {
  Desk desk(*this, log);
  desk.write(1, 5);
  SlowReader reader(desk.reader(), 100);
  Subscription subscription(desk.deps, desk.reader(), from(0), reader);
  ASSERT_TRUE(desk.start(subscription));
  desk.running.fan_out.finish("quiz");
  desk.write(100, 5);
  desk.stop(subscription);
  EXPECT_TRUE(reader.gone);
  expect_all(reader, 1, 5);
}

namespace {

struct Everybody final : ReaderDirectory {
  std::optional<Reader> find(const std::string&) const override { return std::nullopt; }
  std::optional<Reader> by_id(const std::string& id) const override { return Reader{id, id, id, false}; }
};

/// Opens and runs the subscription. Returns whether it went live.
Task<bool> goes_live(Subscription& subscription) {
  auto start = co_await subscription.open();
  if (!start) co_return false;
  auto live = co_await subscription.run();
  co_return live&&* live;
}

}  // namespace

TEST_F(SubscriptionTest, a_reader_whose_share_ends_while_it_is_far_behind_is_not_called_too_slow) {
  const Everybody directory;
  http::Caller caller;
  caller.id = "u_bob";
  for (const bool by_share : {true, false}) {
    Desk desk(*this, log);
    desk.write(1, 3'000);
    const auto access =
        std::make_shared<SessionAccess>("u_ann", std::vector<std::string>{"u_bob"}, &directory);
    desk.directory.access = access;
    SlowReader reader(desk.reader(), 500);
    reader.while_replaying = [&access] { access->set_readers({}); };
    SubscriptionRequest request = from(0);
    request.viewer = Viewer(caller);
    if (by_share) request.guard = std::make_shared<SessionGuard>(nullptr, request.viewer);
    const auto guard = request.guard;
    Subscription subscription(desk.deps, desk.reader(), std::move(request), reader);
    const bool live = net::co_spawn(desk.reader(), goes_live(subscription), net::use_future).get();
    // Without a guard, nobody would end the connection. So the subscription gives up.
    EXPECT_EQ(live, by_share);
    EXPECT_EQ(reader.offsets.size(), 3'000u);
    if (guard) {
      EXPECT_TRUE(guard->only_access_withdrawn());
    }
    desk.write(3'001, 3);
    desk.stop(subscription);
    EXPECT_EQ(reader.offsets.size(), 3'000u) << "nothing comes after that";
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }
}

}  // namespace papi::events
