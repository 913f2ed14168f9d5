#include "live/sign_budget.hpp"

#include "live/error_codes.hpp"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <list>
#include <map>

namespace papi::live {
namespace {

using namespace std::chrono_literals;

int take_all(SignPace& pace) {
  int taken = 0;
  while (pace.take()) ++taken;
  return taken;
}

}  // namespace

TEST(SignPace, a_quarter_of_a_minute_at_once_and_then_one_by_one) {
  ManualClock clock;
  SignPace pace(120, clock);
  EXPECT_EQ(take_all(pace), 30);
  EXPECT_EQ(pace.next(), clock.steady() + 500ms);
  clock.advance(499ms);
  EXPECT_EQ(take_all(pace), 0);
  clock.advance(1ms);
  EXPECT_EQ(take_all(pace), 1);
  clock.advance(1500ms);
  EXPECT_EQ(take_all(pace), 3);
  clock.advance(14'999ms);
  EXPECT_EQ(take_all(pace), 29) << "what is saved up does not exceed the burst";
  clock.advance(1h);
  EXPECT_EQ(take_all(pace), 30);
}

TEST(SignPace, small_numbers_have_a_burst_of_one) {
  for (const std::int64_t per_minute : {1, 2, 4, 7}) {
    ManualClock clock;
    SignPace pace(per_minute, clock);
    EXPECT_EQ(take_all(pace), 1) << per_minute;
  }
  ManualClock clock;
  SignPace eight(8, clock);
  EXPECT_EQ(take_all(eight), 2);
  SignPace one(1, clock);
  one.take();
  clock.advance(59'999ms);
  EXPECT_FALSE(one.take());
  clock.advance(1ms);
  EXPECT_TRUE(one.take());
}

TEST(SignPace, says_what_is_left_and_when_all_of_it_is_back) {
  ManualClock clock;
  SignPace pace(120, clock);
  EXPECT_EQ(pace.view(), (SignBudgetView{120, 30, 0s}));
  EXPECT_TRUE(pace.take());
  EXPECT_EQ(pace.view(), (SignBudgetView{120, 29, 1s})) << "half a second, rounded up";
  EXPECT_EQ(take_all(pace), 29);
  EXPECT_EQ(pace.view(), (SignBudgetView{120, 0, 15s}));
  clock.advance(2s);
  EXPECT_EQ(pace.view(), (SignBudgetView{120, 4, 13s}));
  pace.pause(60s);
  EXPECT_EQ(pace.view(), (SignBudgetView{120, 0, 75s})) << "the bucket is empty after a pause";
  clock.advance(60s);
  EXPECT_EQ(pace.view(), (SignBudgetView{120, 1, 15s}));
  clock.advance(1h);
  EXPECT_EQ(pace.view(), (SignBudgetView{120, 30, 0s}));
  SignPace one(1, clock);
  EXPECT_EQ(one.view(), (SignBudgetView{1, 1, 0s}));
  one.take();
  EXPECT_EQ(one.view(), (SignBudgetView{1, 0, 60s}));
}

TEST(SignPace, in_no_minute_more_than_a_minute_and_the_burst) {
  ManualClock clock;
  SignPace pace(120, clock);
  int taken = 0;
  for (int ms = 0; ms < 60'000; ++ms, clock.advance(1ms)) taken += take_all(pace);
  EXPECT_EQ(taken, 30 + 119);
}

TEST(SignPace, the_servers_pause_holds_to_the_millisecond_and_leaves_no_burst) {
  ManualClock clock;
  SignPace pace(120, clock);
  pace.pause(7s);
  EXPECT_EQ(pace.paused(), 7s);
  EXPECT_EQ(pace.next(), clock.steady() + 7s);
  clock.advance(6'999ms);
  EXPECT_FALSE(pace.take());
  clock.advance(1ms);
  EXPECT_EQ(pace.paused(), 0ms);
  EXPECT_EQ(take_all(pace), 1);
  clock.advance(500ms);
  EXPECT_EQ(take_all(pace), 1);
}

TEST(SignPace, a_shorter_pause_does_not_end_a_longer_one) {
  ManualClock clock;
  SignPace pace(120, clock);
  pace.pause(10s);
  pace.pause(1s);
  pace.pause(0s);
  EXPECT_EQ(pace.paused(), 10s);
}

namespace {

/// Rooms in the queue, on an event loop that the test runs by hand.
struct Line {
  explicit Line(std::int64_t per_minute) : budget(per_minute, clock) {}

  SignWaiter& join(const std::string& name, std::size_t reader_count) {
    readers[name] = reader_count;
    SignWaiter& waiter = waiters.emplace_back(loop.get_executor(), [this, name] { return readers[name]; });
    net::co_spawn(loop, wait(name, waiter), net::detached);
    turn_loop();
    return waiter;
  }
  Task<void> wait(std::string name, SignWaiter& waiter) {
    const auto allowed = co_await budget.acquire(waiter);
    if (allowed) {
      served.push_back(name);
    } else {
      refused[name] = allowed.error();
    }
  }
  /// Runs everything that is due at the current time of the clock. Waits are 1 ms long here.
  void turn_loop() {
    loop.restart();
    loop.run_for(20ms);
  }

  ManualClock clock;
  net::io_context loop;
  SignBudget budget;
  std::map<std::string, std::size_t> readers;
  std::list<SignWaiter> waiters;
  std::vector<std::string> served;
  std::map<std::string, Error> refused;
};

}  // namespace

TEST(SignBudget, most_readers_first_and_then_who_came_first) {
  Line line(60'000);  // one signature per millisecond
  line.budget.pause(2ms);
  line.join("first", 0);
  line.join("second", 0);
  line.join("few", 1);
  line.join("many", 9);
  line.join("few later", 1);
  EXPECT_TRUE(line.served.empty());
  EXPECT_EQ(line.budget.waiting(), 5u);
  line.clock.advance(2ms);
  line.turn_loop();
  EXPECT_EQ(line.served, std::vector<std::string>({"many"})) << "one a millisecond, and no more";
  for (int i = 0; i < 4; ++i) {
    line.clock.advance(1ms);
    line.turn_loop();
  }
  EXPECT_EQ(line.served, std::vector<std::string>({"many", "few", "few later", "first", "second"}));
  EXPECT_EQ(line.budget.waiting(), 0u);
}

TEST(SignBudget, readers_are_counted_when_a_signature_comes_free) {
  Line line(60'000);
  line.budget.pause(2ms);
  line.join("a", 5);
  line.join("b", 0);
  line.readers["b"] = 6;
  line.clock.advance(2ms);
  line.turn_loop();
  EXPECT_EQ(line.served, std::vector<std::string>({"b"}));
  line.readers["a"] = 0;
  line.join("c", 1);
  line.clock.advance(1ms);
  line.turn_loop();
  EXPECT_EQ(line.served, std::vector<std::string>({"b", "c"}));
}

TEST(SignBudget, who_gives_up_leaves_at_once_and_holds_up_nobody) {
  Line line(60'000);
  line.budget.pause(2ms);
  SignWaiter& a = line.join("a", 1);
  line.join("b", 0);
  a.give_up();
  line.turn_loop();
  EXPECT_EQ(line.refused.at("a").code, ErrorCode::unavailable);
  EXPECT_EQ(line.budget.waiting(), 1u);
  line.clock.advance(2ms);
  line.turn_loop();
  EXPECT_EQ(line.served, std::vector<std::string>({"b"}));
}

TEST(SignBudget, given_up_beforehand_is_given_up) {
  Line line(60'000);
  SignWaiter& a = line.waiters.emplace_back(line.loop.get_executor(), [] { return std::size_t(0); });
  a.give_up();
  net::co_spawn(line.loop, line.wait("a", a), net::detached);
  line.turn_loop();
  EXPECT_TRUE(line.served.empty());
  EXPECT_TRUE(line.refused.contains("a"));
}

TEST(SignBudget, cancel_all_ends_every_wait) {
  Line line(60'000);
  line.budget.pause(2ms);
  line.join("a", 1);
  line.join("b", 0);
  line.budget.cancel_all();
  line.turn_loop();
  EXPECT_EQ(line.refused.size(), 2u);
  line.join("c", 0);
  EXPECT_TRUE(line.refused.contains("c"));
}

TEST(SignBudget, a_long_pause_is_told_and_a_short_one_is_waited_for) {
  Line line(60'000);
  line.budget.pause(SignBudget::max_wait);
  line.join("a", 0);
  EXPECT_TRUE(line.refused.empty());
  line.budget.pause(SignBudget::max_wait + 1ms);
  line.turn_loop();
  ASSERT_TRUE(line.refused.contains("a"));
  EXPECT_EQ(line.refused.at("a").code, codes::sign_rate_limited);
  EXPECT_EQ(line.refused.at("a").details().retry_after, 11s);
  line.join("b", 0);
  EXPECT_TRUE(line.refused.contains("b")) << "who comes later is told as well";
  line.clock.advance(SignBudget::max_wait + 1ms);
  line.join("c", 0);
  EXPECT_EQ(line.served, std::vector<std::string>({"c"}));
}

TEST(SignBudget, says_whether_one_would_have_to_wait) {
  Line line(4);
  EXPECT_FALSE(line.budget.must_wait());
  line.join("a", 0);
  EXPECT_EQ(line.served, std::vector<std::string>({"a"}));
  EXPECT_TRUE(line.budget.must_wait());
  line.clock.advance(15s);
  EXPECT_FALSE(line.budget.must_wait());
}

}  // namespace papi::live
