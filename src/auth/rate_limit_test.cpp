#include "auth/rate_limit.hpp"

#include <gtest/gtest.h>

namespace papi::auth {
namespace {

using namespace std::chrono_literals;
const TokenBuckets::Time start{1'000s};

TEST(RateLimit, the_verdict_says_when_to_come_again) {
  TokenBuckets buckets;
  const RateLimit limit{10, 60s, 0};
  auto verdict = verdict_of(buckets.take("ann", limit, start), limit, rate_rule::api);
  EXPECT_TRUE(verdict.allowed);
  EXPECT_EQ(verdict.rule, rate_rule::api);
  EXPECT_EQ(verdict.limit, 10);
  EXPECT_EQ(verdict.window, 60s);
  EXPECT_EQ(verdict.remaining, 9);
  EXPECT_EQ(verdict.full_in, 6s);
  EXPECT_EQ(verdict.retry_after, 0s);
  for (int i = 0; i < 9; ++i) buckets.take("ann", limit, start);
  verdict = verdict_of(buckets.take("ann", limit, start + 2s), limit, rate_rule::api);
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(verdict.remaining, 0);
  EXPECT_EQ(verdict.retry_after, 4s);
  EXPECT_EQ(verdict.full_in, 58s);
  verdict = verdict_of(buckets.take("ann", limit, start + 5'999ms), limit, rate_rule::api);
  EXPECT_EQ(verdict.retry_after, 1s) << "never at once";
  EXPECT_EQ(verdict.full_in, 55s);
}

}  // namespace
}  // namespace papi::auth
