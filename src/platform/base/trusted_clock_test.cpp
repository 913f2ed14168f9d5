#include "platform/base/trusted_clock.hpp"

#include <gtest/gtest.h>

namespace papi {
namespace {

using namespace std::chrono_literals;
using Doubt = TrustedClock::Doubt;

/// Two clocks that a test moves independently.
struct Clocks final : Clock {
  UnixMs now_ms() const override { return wall; }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(since_boot));
  }
  void pass(std::chrono::milliseconds time) {
    wall += time.count();
    since_boot += time.count();
  }
  void jump(std::chrono::milliseconds by) { wall += by.count(); }

  UnixMs wall = 1'700'000'000'000;
  UnixMs since_boot = 5'000;
};

struct TrustedClockTest : testing::Test {
  /// Makes the clock trusted at `clocks.wall`.
  void prove() {
    trusted.heard_stored_time(clocks.wall);
    ASSERT_EQ(trusted.doubt(), Doubt::none);
  }
  Clocks clocks;
  TrustedClock trusted{clocks};
};

TEST_F(TrustedClockTest, is_unproved_until_a_stored_time_is_known) {
  EXPECT_EQ(trusted.doubt(), Doubt::nothing_stored);
  trusted.heard_stored_time(0);
  EXPECT_EQ(trusted.doubt(), Doubt::nothing_stored);
  trusted.heard_platform_time(clocks.wall, false);
  EXPECT_EQ(trusted.doubt(), Doubt::none);
}

TEST(TrustedClockAtStart, may_be_an_hour_later_than_the_newest_stored_time_and_not_earlier) {
  const struct {
    std::chrono::milliseconds ahead;  // how far the clock is ahead of the stored time
    Doubt doubt;
  } rows[] = {
      {0ms, Doubt::none},
      {1h, Doubt::none},
      {1h + 1ms, Doubt::far_from_stored},
      {24h * 6, Doubt::far_from_stored},
      {24h * 400, Doubt::far_from_stored},
      {-5min, Doubt::none},  // the upstream's clock may differ from ours
      {-5min - 1ms, Doubt::far_from_stored},
      {-24h * 400, Doubt::far_from_stored},
  };
  for (const auto& row : rows) {
    Clocks clocks;
    TrustedClock trusted(clocks);
    trusted.heard_stored_time(clocks.wall - row.ahead.count());
    EXPECT_EQ(trusted.doubt(), row.doubt) << row.ahead.count();
  }
}

TEST(TrustedClockJump, of_more_than_five_minutes_in_either_direction_makes_it_unproved) {
  for (const auto by : {5min + 1ms, -5min - 1ms, std::chrono::milliseconds(24h * 400),
                        std::chrono::milliseconds(-24h * 400)}) {
    Clocks clocks;
    TrustedClock trusted(clocks);
    trusted.heard_stored_time(clocks.wall);
    clocks.pass(1h);
    EXPECT_EQ(trusted.doubt(), Doubt::none);
    clocks.jump(by);
    EXPECT_EQ(trusted.doubt(), Doubt::jumped) << by.count();
  }
  for (const std::chrono::milliseconds by : {5min, -5min}) {
    Clocks clocks;
    TrustedClock trusted(clocks);
    trusted.heard_stored_time(clocks.wall);
    clocks.jump(by);
    EXPECT_EQ(trusted.doubt(), Doubt::none) << by.count();
  }
}

TEST_F(TrustedClockTest, small_steps_that_add_up_within_a_day_are_a_jump) {
  prove();
  for (int i = 0; i < 5; ++i) {
    clocks.pass(1h);
    clocks.jump(1min);
    EXPECT_EQ(trusted.doubt(), Doubt::none);
  }
  clocks.pass(1h);
  clocks.jump(1min);
  EXPECT_EQ(trusted.doubt(), Doubt::jumped);
}

TEST_F(TrustedClockTest, slow_adjustment_over_weeks_is_no_jump) {
  prove();
  for (int day = 0; day < 100; ++day) {
    clocks.pass(24h);
    clocks.jump(10s);
    EXPECT_EQ(trusted.doubt(), Doubt::none);
  }
}

TEST_F(TrustedClockTest, is_proved_by_the_platforms_time_within_an_hour) {
  prove();
  clocks.jump(24h * 400);
  EXPECT_FALSE(trusted.proved());
  for (const UnixMs off : {-3'600'001, 3'600'001}) {
    trusted.heard_platform_time(clocks.wall + off, false);
    EXPECT_FALSE(trusted.proved()) << off;
  }
  trusted.heard_platform_time(clocks.wall - 3'600'000, false);
  EXPECT_TRUE(trusted.proved());
  clocks.jump(-24h * 400);
  EXPECT_FALSE(trusted.proved());
  trusted.heard_platform_time(clocks.wall + 3'600'000, true);
  EXPECT_TRUE(trusted.proved());
}

TEST_F(TrustedClockTest, is_proved_by_a_day_without_a_jump) {
  prove();
  clocks.jump(-2h);
  EXPECT_FALSE(trusted.proved());
  clocks.pass(24h - 1ms);
  EXPECT_FALSE(trusted.proved());
  clocks.pass(1ms);
  EXPECT_TRUE(trusted.proved());
  clocks.jump(2h);
  EXPECT_FALSE(trusted.proved());
  clocks.pass(23h);
  clocks.jump(24h);
  EXPECT_FALSE(trusted.proved());
  clocks.pass(23h);
  EXPECT_FALSE(trusted.proved()) << "the day begins anew with each jump";
}

TEST_F(TrustedClockTest, is_doubted_when_a_live_message_is_more_than_an_hour_off) {
  prove();
  for (const UnixMs off : {-3'600'001, 3'600'001}) {
    EXPECT_FALSE(trusted.heard_platform_time(clocks.wall + off, false));
    EXPECT_EQ(trusted.doubt(), Doubt::none) << "it may have waited";
    EXPECT_FALSE(trusted.heard_platform_time(clocks.wall + off, true));
    EXPECT_EQ(trusted.doubt(), Doubt::far_from_platform) << off;
    EXPECT_TRUE(trusted.heard_platform_time(clocks.wall + off / 2, true));
    EXPECT_EQ(trusted.doubt(), Doubt::none);
  }
  clocks.pass(23h);
  trusted.heard_platform_time(clocks.wall - 24h / 1ms, true);
  clocks.pass(24h - 1ms);
  EXPECT_EQ(trusted.doubt(), Doubt::far_from_platform) << "a day since the doubt";
  clocks.pass(1ms);
  EXPECT_EQ(trusted.doubt(), Doubt::none);
}

}  // namespace
}  // namespace papi
