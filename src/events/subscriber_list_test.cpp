#include "events/subscriber_list.hpp"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <list>

namespace papi::events {
namespace {

using namespace std::chrono_literals;

/// Moves by hand, also by less than a millisecond.
struct FineClock final : Clock {
  UnixMs now_ms() const override { return 1'700'000'000'000; }
  std::chrono::steady_clock::time_point steady() const override { return now; }
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
};

/// Takes some time, as writing to many sockets would.
struct Listener final : Subscriber {
  explicit Listener(FineClock& c) : clock(c) {}
  void on_events(const EventBatch& batch) override {
    clock.now += cost;
    for (const EventPtr& event : batch.events()) offsets.push_back(event->offset.value());
    if (on_take) on_take();
  }
  void on_gone() override { gone_after = offsets.size(); }

  FineClock& clock;
  std::chrono::nanoseconds cost{0};
  std::vector<std::uint64_t> offsets;
  std::size_t gone_after = 999;
  std::function<void()> on_take;
};

class SubscriberListTest : public testing::Test {
 protected:
  void invite(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) list->add(listeners.emplace_back(clock));
    listeners.front().cost = 10ms;
  }
  EventBatchPtr batch(std::size_t size = 1) {
    std::vector<EventPtr> events;
    for (std::size_t i = 0; i < size; ++i) {
      auto event = std::make_shared<EventFrame>();
      event->offset = Offset(++last);
      events.push_back(std::move(event));
    }
    return std::make_shared<const EventBatch>(std::move(events));
  }

  FineClock clock;
  net::io_context context{1};
  net::executor_work_guard<Executor> guard{context.get_executor()};
  std::shared_ptr<SubscriberList> list = std::make_shared<SubscriberList>(context.get_executor(), clock);
  std::list<Listener> listeners;
  std::uint64_t last = 0;
};

}  // namespace

TEST_F(SubscriberListTest, a_few_are_never_kept_waiting) {
  invite(SubscriberList::few);
  for (std::size_t i = 1; i <= 3; ++i) {
    list->take(batch());
    EXPECT_EQ(listeners.back().offsets.size(), i);
    context.run_one();  // the flush ends
  }
}

TEST_F(SubscriberListTest, what_comes_soon_after_a_long_round_goes_out_together_and_in_order) {
  invite(SubscriberList::few + 1);
  list->take(batch());
  EXPECT_EQ(listeners.back().offsets.size(), 1u);
  context.run_one();  // the flush ends and a pause begins
  for (int i = 0; i < 3; ++i) list->take(batch());
  EXPECT_EQ(listeners.back().offsets.size(), 1u);
  context.run_one();  // the pause ends
  EXPECT_EQ(listeners.back().offsets, (std::vector<std::uint64_t>{1, 2, 3, 4}));
}

TEST_F(SubscriberListTest, the_pause_is_six_times_the_round_at_least_1_ms_and_at_most_40_ms) {
  struct Row {
    std::size_t subscribers;
    std::chrono::nanoseconds round, pause;
  };
  constexpr std::size_t few = SubscriberList::few;
  const Row rows[] = {
      {few + 1, 2ms, 12ms},
      {few + 1, 166'666ns, 0ns},
      {few + 1, 166'667ns, 1'000'002ns},
      {few + 1, 6'666us, 39'996us},
      {few + 1, 6'667us, 40ms},
      {few + 1, 10s, 40ms},
      {few, 2ms, 0ns},
      {1, 10s, 0ns},
  };
  for (const Row& row : rows) {
    listeners.clear();
    list = std::make_shared<SubscriberList>(context.get_executor(), clock);
    invite(row.subscribers);
    listeners.front().cost = row.round;
    list->take(batch());
    EXPECT_EQ(list->pause(), 0ns) << "it begins with the end of the round";
    context.run_one();  // the end of the round
    EXPECT_EQ(list->pause(), row.pause) << row.subscribers << " subscribers, " << row.round.count() << " ns";
    if (row.pause > 0ns) context.run_one();  // the end of the pause
    EXPECT_EQ(list->pause(), 0ns);
  }
}

TEST_F(SubscriberListTest, the_writers_that_a_round_woke_count_as_part_of_it) {
  invite(SubscriberList::few + 1);
  listeners.front().cost = 1ms;
  listeners.back().on_take = [&] { net::post(context, [&] { clock.now += 2ms; }); };
  list->take(batch());
  context.run_one();  // the writers
  context.run_one();  // the end of the round
  EXPECT_EQ(list->pause(), 18ms);
}

TEST_F(SubscriberListTest, what_comes_during_a_round_waits_for_its_end) {
  invite(2);
  list->take(batch());
  list->take(batch());
  EXPECT_EQ(listeners.back().offsets.size(), 1u);
  context.run_one();
  EXPECT_EQ(listeners.back().offsets.size(), 2u);
}

TEST_F(SubscriberListTest, many_events_end_a_rest) {
  invite(SubscriberList::few + 1);
  list->take(batch());
  context.run_one();
  list->take(batch(SubscriberList::max_waiting_events - 1));
  EXPECT_EQ(listeners.back().offsets.size(), 1u);
  list->take(batch());
  EXPECT_EQ(listeners.back().offsets.size(), SubscriberList::max_waiting_events + 1);
}

TEST_F(SubscriberListTest, the_end_of_a_log_comes_behind_all_that_waits) {
  invite(SubscriberList::few + 1);
  list->take(batch());
  context.run_one();
  list->take(batch());
  list->finish();
  EXPECT_EQ(listeners.back().offsets.size(), 2u);
  EXPECT_EQ(listeners.back().gone_after, 2u);
}

TEST_F(SubscriberListTest, one_may_leave_in_the_middle_of_a_round) {
  invite(3);
  listeners.front().on_take = [&] { list->remove(listeners.front()); };
  list->take(batch());
  context.run_one();
  list->take(batch());
  EXPECT_EQ(listeners.front().offsets.size(), 1u);
  EXPECT_EQ(listeners.back().offsets.size(), 2u);
}

}  // namespace papi::events
