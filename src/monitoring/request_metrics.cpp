#include "monitoring/request_metrics.hpp"

#include <algorithm>
#include <map>

#include "platform/metrics/log_linear.hpp"

namespace papi::monitoring {
namespace {

namespace log_linear = metrics::log_linear;
using http::Method;
using std::chrono::microseconds;

constexpr std::array<unsigned, 38> statuses = {
    101, 200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408,
    409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426, 428, 429, 431, 500, 501, 502, 503};
constexpr std::array<std::string_view, 38> status_names = {
    "101", "200", "201", "202", "204", "206", "301", "302", "303", "304", "307", "308", "400",
    "401", "403", "404", "405", "406", "408", "409", "410", "411", "412", "413", "414", "415",
    "416", "417", "421", "422", "426", "428", "429", "431", "500", "501", "502", "503"};
constexpr std::string_view other_status = "other";
constexpr std::size_t status_count = statuses.size() + 1;

std::size_t place_of_status(unsigned status) noexcept {
  const auto found = std::lower_bound(statuses.begin(), statuses.end(), status);
  if (found == statuses.end() || *found != status) return statuses.size();
  return static_cast<std::size_t>(found - statuses.begin());
}

std::string_view status_name(std::size_t place) {
  return place < status_names.size() ? status_names[place] : other_status;
}

constexpr std::array all_methods = {Method::get, Method::head,  Method::post,    Method::put,
                                    Method::del, Method::patch, Method::options, Method::other};

/// Those of the client libraries of Prometheus, and some below: many answers come from memory.
constexpr std::array bounds = {
    microseconds(100),       microseconds(250),       microseconds(500),       microseconds(1'000),
    microseconds(2'500),     microseconds(5'000),     microseconds(10'000),    microseconds(25'000),
    microseconds(50'000),    microseconds(100'000),   microseconds(250'000),   microseconds(500'000),
    microseconds(1'000'000), microseconds(2'500'000), microseconds(5'000'000), microseconds(10'000'000)};

/// `GET /profile/*`, as the guide has it.
std::string endpoint_of(Method method, std::string_view path) {
  std::string out(to_string(method));
  out += ' ';
  bool inside = false;
  for (const char c : path) {
    if (c == '{') out += '*';
    inside = (inside || c == '{') && c != '}';
    if (!inside && c != '}') out += c;
  }
  return out;
}

constexpr std::string_view unmatched_route = "unmatched";

}  // namespace

std::vector<RequestMetrics::Row> RequestMetrics::rows_of(const std::vector<http::Route>& routes) {
  std::vector<Row> rows;
  for (const http::Route& route : routes) {
    rows.push_back({route.method, route.path, endpoint_of(route.method, route.path)});
    // Every GET answers HEAD.
    if (route.method == Method::get)
      rows.push_back({Method::head, route.path, endpoint_of(Method::head, route.path)});
  }
  for (const Method method : all_methods)
    rows.push_back({method, std::string(unmatched_route), std::string(unmatched_route)});
  return rows;
}

RequestMetrics::RequestMetrics(const std::vector<http::Route>& routes)
    : rows_(rows_of(routes)),
      by_status_(rows_.size() * status_count),
      durations_(bounds, rows_.size()),
      all_durations_(log_linear::buckets + 1) {
  for (const http::Route& route : routes) {
    first_row_.push_back(unmatched_);
    unmatched_ += route.method == Method::get ? 2 : 1;
  }
}

std::size_t RequestMetrics::row_of(Method method, std::optional<std::size_t> place) const noexcept {
  if (place && *place < first_row_.size()) return first_row_[*place] + (method == Method::head ? 1 : 0);
  const auto found = std::find(all_methods.begin(), all_methods.end(), method);
  return unmatched_ + static_cast<std::size_t>(found - all_methods.begin());
}

void RequestMetrics::record(Method method, std::optional<std::size_t> place, unsigned status,
                            std::chrono::nanoseconds took) noexcept {
  const std::size_t row = row_of(method, place);
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count() / 1'000, 0));
  by_status_.add(row * status_count + place_of_status(status));
  durations_.record(row, took);
  all_durations_.add(log_linear::bucket_of(us));
  all_durations_.add(log_linear::buckets, us);
  ThreadExtremes& extremes = extremes_[metrics::thread_slot()];
  // The reader may reset them between the two steps. Then a value may be missing whose bucket is known.
  if (us < extremes.least.load(std::memory_order_relaxed))
    extremes.least.store(us, std::memory_order_relaxed);
  if (us > extremes.greatest.load(std::memory_order_relaxed))
    extremes.greatest.store(us, std::memory_order_relaxed);
}

metrics::Extremes RequestMetrics::take_extremes() noexcept {
  metrics::Extremes all;
  for (ThreadExtremes& of_thread : extremes_) {
    // Read first: writing would take the cache line from its thread.
    if (of_thread.least.load(std::memory_order_relaxed) == ~std::uint64_t{0} &&
        of_thread.greatest.load(std::memory_order_relaxed) == 0)
      continue;
    all.include({of_thread.least.exchange(~std::uint64_t{0}, std::memory_order_relaxed),
                 of_thread.greatest.exchange(0, std::memory_order_relaxed)});
  }
  return all;
}

std::size_t RequestMetrics::cells() const { return status_count + rows_.size() + log_linear::buckets + 1; }

std::vector<std::uint64_t> RequestMetrics::sums() const {
  std::vector<std::uint64_t> by_row_and_status(by_status_.size());
  by_status_.add_to(by_row_and_status);
  std::vector<std::uint64_t> sums(cells());
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    for (std::size_t status = 0; status < status_count; ++status) {
      const std::uint64_t n = by_row_and_status[row * status_count + status];
      sums[status] += n;
      sums[status_count + row] += n;
    }
  }
  all_durations_.add_to(std::span(sums).subspan(status_count + rows_.size()));
  return sums;
}

RequestMetrics::View RequestMetrics::view(std::span<const std::uint64_t> sums) const {
  View view;
  for (std::size_t status = 0; status < status_count; ++status) {
    view.total += sums[status];
    if (sums[status] > 0) view.statuses.emplace_back(status_name(status), sums[status]);
  }
  std::map<std::string_view, std::uint64_t> methods, endpoints;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const std::uint64_t n = sums[status_count + row];
    if (n == 0) continue;
    methods[to_string(rows_[row].method)] += n;
    endpoints[rows_[row].endpoint] += n;
  }
  view.methods.assign(methods.begin(), methods.end());
  view.endpoints.assign(endpoints.begin(), endpoints.end());
  view.durations = sums.subspan(status_count + rows_.size(), log_linear::buckets);
  view.duration = microseconds(static_cast<std::int64_t>(sums[cells() - 1]));
  return view;
}

