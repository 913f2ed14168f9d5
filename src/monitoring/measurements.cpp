#include "monitoring/measurements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "platform/base/json_writer.hpp"
#include "platform/base/version.hpp"
#include "platform/metrics/log_linear.hpp"

namespace papi::monitoring {
namespace {

using metrics::Exposition;
using metrics::WindowSums;

constexpr std::chrono::seconds between_readings{5};  // of the machine
constexpr std::chrono::minutes between_process_readings{1};
constexpr std::chrono::minutes percentile_window{5};

/// The percentiles of a window, never beyond the values that were seen.
double percentile_us(const RequestMetrics::View& requests, const metrics::Extremes& extremes, double q) {
  const double value = metrics::log_linear::percentile(requests.durations, q);
  if (extremes.empty() || requests.total == 0) return value;
  return std::clamp(value, static_cast<double>(extremes.least), static_cast<double>(extremes.greatest));
}

void decimal_field(JsonWriter& out, std::string_view name, double value, int digits) {
  out.raw_field(name, fmt::format("{:.{}f}", value, digits));
}

void duration_field(JsonWriter& out, std::string_view name, double us) {
  decimal_field(out, name, us / 1000, 3);
}

double share(std::uint64_t part, std::uint64_t rest) {
  return part + rest == 0 ? 0 : static_cast<double>(part) / static_cast<double>(part + rest);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

void write_requests(JsonWriter& out, const RequestMetrics::View& requests, const metrics::Extremes& extremes,
                    std::chrono::milliseconds covered, const HourlyFigures* hours) {
  const double n = static_cast<double>(requests.total);
  const double seconds = std::max(1.0, std::chrono::duration<double>(covered).count());
  const bool none = requests.total == 0;
  const double least = extremes.empty() ? metrics::log_linear::percentile(requests.durations, 0)
                                        : static_cast<double>(extremes.least);
  const double greatest = extremes.empty() ? metrics::log_linear::percentile(requests.durations, 1)
                                           : static_cast<double>(extremes.greatest);
  out.open("requests");
  out.field("total", requests.total);
  duration_field(out, "avg_duration_ms", none ? 0 : static_cast<double>(requests.duration.count()) / n);
  duration_field(out, "min_duration_ms", none ? 0 : least);
  duration_field(out, "max_duration_ms", none ? 0 : greatest);
  duration_field(out, "p95_duration_ms", percentile_us(requests, extremes, 0.95));
  duration_field(out, "p99_duration_ms", percentile_us(requests, extremes, 0.99));
  decimal_field(out, "requests_per_second", n / seconds, 3);
  out.open("status_codes");
  for (const auto& [status, count] : requests.statuses) out.field(status, count);
  out.close();
  out.open("endpoints");
  for (const auto& [endpoint, count] : requests.endpoints) out.field(endpoint, count);
  out.close();
  if (hours) {
    out.open("endpoint_avg_duration_ms");
    for (const auto& [name, endpoint] : hours->endpoints) {
      if (endpoint.requests > 0)
        duration_field(out, name, static_cast<double>(endpoint.us) / static_cast<double>(endpoint.requests));
    }
    out.close();
  }
  out.close();
}

void write_peaks(JsonWriter& out, const HourlyFigures& hours) {
  out.open("peaks");
  out.field("memory_bytes", hours.most_memory_bytes);
  out.field("process_memory_bytes", hours.most_process_memory_bytes);
  decimal_field(out, "cpu_percent", static_cast<double>(hours.most_cpu_permille) / 10, 1);
  out.close();
}

/// `durations` gets what the view refers to.
RequestMetrics::View view_of(const HourlyFigures& hours, std::vector<std::uint64_t>& durations) {
  durations.assign(metrics::log_linear::buckets, 0);
  for (const auto& [bucket, count] : hours.durations) durations[bucket] = count;
  RequestMetrics::View view;
  view.total = hours.requests();
  view.duration = std::chrono::microseconds(static_cast<std::int64_t>(hours.us()));
  for (const auto& [status, count] : hours.statuses) view.statuses.emplace_back(status, count);
  for (const auto& [name, endpoint] : hours.endpoints) view.endpoints.emplace_back(name, endpoint.requests);
  view.durations = durations;
  return view;
}

void write_outside(JsonWriter& out, std::span<const std::uint64_t> sums) {
  const auto sum = [sums](OutsideSum which) { return sums[static_cast<std::size_t>(which)]; };
  const std::uint64_t hits = sum(OutsideSum::cache_hits), misses = sum(OutsideSum::cache_misses);
  out.open("cache");
  out.field("hits", hits);
  out.field("misses", misses);
  decimal_field(out, "hit_rate", share(hits, misses), 4);
  out.close();
  const std::uint64_t operations = sum(OutsideSum::database_operations);
  out.open("database");
  out.field("operations", operations);
  out.field("failures", sum(OutsideSum::database_failures));
  duration_field(out, "avg_duration_ms",
                 static_cast<double>(sum(OutsideSum::database_us)) /
                     static_cast<double>(std::max<std::uint64_t>(operations, 1)));
  out.close();
  const std::uint64_t good = sum(OutsideSum::authenticated), bad = sum(OutsideSum::authentication_failures);
  out.open("authentication");
  out.field("success", good);
  out.field("failure", bad);
  decimal_field(out, "success_rate", share(good, bad), 4);
  out.close();
  out.open("rate_limit");
  out.field("violations", sum(OutsideSum::rate_limit_violations));
  out.close();
}

void write_counters(JsonWriter& out, const RequestMetrics::View& requests) {
  out.open("counters");
  out.field("requests_total", requests.total);
  for (const auto& [method, count] : requests.methods) out.field("requests_" + lower(method), count);
  for (const auto& [status, count] : requests.statuses) out.field(fmt::format("responses_{}", status), count);
  out.close();
}

void write_process(Exposition& page, const metrics::ProcessUse& process) {
  page.counter("process_cpu_seconds_total", "CPU time of this process.",
               std::chrono::duration<double>(process.cpu).count());
  page.gauge("process_resident_memory_bytes", "Memory of this process.", process.resident_bytes);
  page.gauge("process_virtual_memory_bytes", "Address space of this process.", process.virtual_bytes);
  page.gauge("process_open_fds", "Open descriptors.", process.open_descriptors);
  page.gauge("process_max_fds", "The most descriptors that may be open.", process.max_descriptors);
  page.gauge("process_threads", "Threads of this process.", process.threads);
}

}  // namespace

Measurements::Measurements(Dependencies deps)
    : deps_(std::move(deps)),
      window_(deps_.requests.cells() + outside_sum_count, deps_.clock.now_ms()),
      wake_(deps_.executor) {
  last_ = {deps_.machine(), deps_.clock.steady()};
  before_ = last_;
}

Task<void> Measurements::run() {
  while (!stopping_) {
    measure();
    // What comes between two measurements counts for the second of the first, so measure as each one begins.
    const std::chrono::milliseconds to_next(1'000 - deps_.clock.now_ms() % 1'000);
    co_await wake_.wait_for(to_next);
  }
}

void Measurements::stop() {
  stopping_ = true;
  wake_.notify();
}

void Measurements::measure() {
  std::vector<std::uint64_t> sums = deps_.requests.sums();
  const OutsideSums outside = deps_.outside();
  sums.insert(sums.end(), outside.begin(), outside.end());
  const metrics::Extremes extremes = deps_.requests.take_extremes();
  window_.advance(deps_.clock.now_ms(), sums, extremes);
  deps_.history.advance(sums, extremes);
  if (deps_.clock.steady() - last_.at >= between_readings || before_.at == last_.at) read_machine();
}

void Measurements::read_machine() {
  const auto now = deps_.clock.steady();
  if (now - last_.at < std::chrono::milliseconds(500)) return;
  before_ = std::exchange(last_, Reading{deps_.machine(), now});
  std::uint64_t process = 0;
  if (now - process_read_at_ >= between_process_readings) {
    process_read_at_ = now;
    process = deps_.process().resident_bytes;
  }
  deps_.history.note_use(last_.use.memory.used_bytes, process, cpu_percent());
}

double Measurements::cpu_percent() const {
  return metrics::cpu_percent(before_.use.cpu, last_.use.cpu, last_.at - before_.at);
}

std::string Measurements::json(std::chrono::minutes length) {
  measure();
  const WindowSums sums = window_.last(length);
  Shown shown;
  shown.length = length;
  shown.requests = deps_.requests.view(sums.cells);
  shown.extremes = sums.extremes;
  shown.covered = sums.covered;
  shown.outside = std::span(sums.cells).subspan(deps_.requests.cells());
  return text_of(shown);
}

std::string Measurements::json_of_days(std::chrono::days days) {
  measure();
  const HourlyFigures hours = deps_.history.last(days);
  std::vector<std::uint64_t> durations;
  Shown shown;
  shown.length = days;
  shown.requests = view_of(hours, durations);
  shown.extremes = hours.extremes;
  shown.covered = hours.covered;
  shown.outside = hours.outside;
  shown.hours = &hours;
  return text_of(shown);
}

std::string Measurements::text_of(const Shown& shown) const {
  const metrics::MachineUse& machine = last_.use;
  const std::vector<std::uint64_t> since_start = deps_.requests.sums();
  std::string text;
  JsonWriter out(text);
  out.open();
  out.open("metrics");
  out.field("time_window_minutes", shown.length.count());
  write_requests(out, shown.requests, shown.extremes, shown.covered, shown.hours);
  if (shown.hours) write_peaks(out, *shown.hours);
  out.open("system");
  out.open("cpu");
  decimal_field(out, "percent", cpu_percent(), 1);
  out.raw_field("count", fmt::format("{}", machine.cpu.processors));
  out.field("of", machine.cpu.of_cgroup ? "cgroup" : "machine");
  out.close();
  out.open("memory");
  out.field("total_bytes", machine.memory.total_bytes);
  out.field("used_bytes", machine.memory.used_bytes);
  decimal_field(out, "percent", machine.memory.percent(), 1);
  out.field("of", machine.memory.of_cgroup ? "cgroup" : "machine");
  out.close();
  const metrics::DiskUse disk = deps_.disk().value_or(metrics::DiskUse());
  out.open("disk");
  out.field("total_bytes", disk.total_bytes);
  out.field("used_bytes", disk.used_bytes);
  decimal_field(out, "percent", disk.percent, 1);
  out.close();
  out.open("network");
  out.field("received_bytes", machine.network.received_bytes);
  out.field("sent_bytes", machine.network.sent_bytes);
  out.close();
  out.close();
  const metrics::ProcessUse process = deps_.process();
  out.open("process");
  decimal_field(out, "cpu_seconds", std::chrono::duration<double>(process.cpu).count(), 2);
  out.field("memory_bytes", process.resident_bytes);
  out.field("threads", process.threads);
  out.field("open_descriptors", process.open_descriptors);
  out.close();
  write_outside(out, shown.outside);
  write_counters(out, deps_.requests.view(since_start));
  out.close();
  out.field("timestamp", rfc3339(deps_.clock.now_ms()));
  out.close();
  return text;
}

std::string Measurements::page(metrics::Format format) {
  measure();
  const WindowSums sums = window_.last(percentile_window);
  const RequestMetrics::View requests = deps_.requests.view(sums.cells);
  const double p95 = percentile_us(requests, sums.extremes, 0.95) / 1000;
  const double p99 = percentile_us(requests, sums.extremes, 0.99) / 1000;
  std::string text;
  Exposition page(text, format);
  deps_.requests.write(page);
  page.gauge("profile_api_request_duration_p95",
             "The 95th percentile of the durations of the last 5 minutes, in milliseconds.", p95);
  page.gauge("profile_api_request_duration_p99",
             "The 99th percentile of the durations of the last 5 minutes, in milliseconds.", p99);
  deps_.families(page);
  const metrics::MachineUse& machine = last_.use;
  page.gauge("profile_api_system_cpu_ratio",
             "Used share of the processors of the cgroup, or else of the machine: 0 to 1.",
             cpu_percent() / 100);
  page.gauge("profile_api_system_memory_used_bytes", "Used memory of the cgroup, or else of the machine.",
             machine.memory.used_bytes);
  page.gauge("profile_api_system_memory_limit_bytes", "Memory of the cgroup, or else of the machine.",
             machine.memory.total_bytes);
  if (const auto disk = deps_.disk()) {
    page.gauge("profile_api_disk_used_ratio", "Used share of the file system with the database: 0 to 1.",
               disk->percent / 100);
    page.gauge("profile_api_disk_size_bytes", "Size of the file system with the database.",
               disk->total_bytes);
  }
  page.counter("profile_api_network_received_bytes_total",
               "Bytes that the network interfaces but the loopback have received.",
               machine.network.received_bytes);
  page.counter("profile_api_network_sent_bytes_total",
               "Bytes that the network interfaces but the loopback have sent.", machine.network.sent_bytes);
  write_process(page, deps_.process());
  page.gauge("profile_api_build_info", "The version of the service. Always 1.");
  page.sample({{"version", version}}, std::uint64_t{1});
  page.end();
  return text;
}

}  // namespace papi::monitoring
