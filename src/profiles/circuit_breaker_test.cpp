#include "profiles/circuit_breaker.hpp"

#include <gtest/gtest.h>

namespace papi::profiles {
namespace {

using namespace std::chrono_literals;

TEST(RequestBudget, gives_so_many_a_minute) {
  ManualClock clock;
  RequestBudget budget(30, clock);
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(budget.take());
  EXPECT_FALSE(budget.take());
  clock.advance(2s);
  EXPECT_TRUE(budget.take());
  EXPECT_FALSE(budget.take());
}

TEST(CircuitBreaker, pauses_double_up_to_a_limit) {
  ManualClock clock;
  Random random(1);
  CircuitBreaker breaker({1, 10s, 40s}, clock, random);
  for (const std::int64_t seconds : {10, 20, 40, 40}) {
    ASSERT_TRUE(breaker.may_try());
    breaker.failed();
    const auto pause =
        std::chrono::duration_cast<std::chrono::milliseconds>(breaker.open_until() - clock.steady()).count();
    EXPECT_GE(pause, seconds * 750);
    EXPECT_LE(pause, seconds * 1250);
    EXPECT_FALSE(breaker.may_try());
    clock.advance(std::chrono::milliseconds(pause));
  }
  ASSERT_TRUE(breaker.may_try());
  EXPECT_FALSE(breaker.may_try());  // one request decides
  breaker.succeeded();
  EXPECT_TRUE(breaker.may_try());
  EXPECT_TRUE(breaker.may_try());
}

}  // namespace
}  // namespace papi::profiles
