#include "auth/tickets.hpp"

#include <gtest/gtest.h>

#include "auth/authenticate.hpp"

namespace papi::auth {
namespace {

using namespace std::chrono_literals;

TEST(SocketTickets, setting_the_wall_clock_neither_ends_nor_prolongs_one) {
  struct Clocks final : Clock {
    UnixMs now_ms() const override { return wall; }
    std::chrono::steady_clock::time_point steady() const override { return uptime; }
    UnixMs wall = 1'700'000'000'000;
    std::chrono::steady_clock::time_point uptime{1h};
  } clocks;
  Tickets tickets(clocks);
  http::Caller caller;
  caller.id = "u1";
  auto one = tickets.issue(caller, {"s"});
  auto two = tickets.issue(caller, {"s"});
  ASSERT_TRUE(one && two);
  clocks.wall += 400 * 86'400'000LL;
  clocks.uptime += 60s - 1ms;
  EXPECT_TRUE(tickets.redeem(*one));
  clocks.wall -= 800 * 86'400'000LL;
  clocks.uptime += 1ms;
  EXPECT_FALSE(tickets.redeem(*two));
}

TEST(SocketTickets, a_used_one_is_known_as_such_for_as_long_as_it_would_have_lived) {
  ManualClock clock;
  Tickets tickets(clock);
  http::Caller caller;
  caller.id = "u1";
  const auto one = tickets.issue(caller, {});
  ASSERT_TRUE(one);
  EXPECT_FALSE(tickets.was_used(*one));
  EXPECT_TRUE(tickets.redeem(*one));
  EXPECT_FALSE(tickets.redeem(*one));
  EXPECT_TRUE(tickets.was_used(*one));
  EXPECT_FALSE(tickets.was_used("tk_another"));
  clock.advance(60s);
  EXPECT_FALSE(tickets.was_used(*one));
}

TEST(SocketTickets, tickets_work_once_and_for_a_minute) {
  ManualClock clock;
  Tickets tickets(clock);
  http::Caller ann;
  ann.id = "ann";
  const auto first = tickets.issue(ann, {"quiz"}), second = tickets.issue(ann, {"quiz"});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(tickets.redeem(*first)->caller.id, "ann");
  EXPECT_FALSE(tickets.redeem(*first));
  EXPECT_FALSE(tickets.redeem("tk_guess"));
  clock.advance(60s);
  EXPECT_FALSE(tickets.redeem(*second));
  for (std::size_t i = 0; i < Tickets::max_open_per_caller; ++i) ASSERT_TRUE(tickets.issue(ann, {"quiz"}));
  EXPECT_FALSE(tickets.issue(ann, {"quiz"})) << "bounded";
  clock.advance(60s);
  EXPECT_TRUE(tickets.issue(ann, {"quiz"}));
}

}  // namespace
}  // namespace papi::auth
