#include "events/audience.hpp"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <list>

namespace papi::events {
namespace {

/// Takes its time, as many sockets would.
struct Listener final : Subscriber {
  void on_events(const EventBatch& batch) override {
    for (const auto until = std::chrono::steady_clock::now() + cost;
         std::chrono::steady_clock::now() < until;) {
    }
    for (const EventPtr& event : batch.events()) offsets.push_back(event->offset);
    if (on_take) on_take();
  }
  void on_gone() override { gone_after = offsets.size(); }

  std::chrono::milliseconds cost{0};
  std::vector<std::uint64_t> offsets;
  std::size_t gone_after = 999;
  std::function<void()> on_take;
};

class AudienceTest : public testing::Test {
 protected:
  void invite(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) audience->add(listeners.emplace_back());
    listeners.front().cost = std::chrono::milliseconds(10);
  }
  EventBatchPtr batch(std::size_t size = 1) {
    std::vector<EventPtr> events;
    for (std::size_t i = 0; i < size; ++i) {
      auto event = std::make_shared<EncodedEvent>();
      event->offset = ++last;
      events.push_back(std::move(event));
    }
    return std::make_shared<const EventBatch>(std::move(events));
  }

  net::io_context context{1};
  net::executor_work_guard<Executor> guard{context.get_executor()};
  std::shared_ptr<Audience> audience = std::make_shared<Audience>(context.get_executor());
  std::list<Listener> listeners;
  std::uint64_t last = 0;
};

}  // namespace

TEST_F(AudienceTest, a_few_are_never_kept_waiting) {
  invite(Audience::few);
  for (std::size_t i = 1; i <= 3; ++i) {
    audience->take(batch());
    EXPECT_EQ(listeners.back().offsets.size(), i);
    context.run_one();  // the end of the round
  }
}

TEST_F(AudienceTest, what_comes_soon_after_a_long_round_goes_out_together_and_in_order) {
  invite(Audience::few + 1);
  audience->take(batch());
  EXPECT_EQ(listeners.back().offsets.size(), 1u);
  context.run_one();  // the end of the round: a rest begins
  for (int i = 0; i < 3; ++i) audience->take(batch());
  EXPECT_EQ(listeners.back().offsets.size(), 1u);
  context.run_one();  // the end of the rest
  EXPECT_EQ(listeners.back().offsets, (std::vector<std::uint64_t>{1, 2, 3, 4}));
}

TEST_F(AudienceTest, what_comes_during_a_round_waits_for_its_end) {
  invite(2);
  audience->take(batch());
  audience->take(batch());
  EXPECT_EQ(listeners.back().offsets.size(), 1u);
  context.run_one();
  EXPECT_EQ(listeners.back().offsets.size(), 2u);
}

TEST_F(AudienceTest, many_events_end_a_rest) {
  invite(Audience::few + 1);
  audience->take(batch());
  context.run_one();
  audience->take(batch(Audience::most_waiting - 1));
  EXPECT_EQ(listeners.back().offsets.size(), 1u);
  audience->take(batch());
  EXPECT_EQ(listeners.back().offsets.size(), Audience::most_waiting + 1);
}

TEST_F(AudienceTest, the_end_of_a_log_comes_behind_all_that_waits) {
  invite(Audience::few + 1);
  audience->take(batch());
  context.run_one();
  audience->take(batch());
  audience->finish();
  EXPECT_EQ(listeners.back().offsets.size(), 2u);
  EXPECT_EQ(listeners.back().gone_after, 2u);
}

TEST_F(AudienceTest, one_may_leave_in_the_middle_of_a_round) {
  invite(3);
  listeners.front().on_take = [&] { audience->remove(listeners.front()); };
  audience->take(batch());
  context.run_one();
  audience->take(batch());
  EXPECT_EQ(listeners.front().offsets.size(), 1u);
  EXPECT_EQ(listeners.back().offsets.size(), 2u);
}

}  // namespace papi::events
