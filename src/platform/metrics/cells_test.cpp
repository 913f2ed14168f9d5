#include "platform/metrics/cells.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <set>
#include <thread>
#include <vector>

#include "platform/metrics/counter.hpp"
#include "platform/metrics/histogram.hpp"

namespace papi::metrics {

using std::chrono::microseconds;

TEST(MetricsCells, what_several_threads_add_is_summed_up) {
  Cells cells(3);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&cells] {
      for (int n = 0; n < 10'000; ++n) cells.add(1, 2);
    });
  }
  threads.clear();
  cells.add(2);
  EXPECT_EQ(cells.sum(0), 0u);
  EXPECT_EQ(cells.sum(1), 80'000u);
  std::vector<std::uint64_t> sums = {1, 1, 1};
  cells.add_to(sums);
  EXPECT_EQ(sums, (std::vector<std::uint64_t>{1, 80'001, 2}));
}

TEST(MetricsCells, threads_that_run_together_have_different_slots_and_give_them_back) {
  constexpr int together = 8;
  for (int round = 0; round < 20; ++round) {  // more threads than slots, one after the other
    std::barrier all(together);
    std::vector<std::size_t> slots(together);
    std::vector<std::jthread> threads;
    for (std::size_t& slot : slots) {
      threads.emplace_back([&all, &slot] {
        slot = thread_slot();
        EXPECT_EQ(thread_slot(), slot);
        all.arrive_and_wait();
      });
    }
    threads.clear();
    EXPECT_EQ(std::set<std::size_t>(slots.begin(), slots.end()).size(), slots.size());
    for (const std::size_t slot : slots) EXPECT_LT(slot, thread_slots - 1);
  }
}

TEST(MetricsCells, threads_beyond_the_number_of_slots_lose_nothing) {
  constexpr int together = static_cast<int>(thread_slots) + 10;
  Cells cells(1);
  std::barrier all(together);
  std::vector<std::jthread> threads;
  for (int i = 0; i < together; ++i) {
    threads.emplace_back([&] {
      (void)thread_slot();
      all.arrive_and_wait();
      for (int n = 0; n < 1'000; ++n) cells.add(0);
    });
  }
  threads.clear();
  EXPECT_EQ(cells.sum(0), 1'000u * together);
}

TEST(MetricsCells, a_copy_is_made_for_a_thread_that_adds_and_fills_whole_cache_lines) {
  Cells cells(9);
  EXPECT_EQ(cells.bytes(), 0u);
  cells.add(8);
  EXPECT_EQ(cells.bytes(), 128u);
}

TEST(MetricsCells, a_gauge_goes_down_on_another_thread_than_up) {
  Gauge gauge;
  gauge.add(3);
  std::jthread([&gauge] { gauge.add(-5); }).join();
  EXPECT_EQ(gauge.value(), -2);
}

TEST(MetricsHistogram, a_bound_belongs_to_its_bucket_and_the_sum_is_that_of_all) {
  static constexpr std::array bounds = {microseconds(10), microseconds(100)};
  Histogram histogram(bounds);
  for (const auto duration : {std::chrono::nanoseconds(10'000), std::chrono::nanoseconds(10'001),
                              std::chrono::nanoseconds(100'000), std::chrono::nanoseconds(3'000'000)})
    histogram.record(duration);
  const HistogramCounts counts = histogram.counts();
  EXPECT_EQ(counts.buckets, (std::vector<std::uint64_t>{1, 2, 1}));
  EXPECT_EQ(counts.count(), 4u);
  EXPECT_EQ(counts.sum, microseconds(3'120));
}

TEST(MetricsHistogram, rows_do_not_touch_each_other_and_a_negative_duration_counts_as_0) {
  static constexpr std::array bounds = {microseconds(10)};
  Histograms rows(bounds, 2);
  rows.record(1, std::chrono::seconds(1));
  rows.record(0, std::chrono::seconds(-1));
  EXPECT_EQ(rows.counts(0).buckets, (std::vector<std::uint64_t>{1, 0}));
  EXPECT_EQ(rows.counts(0).sum, microseconds(0));
  EXPECT_EQ(rows.counts(1).buckets, (std::vector<std::uint64_t>{0, 1}));
}

}  // namespace papi::metrics
