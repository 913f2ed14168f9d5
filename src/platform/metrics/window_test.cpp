#include "platform/metrics/window.hpp"

#include <gtest/gtest.h>

#include <random>

#include "platform/metrics/log_linear.hpp"

namespace papi::metrics {
namespace {

constexpr UnixMs start = 1'700'000'040'000;  // the beginning of a minute
static_assert(start % 60'000 == 0);

/// A window over three sums.
class Counted {
 public:
  explicit Counted(UnixMs now = start) : now_(now), window_(3, now) {}
  /// Something is counted now, and the window is told.
  void count(std::size_t cell, std::uint64_t n = 1, Extremes extremes = {}) {
    sums_[cell] += n;
    window_.advance(now_, sums_, extremes);
  }
  void pass(std::chrono::milliseconds time) {
    now_ += time.count();
    window_.advance(now_, sums_, {});
  }
  std::uint64_t last(std::int64_t minutes, std::size_t cell = 0) const {
    return window_.last(std::chrono::minutes(minutes)).cells[cell];
  }
  const Window& window() const { return window_; }

 private:
  UnixMs now_;
  std::vector<std::uint64_t> sums_ = std::vector<std::uint64_t>(3);
  Window window_;
};

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

}  // namespace

TEST(MetricsWindow, what_was_counted_just_now_is_in_every_window) {
  Counted counted;
  counted.count(0, 5);
  counted.count(2, 7);
  for (const std::int64_t length : {1, 5, 60, 61, 1440}) {
    EXPECT_EQ(counted.last(length), 5u);
    EXPECT_EQ(counted.last(length, 1), 0u);
    EXPECT_EQ(counted.last(length, 2), 7u);
  }
}

TEST(MetricsWindow, a_short_window_ends_at_a_second) {
  Counted counted;
  counted.count(0);
  counted.pass(seconds(60));
  EXPECT_EQ(counted.last(1), 1u) << "its second is the first of the window";
  counted.pass(milliseconds(999));
  EXPECT_EQ(counted.last(1), 1u);
  counted.pass(milliseconds(1));
  EXPECT_EQ(counted.last(1), 0u);
  EXPECT_EQ(counted.last(2), 1u);
}

TEST(MetricsWindow, an_hour_still_has_edges_of_a_second) {
  Counted counted;
  counted.pass(seconds(17));
  counted.count(0);
  counted.pass(seconds(3'600));
  EXPECT_EQ(counted.last(60), 1u);
  counted.pass(seconds(1));
  EXPECT_EQ(counted.last(60), 0u);
  EXPECT_EQ(counted.last(61), 1u);
}

TEST(MetricsWindow, a_long_window_ends_at_a_minute) {
  Counted counted;
  counted.pass(seconds(30));
  counted.count(0);
  counted.pass(minutes(61) + seconds(29));
  EXPECT_EQ(counted.last(61), 1u);
  counted.pass(seconds(1));
  EXPECT_EQ(counted.last(61), 0u);
  EXPECT_EQ(counted.last(62), 1u);
}

TEST(MetricsWindow, a_day_is_kept_and_no_more) {
  Counted counted;
  counted.count(0);
  counted.pass(hours(24) + seconds(59));
  EXPECT_EQ(counted.last(1440), 1u);
  counted.pass(seconds(1));
  EXPECT_EQ(counted.last(1440), 0u);
}

TEST(MetricsWindow, what_grew_between_two_measurements_belongs_to_the_second_of_the_first) {
  Counted counted;
  std::vector<std::uint64_t> sums(3);
  Window window(3, start);
  window.advance(start, sums, {});
  sums[0] = 4;
  window.advance(start + 61'000, sums, {});  // nobody measured for a minute
  EXPECT_EQ(window.last(minutes(1)).cells[0], 0u);
  EXPECT_EQ(window.last(minutes(2)).cells[0], 4u);
}

TEST(MetricsWindow, a_clock_that_is_set_back_loses_nothing) {
  Counted counted;
  counted.count(0);
  counted.pass(-minutes(10));
  counted.count(0);
  EXPECT_EQ(counted.last(1), 2u);
  counted.pass(minutes(10) + seconds(61));
  EXPECT_EQ(counted.last(1), 0u);
  EXPECT_EQ(counted.last(5), 2u);
}

TEST(MetricsWindow, extremes_are_those_of_the_window) {
  Counted counted;
  counted.count(0, 1, {.least = 3, .greatest = 90});
  counted.pass(seconds(30));
  counted.count(0, 1, {.least = 5, .greatest = 6});
  EXPECT_EQ(counted.window().last(minutes(1)).extremes.least, 3u);
  EXPECT_EQ(counted.window().last(minutes(1)).extremes.greatest, 90u);
  counted.pass(seconds(31));
  EXPECT_EQ(counted.window().last(minutes(1)).extremes.least, 5u);
  EXPECT_EQ(counted.window().last(minutes(1)).extremes.greatest, 6u);
  EXPECT_EQ(counted.window().last(minutes(61)).extremes.least, 3u) << "the minutes have them too";
  counted.pass(seconds(61));
  EXPECT_TRUE(counted.window().last(minutes(1)).extremes.empty());
}

TEST(MetricsWindow, a_window_covers_no_more_than_the_process_has_run) {
  Counted counted;
  counted.pass(seconds(10));
  EXPECT_EQ(counted.window().last(minutes(5)).covered, seconds(10));
  counted.pass(minutes(10));
  EXPECT_EQ(counted.window().last(minutes(5)).covered, minutes(5));
}

TEST(MetricsWindow, a_quiet_time_takes_no_memory) {
  Counted counted;
  counted.count(0);
  for (int i = 0; i < 7'200; ++i) counted.pass(seconds(1));
  EXPECT_LT(counted.window().bytes(), 400u);
}

TEST(MetricsWindow, the_most_that_100_routes_can_take_is_less_than_96_mib) {
  // As many cells as monitoring::RequestMetrics has: 100 routes with HEAD, and those without a route.
  constexpr std::size_t cells = 39 + 208 + log_linear::buckets + 1 + 8;
  static_assert(Window::max_bytes(cells) < std::size_t{96} * 1024 * 1024);
  std::vector<std::uint64_t> sums(cells);
  Window window(cells, start);
  UnixMs now = start;
  for (int second = 0; second < 4 * 3'600; ++second) {  // the rest of the day only adds minutes like these
    for (std::uint64_t& sum : sums) sum += 3;
    window.advance(now += 1'000, sums, {.least = 1, .greatest = 2});
  }
  EXPECT_LE(window.bytes(), Window::max_bytes(cells));
  EXPECT_EQ(window.last(minutes(60)).cells[0], 3u * 3'600);
}

TEST(MetricsWindow, a_day_of_1000_requests_a_second_takes_less_than_96_mib) {
  constexpr std::size_t routes = 100, statuses = 39;
  constexpr std::size_t first_bucket = statuses + routes, cells = first_bucket + log_linear::buckets + 1;
  std::mt19937_64 random(3);
  // A second is drawn once and varied, so that the test is quick.
  std::vector<std::vector<std::uint64_t>> second_of(20, std::vector<std::uint64_t>(cells));
  std::lognormal_distribution<double> duration(9, 1.5);
  for (auto& growth : second_of) {
    for (int i = 0; i < 1'000; ++i) {
      const auto us = static_cast<std::uint64_t>(duration(random));
      ++growth[random() % 5];
      ++growth[statuses + random() % routes];
      ++growth[first_bucket + log_linear::bucket_of(us)];
      growth[cells - 1] += us;
    }
  }
  std::vector<std::uint64_t> sums(cells);
  Window window(cells, start);
  for (int second = 0; second < 86'400; ++second) {
    const auto& growth = second_of[static_cast<std::size_t>(second) % second_of.size()];
    for (std::size_t i = 0; i < cells; ++i) sums[i] += growth[i];
    window.advance(start + 1'000 * second, sums, {});
  }
  EXPECT_LT(window.bytes(), std::size_t{24} * 1024 * 1024);
  const auto day = window.last(minutes(1440)).cells;
  std::uint64_t requests = 0;
  for (std::size_t i = 0; i < statuses; ++i) requests += day[i];
  EXPECT_EQ(requests, 86'400'000u);
}

}  // namespace papi::metrics
