#include "monitoring/measurements.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "monitoring/hourly_fixture.hpp"

namespace papi::monitoring {
namespace {

using http::Method;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t gib = 1024 * 1024 * 1024;

class MeasurementsTest : public ::testing::Test {
 protected:
  MeasurementsTest() {
    routes_[0].path = "/profile/{username}";
    routes_[1].method = Method::post;
    routes_[1].path = "/connect";
    machine_.cpu.processors = 4;
    machine_.memory = {8 * gib, 5 * gib, true};
    machine_.network = {1'000, 2'000};
  }

  Measurements& measurements() {
    if (!measurements_) {
      history_.emplace(
          HourlyHistory::Dependencies{context_.get_executor(), *requests_, store_, trusted_, log_, clock_});
      measurements_.emplace(Measurements::Dependencies{
          context_.get_executor(), *requests_, *history_, [this] { return outside_; },
          [](metrics::Exposition& page) {
            page.gauge("profile_api_of_others", "Of others.", std::uint64_t{7});
          },
          [this] { return machine_; },
          [] {
            metrics::ProcessUse process;
            process.resident_bytes = 123;
            return process;
          },
          [] {
            return metrics::DiskUse{100 * gib, 30 * gib, 30};
          },
          clock_});
    }
    return *measurements_;
  }
  void request(unsigned status, milliseconds took, Method method = Method::get, std::size_t place = 0) {
    requests_->record(method, place, status, took);
  }
  json::value metrics_of(std::int64_t window) {
    return json::parse(measurements().json(minutes(window))).at_pointer("/metrics");
  }
  static double number(const json::value& from, std::string_view path) {
    return from.at_pointer(path).to_number<double>();
  }

  net::io_context context_{1};
  ManualClock clock_;
  std::vector<http::Route> routes_ = std::vector<http::Route>(2);
  std::optional<RequestMetrics> requests_;
  OutsideSums outside_{};
  metrics::MachineUse machine_;
  TrustedClock trusted_{clock_};
  LogOptions quiet_{LogLevel::critical, LogFormat::text, ""};
  Logger log_{quiet_, clock_};
  MemoryHourlyStore store_;
  std::optional<HourlyHistory> history_;
  std::optional<Measurements> measurements_;

