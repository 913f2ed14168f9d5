#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/http/route_table.hpp"
#include "platform/metrics/exposition.hpp"
#include "platform/metrics/window.hpp"

namespace papi::monitoring {

/// What is known of finished requests since the start: how many by method, route and status, and how long
/// they took. Recording takes no lock and writes to no memory of another thread. Any thread.
///
/// A route is known by its pattern, so the number of labels is bounded by the table of routes. Requests that
/// match none count as `unmatched`.
class RequestMetrics {
 public:
  /// `routes`: those of the pipeline, in its order. They are not kept.
  explicit RequestMetrics(const std::vector<http::Route>& routes);

  /// `place`: that of the route in the table, or nullopt if none matched.
  void record(http::Method method, std::optional<std::size_t> place, unsigned status,
              std::chrono::nanoseconds took) noexcept;

  /// Sums for a metrics::Window. view() says what they mean.
  std::size_t cells() const;
  std::vector<std::uint64_t> sums() const;
  /// Returns the durations, in microseconds, since the last call.
  metrics::Extremes take_extremes() noexcept;

  /// What such sums say.
  struct View {
    std::uint64_t total = 0;
    std::chrono::microseconds duration{0};                              // of all together
    std::vector<std::pair<std::string_view, std::uint64_t>> methods;    // `GET`; without those of 0
    std::vector<std::pair<std::string_view, std::uint64_t>> statuses;   // `200`
    std::vector<std::pair<std::string_view, std::uint64_t>> endpoints;  // `GET /profile/*`
    std::span<const std::uint64_t> durations;                           // see metrics::log_linear
  };
  /// `sums` must have cells() elements, or more, and outlive the result.
  View view(std::span<const std::uint64_t> sums) const;

  /// How long the requests of each row took together, in microseconds, since the start. A row is one method
  /// of one route.
  std::vector<std::uint64_t> endpoint_us() const;
  /// Returns what view() calls a row: `GET /profile/*`.
  const std::string& endpoint(std::size_t row) const { return rows_[row].endpoint; }

  /// profile_api_requests_total and profile_api_request_duration_seconds.
  void write(metrics::Exposition& page) const;
  /// Returns the memory of what was recorded.
  std::size_t bytes() const;

 private:
  struct Row {
    http::Method method;
    std::string route;     // the pattern, `/profile/{username}`
    std::string endpoint;  // `GET /profile/*`
  };
  struct alignas(64) ThreadExtremes {
    std::atomic<std::uint64_t> least{~std::uint64_t{0}};
    std::atomic<std::uint64_t> greatest{0};
  };
  static std::vector<Row> rows_of(const std::vector<http::Route>& routes);
  std::size_t row_of(http::Method method, std::optional<std::size_t> place) const noexcept;

  std::vector<Row> rows_;
  std::vector<std::size_t> first_row_;  // of each route
  std::size_t unmatched_ = 0;           // the first of the rows of those that match no route
  metrics::Cells by_status_;            // of each row
  metrics::Histograms durations_;       // of each row
  metrics::Cells all_durations_;        // of all rows, and their sum
  std::array<ThreadExtremes, metrics::thread_slots> extremes_;
};

}  // namespace papi::monitoring
