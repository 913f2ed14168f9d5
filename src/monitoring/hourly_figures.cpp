#include "monitoring/hourly_figures.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

#include "platform/base/json_writer.hpp"
#include "platform/base/text.hpp"
#include "platform/metrics/log_linear.hpp"

namespace papi::monitoring {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, outside_sum_count> outside_names = {
    "cache_hits",  "cache_misses",  "database_operations",     "database_failures",
    "database_us", "authenticated", "authentication_failures", "rate_limit_violations"};

std::uint64_t number(const json::object& from, std::string_view name) {
  const json::value* value = from.if_contains(name);
  return value ? value->to_number<std::uint64_t>() : 0;
}

const json::object& object(const json::object& from, std::string_view name) {
  static const json::object none;
  const json::value* value = from.if_contains(name);
  return value ? value->as_object() : none;
}

HourlyFigures figures_in(const json::object& from) {
  HourlyFigures figures;
  figures.covered = std::chrono::milliseconds(static_cast<std::int64_t>(number(from, "covered_ms")));
  for (const auto& [status, count] : object(from, "statuses"))
    figures.statuses[std::string(status)] = count.to_number<std::uint64_t>();
  for (const auto& [endpoint, of_endpoint] : object(from, "endpoints")) {
    HourlyFigures::Endpoint& sums = figures.endpoints[std::string(endpoint)];
    sums.requests = number(of_endpoint.as_object(), "requests");
    sums.us = number(of_endpoint.as_object(), "us");
  }
  for (const auto& [bucket, count] : object(from, "durations")) {
    const auto place = parse_uint(bucket);
    if (place && *place < metrics::log_linear::buckets)
      figures.durations[static_cast<std::size_t>(*place)] = count.to_number<std::uint64_t>();
  }
  if (from.contains("least_us")) figures.extremes = {number(from, "least_us"), number(from, "greatest_us")};
  const json::object& outside = object(from, "outside");
  for (std::size_t i = 0; i < outside_sum_count; ++i) figures.outside[i] = number(outside, outside_names[i]);
  figures.most_memory_bytes = number(from, "most_memory_bytes");
  figures.most_process_memory_bytes = number(from, "most_process_memory_bytes");
  figures.most_cpu_permille = number(from, "most_cpu_permille");
  return figures;
}

}  // namespace

void HourlyFigures::merge(const HourlyFigures& other) {
  covered += other.covered;
  for (const auto& [status, count] : other.statuses) statuses[status] += count;
  for (const auto& [name, sums] : other.endpoints) {
    Endpoint& endpoint = endpoints[name];
    endpoint.requests += sums.requests;
    endpoint.us += sums.us;
  }
  for (const auto& [bucket, count] : other.durations) durations[bucket] += count;
  extremes.include(other.extremes);
  for (std::size_t i = 0; i < outside_sum_count; ++i) outside[i] += other.outside[i];
  most_memory_bytes = std::max(most_memory_bytes, other.most_memory_bytes);
  most_process_memory_bytes = std::max(most_process_memory_bytes, other.most_process_memory_bytes);
  most_cpu_permille = std::max(most_cpu_permille, other.most_cpu_permille);
}

std::uint64_t HourlyFigures::requests() const {
  std::uint64_t sum = 0;
  for (const auto& [status, count] : statuses) sum += count;
  return sum;
}

std::uint64_t HourlyFigures::us() const {
  std::uint64_t sum = 0;
  for (const auto& [name, endpoint] : endpoints) sum += endpoint.us;
  return sum;
}

std::string text_of(const HourlyFigures& figures) {
  std::string text;
  JsonWriter out(text);
  out.open();
  out.field("covered_ms", figures.covered.count());
  out.open("statuses");
  for (const auto& [status, count] : figures.statuses) out.field(status, count);
  out.close();
  out.open("endpoints");
  for (const auto& [name, endpoint] : figures.endpoints) {
    out.open(name);
    out.field("requests", endpoint.requests);
    out.field("us", endpoint.us);
    out.close();
  }
  out.close();
  out.open("durations");
  for (const auto& [bucket, count] : figures.durations) out.field(std::to_string(bucket), count);
  out.close();
  if (!figures.extremes.empty()) {
    out.field("least_us", figures.extremes.least);
    out.field("greatest_us", figures.extremes.greatest);
  }
  out.open("outside");
  for (std::size_t i = 0; i < outside_sum_count; ++i) out.field(outside_names[i], figures.outside[i]);
  out.close();
  out.field("most_memory_bytes", figures.most_memory_bytes);
  out.field("most_process_memory_bytes", figures.most_process_memory_bytes);
  out.field("most_cpu_permille", figures.most_cpu_permille);
  out.close();
  return text;
}

std::optional<HourlyFigures> parse_hourly_figures(std::string_view text) {
  try {
    return figures_in(json::parse(text).as_object());
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace papi::monitoring
