#include "monitoring/hourly_history.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "monitoring/hourly_fixture.hpp"

namespace papi::monitoring {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr UnixMs hour_ms = 3'600'000;
constexpr UnixMs noon = 19'675 * 24 * hour_ms + 12 * hour_ms;  // of the day on which ManualClock begins

class HourlyHistoryTest : public ::testing::Test {
 protected:
  HourlyHistoryTest() {
    routes_[0].path = "/profile/{username}";
    requests_.emplace(routes_);
    clock_.advance(milliseconds(noon + 10 * 60'000 - clock_.now_ms()));
    trusted_.heard_platform_time(clock_.now_ms(), true);
    restart();
  }
  void restart() {
    history_.reset();
    requests_.emplace(routes_);  // its sums are those of a process
    history_.emplace(
        HourlyHistory::Dependencies{context_.get_executor(), *requests_, store_, trusted_, log_, clock_});
  }
  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    net::co_spawn(
        context_, [&]() -> Task<void> { result = co_await std::move(task); }, net::detached);
    context_.restart();
    context_.run();
    return std::move(*result);
  }
  void run(Task<void> task) {
    net::co_spawn(context_, std::move(task), net::detached);
    context_.restart();
    context_.run();
  }
  void request(unsigned status = 200, milliseconds took = milliseconds(10)) {
    requests_->record(http::Method::get, 0, status, took);
  }
  void measure() {
    std::vector<std::uint64_t> sums = requests_->sums();
    sums.insert(sums.end(), outside_.begin(), outside_.end());
    history_->advance(sums, requests_->take_extremes());
  }
  void after(milliseconds time) {
    clock_.advance(time);
    measure();
  }
  HourlyFigures stored(UnixMs hour) {
    const auto found = store_.hours.find(hour);
    return found == store_.hours.end() ? HourlyFigures() : *parse_hourly_figures(found->second);
  }

  net::io_context context_{1};
  ManualClock clock_;
  TrustedClock trusted_{clock_};
  LogOptions quiet_{LogLevel::critical, LogFormat::text, ""};
  Logger log_{quiet_, clock_};
  std::vector<http::Route> routes_ = std::vector<http::Route>(1);
  std::optional<RequestMetrics> requests_;
  OutsideSums outside_{};
  MemoryHourlyStore store_;
  std::optional<HourlyHistory> history_;
};

}  // namespace

TEST_F(HourlyHistoryTest, an_hour_has_what_was_counted_in_it) {
  ASSERT_TRUE(run(history_->load()));
  request(200, milliseconds(10));
  request(500, milliseconds(30));
  outside_[0] = 4;
  after(minutes(1));
  history_->note_use(9'000, 800, 12.34);
  history_->note_use(7'000, 0, 50);
  run(history_->save());
  HourlyFigures first = stored(noon);
  EXPECT_EQ(first.covered, minutes(1));
  EXPECT_EQ(first.statuses, (std::map<std::string, std::uint64_t, std::less<>>{{"200", 1}, {"500", 1}}));
  EXPECT_EQ(first.endpoints.at("GET /profile/*"), (HourlyFigures::Endpoint{2, 40'000}));
  EXPECT_EQ(first.extremes.least, 10'000u);
  EXPECT_EQ(first.extremes.greatest, 30'000u);
  EXPECT_EQ(first.outside[0], 4u);
  EXPECT_EQ(first.most_memory_bytes, 9'000u);
  EXPECT_EQ(first.most_process_memory_bytes, 800u);
  EXPECT_EQ(first.most_cpu_permille, 500u);

  request();
  after(minutes(49));  // the hour is over now
  request(404, milliseconds(5));
  outside_[0] = 5;
  after(minutes(2));
  run(history_->save());
  EXPECT_EQ(stored(noon).requests(), 3u);
  EXPECT_EQ(stored(noon).covered, minutes(50)) << "the process did not run before";
  const HourlyFigures second = stored(noon + hour_ms);
  EXPECT_EQ(second.requests(), 1u);
  EXPECT_EQ(second.covered, minutes(2));
  EXPECT_EQ(second.extremes.greatest, 5'000u);
  EXPECT_EQ(second.outside[0], 1u);
  EXPECT_EQ(second.most_memory_bytes, 0u);
}

TEST_F(HourlyHistoryTest, what_an_earlier_process_counted_in_the_same_hour_is_added) {
  ASSERT_TRUE(run(history_->load()));
  request();
  after(minutes(1));
  run(history_->save());
  restart();
  request();
  after(minutes(1));
  run(history_->save());
  EXPECT_EQ(stored(noon).requests(), 1u) << "it does not store before it has read";
  ASSERT_TRUE(run(history_->load()));
  run(history_->save());
  run(history_->save());
  EXPECT_EQ(stored(noon).requests(), 2u);
  EXPECT_EQ(stored(noon).covered, minutes(2));
  EXPECT_EQ(history_->last(days(1)).requests(), 2u);
  after(hours(1));
  run(history_->save());
  EXPECT_EQ(stored(noon).requests(), 2u);
  EXPECT_EQ(stored(noon + hour_ms).requests(), 0u);
  EXPECT_EQ(history_->last(days(1)).requests(), 2u);
}

TEST_F(HourlyHistoryTest, an_hour_that_ended_before_the_past_was_read_is_added_too) {
  store_.hours[noon] = R"({"statuses":{"200":5}})";
  request();
  after(hours(1));
  ASSERT_TRUE(run(history_->load()));
  run(history_->save());
  EXPECT_EQ(stored(noon).requests(), 6u);
  EXPECT_EQ(history_->last(days(1)).requests(), 6u);
}

TEST_F(HourlyHistoryTest, what_cannot_be_stored_is_stored_later) {
  ASSERT_TRUE(run(history_->load()));
  request();
  after(hours(1));
  store_.refusals = 1;
  run(history_->save());
  EXPECT_TRUE(store_.hours.empty());
  after(hours(1));
  run(history_->save());
  EXPECT_EQ(stored(noon).requests(), 1u);
  EXPECT_EQ(store_.hours.size(), 3u);
  store_.saved = 0;
  run(history_->save());
  EXPECT_EQ(store_.saved, 1u) << "only the present hour changes";
}

TEST_F(HourlyHistoryTest, the_last_days_begin_with_a_day_in_utc) {
  const UnixMs midnight = noon - 12 * hour_ms;
  const UnixMs day = 24 * hour_ms;
  store_.hours[midnight - 2 * day - hour_ms] = R"({"statuses":{"200":100}})";
  store_.hours[midnight - 2 * day] = R"({"statuses":{"200":10}})";
  store_.hours[midnight - hour_ms] = R"({"statuses":{"200":1}})";
  store_.hours[noon - hour_ms] = "no figures";
  ASSERT_TRUE(run(history_->load()));
  EXPECT_EQ(history_->last(days(1)).requests(), 1u);
  EXPECT_EQ(history_->last(days(2)).requests(), 11u);
  EXPECT_EQ(history_->last(days(3)).requests(), 111u);
}

TEST_F(HourlyHistoryTest, all_hours_are_read_in_steps) {
  for (int i = 1; i <= 1'200; ++i) store_.hours[noon - i * hour_ms] = R"({"statuses":{"200":1}})";
  ASSERT_TRUE(run(history_->load()));
  EXPECT_EQ(history_->last(days(400)).requests(), 1'200u);
  EXPECT_EQ(store_.loads, 3u);
}

TEST_F(HourlyHistoryTest, hours_are_deleted_after_400_days_if_the_clock_is_trusted) {
  const UnixMs oldest = noon - 12 * hour_ms - 400 * 24 * hour_ms;
  store_.hours[oldest] = "{}";
  store_.hours[oldest - 1] = "{}";
  ASSERT_TRUE(run(history_->load()));
  TrustedClock doubted(clock_);  // it has heard of no time
  HourlyHistory other(
      HourlyHistory::Dependencies{context_.get_executor(), *requests_, store_, doubted, log_, clock_});
  run(other.erase_old());
  EXPECT_EQ(store_.hours.size(), 2u);
  run(history_->erase_old());
  EXPECT_EQ(store_.hours.size(), 1u);
  EXPECT_TRUE(store_.hours.contains(oldest));
}

TEST_F(HourlyHistoryTest, run_stores_the_present_hour_before_it_ends) {
  request();
  after(minutes(1));
  bool ended = false;
  net::co_spawn(context_, history_->run(), [&](std::exception_ptr) { ended = true; });
  context_.restart();
  context_.poll();
  EXPECT_FALSE(ended);
  history_->stop();
  context_.run();
  EXPECT_TRUE(ended);
  EXPECT_EQ(stored(noon).requests(), 1u);
}

}  // namespace papi::monitoring