std::vector<std::uint64_t> RequestMetrics::endpoint_us() const {
  std::vector<std::uint64_t> us(rows_.size());
  for (std::size_t row = 0; row < rows_.size(); ++row)
    us[row] = static_cast<std::uint64_t>(durations_.counts(row).sum.count());
  return us;
}

void RequestMetrics::write(metrics::Exposition& page) const {
  std::vector<std::uint64_t> counts(by_status_.size());
  by_status_.add_to(counts);
  page.counter("profile_api_requests_total", "Finished requests by method, pattern of the route and status.");
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const Row& row = rows_[i / status_count];
    page.sample(
        {{"method", to_string(row.method)}, {"route", row.route}, {"status", status_name(i % status_count)}},
        counts[i]);
  }
  page.histogram("profile_api_request_duration_seconds",
                 "From a request that has arrived to its answer, by method and pattern of the route. Of a "
                 "stream or socket only its opening.");
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const metrics::HistogramCounts durations = durations_.counts(i);
    if (durations.count() == 0) continue;
    page.samples({{"method", to_string(rows_[i].method)}, {"route", rows_[i].route}}, durations);
  }
}

std::size_t RequestMetrics::bytes() const {
  return by_status_.bytes() + durations_.bytes() + all_durations_.bytes() + sizeof extremes_;
}

}  // namespace papi::monitoring
