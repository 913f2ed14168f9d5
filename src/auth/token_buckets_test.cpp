#include "auth/token_buckets.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace papi::auth {
namespace {

using namespace std::chrono_literals;
const TokenBuckets::Time start{1'000s};

TEST(TokenBuckets, gives_a_burst_and_then_the_pace_of_the_window) {
  TokenBuckets buckets;
  const RateLimit limit{10, 60, 0};
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(buckets.take("ann", limit, start).allowed);
  auto refused = buckets.take("ann", limit, start);
  EXPECT_FALSE(refused.allowed);
  EXPECT_TRUE(refused.newly_refused);
  EXPECT_FALSE(buckets.take("ann", limit, start).newly_refused) << "one record a series";
  EXPECT_TRUE(buckets.take("bob", limit, start).allowed);
  EXPECT_FALSE(buckets.take("ann", limit, start + 5'999ms).allowed);
  EXPECT_TRUE(buckets.take("ann", limit, start + 6s).allowed);
  EXPECT_FALSE(buckets.take("ann", limit, start + 6s).allowed);
  int allowed = 0;
  for (int i = 0; i < 100; ++i) allowed += buckets.take("ann", limit, start + 1h).allowed ? 1 : 0;
  EXPECT_EQ(allowed, 10) << "a bucket holds no more than its burst";
}

TEST(TokenBuckets, a_larger_burst_is_given_at_once) {
  TokenBuckets buckets;
  const RateLimit limit{5, 300, 8};
  int allowed = 0;
  for (int i = 0; i < 20; ++i) allowed += buckets.take("ann", limit, start).allowed ? 1 : 0;
  EXPECT_EQ(allowed, 8);
}

TEST(TokenBuckets, a_million_addresses_do_not_grow_it_without_end) {
  TokenBuckets buckets(1'000);
  const RateLimit limit{10, 60, 0};
  for (int i = 0; i < 100'000; ++i) {
    buckets.take("address " + std::to_string(i), limit, start + std::chrono::milliseconds(i));
    if (i % 100 == 0) buckets.take("busy", limit, start);
  }
  EXPECT_LE(buckets.size(), 1'100u);
  EXPECT_FALSE(buckets.take("busy", limit, start).allowed) << "who is used all the time is not forgotten";
  for (int i = 0; i < 5'000; ++i) buckets.take("one", limit, start + std::chrono::hours(3 + i));
  EXPECT_LT(buckets.size(), 1'100u);
}

TEST(TokenBuckets, threads_share_one_bucket_to_the_token) {
  TokenBuckets buckets;
  const RateLimit limit{1'000, 3'600, 0};
  std::atomic<int> allowed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1'000; ++i) allowed += buckets.take("ann", limit, start).allowed ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(allowed.load(), 1'000);
}

TEST(TokenBuckets, the_verdict_says_when_to_come_again) {
  TokenBuckets buckets;
  const RateLimit limit{10, 60, 0};
  auto verdict = verdict_of(buckets.take("ann", limit, start), limit, http::RateRule::api);
  EXPECT_EQ(verdict.remaining, 9);
  EXPECT_EQ(verdict.full_in_seconds, 6);
  for (int i = 0; i < 9; ++i) buckets.take("ann", limit, start);
  verdict = verdict_of(buckets.take("ann", limit, start + 2s), limit, http::RateRule::api);
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(verdict.remaining, 0);
  EXPECT_EQ(verdict.retry_after_seconds, 4);
  EXPECT_EQ(verdict.full_in_seconds, 58);
}

}  // namespace
}  // namespace papi::auth
