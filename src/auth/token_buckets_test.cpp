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
  const RateLimit limit{10, 60s, 0};
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

TEST(TokenBuckets, what_is_refused_is_told_once_until_something_is_allowed_again) {
  TokenBuckets buckets;
  const RateLimit limit{60, 60s, 1};
  EXPECT_TRUE(buckets.take("ann", limit, start).allowed);
  EXPECT_TRUE(buckets.take("ann", limit, start).newly_refused);
  EXPECT_FALSE(buckets.take("ann", limit, start + 999ms).newly_refused);
  const auto allowed = buckets.take("ann", limit, start + 1s);
  EXPECT_TRUE(allowed.allowed && !allowed.newly_refused);
  EXPECT_TRUE(buckets.take("ann", limit, start + 1s).newly_refused) << "a new series";
}

TEST(TokenBuckets, a_clock_reading_from_before_gives_nothing) {
  TokenBuckets buckets;
  const RateLimit limit{60, 60s, 2};
  EXPECT_TRUE(buckets.take("ann", limit, start).allowed);
  EXPECT_TRUE(buckets.take("ann", limit, start - 10s).allowed) << "and takes nothing away";
  EXPECT_FALSE(buckets.take("ann", limit, start + 999ms).allowed);
  EXPECT_TRUE(buckets.take("ann", limit, start + 1s).allowed);
}

TEST(TokenBuckets, those_that_nobody_used_for_an_hour_make_room_two_at_a_time) {
  TokenBuckets buckets;
  const RateLimit limit{10, 60s, 0};
  for (int i = 0; i < 1'000; ++i) buckets.take("address " + std::to_string(i), limit, start);
  EXPECT_EQ(buckets.size(), 1'000u);
  for (int i = 0; i < 100; ++i) buckets.take("later " + std::to_string(i), limit, start + 1h);
  EXPECT_EQ(buckets.size(), 1'100u) << "an hour is not more than an hour";
  for (int i = 0; i < 100; ++i) buckets.take("last " + std::to_string(i), limit, start + 1h + 1ms);
  EXPECT_EQ(buckets.size(), 1'000u) << "each of a hundred removed two";
  // A bucket that takes longer than an hour to be full is kept for so long.
  TokenBuckets slow;
  const RateLimit day{1, 86'400s, 0};
  slow.take("ann", day, start);
  for (int i = 0; i < 200; ++i) slow.take("address " + std::to_string(i), day, start + 23h);
  EXPECT_FALSE(slow.take("ann", day, start + 23h).allowed);
  EXPECT_EQ(slow.size(), 201u);
}

TEST(TokenBuckets, a_larger_burst_is_given_at_once) {
  TokenBuckets buckets;
  const RateLimit limit{5, 300s, 8};
  int allowed = 0;
  for (int i = 0; i < 20; ++i) allowed += buckets.take("ann", limit, start).allowed ? 1 : 0;
  EXPECT_EQ(allowed, 8);
}

TEST(TokenBuckets, a_million_addresses_do_not_grow_it_without_end) {
  TokenBuckets buckets(1'000);
  const RateLimit limit{10, 60s, 0};
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
  const RateLimit limit{1'000, 3'600s, 0};
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

}  // namespace
}  // namespace papi::auth
