#include "auth/rate_limit.hpp"

#include <gtest/gtest.h>

namespace papi::auth {
namespace {

using namespace std::chrono_literals;
const TokenBuckets::Time start{1'000s};

TEST(RateLimit, the_verdict_says_when_to_come_again) {
  TokenBuckets buckets;
  const RateLimit limit{10, 60, 0};
  auto verdict = verdict_of(buckets.take("ann", limit, start), limit, rate_rule::api);
  EXPECT_TRUE(verdict.allowed);
  EXPECT_EQ(verdict.rule, rate_rule::api);
  EXPECT_EQ(verdict.limit, 10);
  EXPECT_EQ(verdict.window_seconds, 60);
  EXPECT_EQ(verdict.remaining, 9);
  EXPECT_EQ(verdict.full_in_seconds, 6);
  EXPECT_EQ(verdict.retry_after_seconds, 0);
  for (int i = 0; i < 9; ++i) buckets.take("ann", limit, start);
  verdict = verdict_of(buckets.take("ann", limit, start + 2s), limit, rate_rule::api);
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(verdict.remaining, 0);
  EXPECT_EQ(verdict.retry_after_seconds, 4);
  EXPECT_EQ(verdict.full_in_seconds, 58);
  verdict = verdict_of(buckets.take("ann", limit, start + 5'999ms), limit, rate_rule::api);
  EXPECT_EQ(verdict.retry_after_seconds, 1) << "never at once";
  EXPECT_EQ(verdict.full_in_seconds, 55);
}

}  // namespace
}  // namespace papi::auth