  void SetUp() override { requests_.emplace(routes_); }
};

}  // namespace

TEST_F(MeasurementsTest, requests_of_the_window_have_the_guide_s_structure) {
  measurements();
  for (int i = 1; i <= 100; ++i) request(i <= 90 ? 200 : 500, milliseconds(i));
  request(429, milliseconds(1'000), Method::post, 1);
  clock_.advance(seconds(10));
  const json::value metrics = metrics_of(5);
  EXPECT_EQ(number(metrics, "/time_window_minutes"), 5);
  const json::value& requests = metrics.at_pointer("/requests");
  EXPECT_EQ(number(requests, "/total"), 101);
  EXPECT_DOUBLE_EQ(number(requests, "/avg_duration_ms"), 59.901);
  EXPECT_DOUBLE_EQ(number(requests, "/min_duration_ms"), 1);
  EXPECT_DOUBLE_EQ(number(requests, "/max_duration_ms"), 1'000);
  EXPECT_NEAR(number(requests, "/p95_duration_ms"), 96, 0.02 * 96);
  EXPECT_NEAR(number(requests, "/p99_duration_ms"), 100, 0.02 * 100);
  EXPECT_DOUBLE_EQ(number(requests, "/requests_per_second"), 10.1);
  EXPECT_EQ(requests.at_pointer("/status_codes"), (json::object{{"200", 90}, {"429", 1}, {"500", 10}}));
  EXPECT_EQ(requests.at_pointer("/endpoints"), (json::object{{"GET /profile/*", 100}, {"POST /connect", 1}}));
}

TEST_F(MeasurementsTest, a_window_forgets_and_the_counters_do_not) {
  measurements();
  request(200, milliseconds(5));
  clock_.advance(seconds(90));
  (void)measurements().json(minutes(1));
  request(404, milliseconds(7));
  json::value metrics = metrics_of(1);
  EXPECT_EQ(number(metrics, "/requests/total"), 1);
  EXPECT_EQ(metrics.at_pointer("/requests/status_codes"), (json::object{{"404", 1}}));
  EXPECT_DOUBLE_EQ(number(metrics, "/requests/min_duration_ms"), 7);
  EXPECT_EQ(
      metrics.at_pointer("/counters"),
      (json::object{{"requests_total", 2}, {"requests_get", 2}, {"responses_200", 1}, {"responses_404", 1}}));
  EXPECT_EQ(number(metrics_of(2), "/requests/total"), 2);
}

TEST_F(MeasurementsTest, without_requests_all_numbers_are_0) {
  const json::value metrics = metrics_of(60);
  const json::value& requests = metrics.at_pointer("/requests");
  EXPECT_EQ(number(requests, "/total"), 0);
  for (const char* name : {"avg_duration_ms", "min_duration_ms", "max_duration_ms", "p95_duration_ms",
                           "p99_duration_ms", "requests_per_second"})
    EXPECT_EQ(number(requests, std::string("/") + name), 0) << name;
  EXPECT_EQ(requests.at_pointer("/status_codes"), json::object());
  EXPECT_EQ(requests.at_pointer("/endpoints"), json::object());
}

TEST_F(MeasurementsTest, days_are_shown_with_the_averages_of_the_endpoints_and_the_greatest_uses) {
  measurements();
  request(200, milliseconds(10));
  request(200, milliseconds(20));
  request(429, milliseconds(1), Method::post, 1);
  outside_[static_cast<std::size_t>(OutsideSum::authentication_failures)] = 3;
  clock_.advance(seconds(30));
  (void)measurements().json(minutes(1));  // reads the machine
  clock_.advance(std::chrono::hours(30));
  (void)measurements().json(minutes(1));
  request(500, milliseconds(40));
  EXPECT_EQ(number(metrics_of(1'440), "/requests/total"), 1) << "the window has forgotten the others";
  const json::value metrics =
      json::parse(measurements().json_of_days(std::chrono::days(2))).at_pointer("/metrics");
  EXPECT_EQ(number(metrics, "/time_window_minutes"), 2'880);
  const json::value& requests = metrics.at_pointer("/requests");
  EXPECT_EQ(number(requests, "/total"), 4);
  EXPECT_DOUBLE_EQ(number(requests, "/avg_duration_ms"), 17.75);
  EXPECT_DOUBLE_EQ(number(requests, "/min_duration_ms"), 1);
  EXPECT_DOUBLE_EQ(number(requests, "/max_duration_ms"), 40);
  EXPECT_NEAR(number(requests, "/p95_duration_ms"), 40, 0.02 * 40);
  EXPECT_EQ(requests.at_pointer("/status_codes"), (json::object{{"200", 2}, {"429", 1}, {"500", 1}}));
  EXPECT_EQ(requests.at_pointer("/endpoints"), (json::object{{"GET /profile/*", 3}, {"POST /connect", 1}}));
  const json::object& averages = requests.at("endpoint_avg_duration_ms").as_object();
  EXPECT_EQ(averages.size(), 2u);
  EXPECT_NEAR(averages.at("GET /profile/*").to_number<double>(), 70.0 / 3, 0.001);
  EXPECT_EQ(averages.at("POST /connect").to_number<double>(), 1);
  EXPECT_EQ(number(metrics, "/authentication/failure"), 3);
  EXPECT_EQ(number(metrics, "/peaks/memory_bytes"), 5 * gib);
  EXPECT_EQ(number(metrics, "/peaks/process_memory_bytes"), 123);
}

TEST_F(MeasurementsTest, the_system_is_that_of_the_cgroup_and_the_process_stands_beside) {
  measurements();
  clock_.advance(seconds(5));
  machine_.cpu.busy = seconds(5);
  const json::value metrics = metrics_of(5);
  const json::value& system = metrics.at_pointer("/system");
  EXPECT_EQ(number(system, "/cpu/count"), 4);
  EXPECT_DOUBLE_EQ(number(system, "/cpu/percent"), 25);
  EXPECT_EQ(system.at_pointer("/cpu/of"), "machine");
  EXPECT_EQ(number(system, "/memory/total_bytes"), 8 * gib);
  EXPECT_EQ(number(system, "/memory/used_bytes"), 5 * gib);
  EXPECT_DOUBLE_EQ(number(system, "/memory/percent"), 62.5);
  EXPECT_EQ(system.at_pointer("/memory/of"), "cgroup");
  EXPECT_EQ(number(system, "/disk/total_bytes"), 100 * gib);
  EXPECT_EQ(number(system, "/disk/used_bytes"), 30 * gib);
  EXPECT_EQ(number(system, "/disk/percent"), 30);
  EXPECT_EQ(number(system, "/network/received_bytes"), 1'000);
  EXPECT_EQ(number(metrics, "/process/memory_bytes"), 123);
}

TEST_F(MeasurementsTest, what_other_parts_counted_is_shown_for_the_window) {
  measurements();
  const auto set = [this](OutsideSum which, std::uint64_t value) {
    outside_[static_cast<std::size_t>(which)] = value;
  };
  set(OutsideSum::cache_hits, 3);
  set(OutsideSum::cache_misses, 1);
  set(OutsideSum::database_operations, 4);
  set(OutsideSum::database_failures, 2);
  set(OutsideSum::database_us, 10'000);
  set(OutsideSum::authenticated, 9);
  set(OutsideSum::authentication_failures, 1);
  set(OutsideSum::rate_limit_violations, 5);
  json::value metrics = metrics_of(1);
  EXPECT_EQ(number(metrics, "/cache/hit_rate"), 0.75);
  EXPECT_EQ(number(metrics, "/database/operations"), 4);
  EXPECT_EQ(number(metrics, "/database/failures"), 2);
  EXPECT_EQ(number(metrics, "/database/avg_duration_ms"), 2.5);
  EXPECT_EQ(number(metrics, "/authentication/success"), 9);
  EXPECT_EQ(number(metrics, "/authentication/failure"), 1);
  EXPECT_EQ(number(metrics, "/authentication/success_rate"), 0.9);
  EXPECT_EQ(number(metrics, "/rate_limit/violations"), 5);
  clock_.advance(seconds(61));
  metrics = metrics_of(1);
  EXPECT_EQ(number(metrics, "/cache/hits"), 0);
  EXPECT_EQ(number(metrics, "/cache/hit_rate"), 0);
  EXPECT_EQ(number(metrics, "/rate_limit/violations"), 0);
}

TEST_F(MeasurementsTest,
       the_page_has_the_percentiles_of_5_minutes_in_milliseconds_and_the_families_of_others) {
  measurements();
  for (int i = 0; i < 100; ++i) request(200, milliseconds(i < 94 ? 10 : 1'200));
  const std::string page = measurements().page(metrics::Format::prometheus_text);
  EXPECT_NE(page.find("\nprofile_api_request_duration_p95 1196.0315\n"), std::string::npos) << page;
  EXPECT_NE(page.find("\nprofile_api_request_duration_p99 1196.0315\n"), std::string::npos);
  EXPECT_NE(page.find("\nprofile_api_of_others 7\n"), std::string::npos);
  EXPECT_NE(page.find("\nprofile_api_build_info{version=\""), std::string::npos);
  EXPECT_EQ(page.find("# EOF"), std::string::npos);
  EXPECT_TRUE(measurements().page(metrics::Format::openmetrics).ends_with("\n# EOF\n"));
  clock_.advance(minutes(5) + seconds(1));
  EXPECT_NE(
      measurements().page(metrics::Format::prometheus_text).find("\nprofile_api_request_duration_p95 0\n"),
      std::string::npos);
}

}  // namespace papi::monitoring
