#include "monitoring/request_metrics.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace papi::monitoring {
namespace {

using http::Method;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using Counts = std::vector<std::pair<std::string_view, std::uint64_t>>;

std::vector<http::Route> two_routes() {
  std::vector<http::Route> routes(2);
  routes[0].path = "/profile/{username}";
  routes[1].method = Method::post;
  routes[1].path = "/connect";
  return routes;
}

std::string page_of(const RequestMetrics& requests) {
  std::string text;
  metrics::Exposition page(text, metrics::Format::prometheus_text);
  requests.write(page);
  return text;
}

std::size_t times_in(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace

TEST(RequestMetrics, requests_are_counted_by_method_route_and_status) {
  RequestMetrics requests(two_routes());
  requests.record(Method::get, 0, 200, milliseconds(3));
  requests.record(Method::get, 0, 200, milliseconds(3));
  requests.record(Method::head, 0, 404, milliseconds(3));
  requests.record(Method::post, 1, 429, milliseconds(3));
  requests.record(Method::get, std::nullopt, 404, milliseconds(3));
  requests.record(Method::other, std::nullopt, 299, milliseconds(3));
  const auto sums = requests.sums();
  const RequestMetrics::View view = requests.view(sums);
  EXPECT_EQ(view.total, 6u);
  EXPECT_EQ(view.duration, milliseconds(18));
  EXPECT_EQ(view.statuses, (Counts{{"200", 2}, {"404", 2}, {"429", 1}, {"other", 1}}));
  EXPECT_EQ(view.methods, (Counts{{"GET", 3}, {"HEAD", 1}, {"OTHER", 1}, {"POST", 1}}));
  EXPECT_EQ(view.endpoints,
            (Counts{{"GET /profile/*", 2}, {"HEAD /profile/*", 1}, {"POST /connect", 1}, {"unmatched", 2}}));
}

TEST(RequestMetrics, the_page_has_patterns_of_routes_and_only_what_was_seen) {
  RequestMetrics requests(two_routes());
  EXPECT_EQ(times_in(page_of(requests), "\nprofile_api_"), 0u);
  requests.record(Method::get, 0, 200, milliseconds(3));
  requests.record(Method::get, 0, 500, milliseconds(700));
  const std::string page = page_of(requests);
  const std::string labels = "method=\"GET\",route=\"/profile/{username}\"";
  EXPECT_EQ(times_in(page, "profile_api_requests_total{" + labels + ",status=\"200\"} 1\n"), 1u) << page;
  EXPECT_EQ(times_in(page, "profile_api_requests_total{" + labels + ",status=\"500\"} 1\n"), 1u);
  EXPECT_EQ(times_in(page, "_bucket{" + labels + ",le=\"0.0025\"} 0\n"), 1u);
  EXPECT_EQ(times_in(page, "_bucket{" + labels + ",le=\"0.005\"} 1\n"), 1u);
  EXPECT_EQ(times_in(page, "_bucket{" + labels + ",le=\"+Inf\"} 2\n"), 1u);
  EXPECT_EQ(times_in(page, "_sum{" + labels + "} 0.703\n"), 1u);
  EXPECT_EQ(times_in(page, "/connect"), 0u);
}

TEST(RequestMetrics, extremes_are_those_since_the_last_call_from_all_threads) {
  RequestMetrics requests(two_routes());
  EXPECT_TRUE(requests.take_extremes().empty());
  requests.record(Method::get, 0, 200, microseconds(70));
  std::jthread([&requests] { requests.record(Method::get, 0, 200, microseconds(9'000)); }).join();
  const metrics::Extremes extremes = requests.take_extremes();
  EXPECT_EQ(extremes.least, 70u);
  EXPECT_EQ(extremes.greatest, 9'000u);
  EXPECT_TRUE(requests.take_extremes().empty());
}

TEST(RequestMetrics, what_100_routes_take_on_a_thread_is_less_than_200_kib) {
  std::vector<http::Route> routes(100);
  RequestMetrics requests(routes);
  requests.record(Method::get, 7, 200, milliseconds(1));
  EXPECT_LT(requests.bytes(), 200u * 1024);
  EXPECT_LT(metrics::Window::max_bytes(requests.cells() + 8), std::size_t{96} * 1024 * 1024);
}

}  // namespace papi::monitoring
