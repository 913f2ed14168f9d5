#include "platform/metrics/log_linear.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace papi::metrics {
namespace {

using log_linear::bucket_of;
using log_linear::percentile;
using log_linear::range_of;

std::vector<std::uint64_t> counts_of(const std::vector<std::uint64_t>& values) {
  std::vector<std::uint64_t> counts(log_linear::buckets);
  for (const std::uint64_t value : values) ++counts[bucket_of(value)];
  return counts;
}

/// By nearest rank, from the values themselves.
double exact(std::vector<std::uint64_t> values, double q) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  return static_cast<double>(values[std::max<std::size_t>(rank, 1) - 1]);
}

}  // namespace

TEST(LogLinear, buckets_follow_each_other_without_gap_and_hold_their_own_values) {
  std::uint64_t next = 0;
  for (std::size_t bucket = 0; bucket < log_linear::buckets; ++bucket) {
    const auto [low, high] = range_of(bucket);
    EXPECT_EQ(low, next) << bucket;
    EXPECT_EQ(bucket_of(low), bucket);
    EXPECT_EQ(bucket_of(high), bucket);
    next = high + 1;
  }
  EXPECT_EQ(next, log_linear::max_value + 1);
}

TEST(LogLinear, values_below_64_are_exact) {
  for (std::uint64_t value = 0; value < 64; ++value)
    EXPECT_EQ(percentile(counts_of({value}), 0.5), static_cast<double>(value));
}

TEST(LogLinear, a_value_beyond_the_last_bucket_counts_as_the_greatest) {
  EXPECT_EQ(bucket_of(log_linear::max_value + 1), log_linear::buckets - 1);
  EXPECT_EQ(bucket_of(~std::uint64_t{0}), log_linear::buckets - 1);
}

TEST(LogLinear, the_middle_of_a_bucket_is_at_most_1_6_percent_from_its_values) {
  for (std::size_t bucket = 0; bucket < log_linear::buckets; ++bucket) {
    const auto [low, high] = range_of(bucket);
    const double middle = (static_cast<double>(low) + static_cast<double>(high)) / 2;
    EXPECT_LE(middle - static_cast<double>(low), static_cast<double>(low) / 64) << bucket;
  }
}

TEST(LogLinear, percentiles_are_within_2_percent_of_the_exact_ones) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> usual(8, 2);  // about 3 ms, with a long tail
  std::uniform_int_distribution<std::uint64_t> even(0, 10'000'000);
  std::exponential_distribution<double> rare(1.0 / 100'000);
  for (const std::size_t n : {std::size_t{1}, std::size_t{2}, std::size_t{19}, std::size_t{20'000}}) {
    std::vector<std::vector<std::uint64_t>> samples(3);
    for (std::size_t i = 0; i < n; ++i) {
      samples[0].push_back(static_cast<std::uint64_t>(usual(random)));
      samples[1].push_back(even(random));
      samples[2].push_back(static_cast<std::uint64_t>(rare(random)));
    }
    for (const auto& values : samples) {
      const auto counts = counts_of(values);
      for (const double q : {0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0}) {
        const double wanted = exact(values, q);
        EXPECT_LE(std::abs(percentile(counts, q) - wanted), 0.02 * wanted) << n << " values, q " << q;
      }
    }
  }
}

TEST(LogLinear, merged_counts_give_the_percentiles_of_all_values) {
  std::vector<std::uint64_t> one, two, both;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    one.push_back(i * 7);
    two.push_back(i * 400);
  }
  both = one;
  both.insert(both.end(), two.begin(), two.end());
  auto counts = counts_of(one);
  const auto more = counts_of(two);
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += more[i];
  EXPECT_EQ(counts, counts_of(both));
  EXPECT_EQ(percentile(counts, 0.95), percentile(counts_of(both), 0.95));
}

TEST(LogLinear, no_values_have_a_percentile_of_0) { EXPECT_EQ(percentile(counts_of({}), 0.95), 0); }

TEST(LogLinear, the_rank_is_the_nearest_one_above) {
  const auto counts = counts_of({1, 2, 3, 4});
  EXPECT_EQ(percentile(counts, 0), 1);
  EXPECT_EQ(percentile(counts, 0.25), 1);
  EXPECT_EQ(percentile(counts, 0.26), 2);
  EXPECT_EQ(percentile(counts, 0.75), 3);
  EXPECT_EQ(percentile(counts, 1), 4);
}

}  // namespace papi::metrics
