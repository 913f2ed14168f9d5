#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "monitoring/outside_sums.hpp"
#include "platform/metrics/window.hpp"

namespace papi::monitoring {

/// What was counted in one hour, or in several. The figures of two times are added by merge().
struct HourlyFigures {
  struct Endpoint {
    std::uint64_t requests = 0;
    std::uint64_t us = 0;  // of all of them together
    bool operator==(const Endpoint&) const = default;
  };
  std::chrono::milliseconds covered{0};                        // how long the service ran
  std::map<std::string, std::uint64_t, std::less<>> statuses;  // `200`
  std::map<std::string, Endpoint, std::less<>> endpoints;      // `GET /profile/*`
  std::map<std::size_t, std::uint64_t> durations;              // by the buckets of metrics::log_linear
  metrics::Extremes extremes;                                  // of the durations, in microseconds
  OutsideSums outside{};
  std::uint64_t most_memory_bytes = 0;  // of the cgroup, or else of the machine
  std::uint64_t most_process_memory_bytes = 0;
  std::uint64_t most_cpu_permille = 0;

  void merge(const HourlyFigures& other);
  std::uint64_t requests() const;
  std::uint64_t us() const;
};

/// The text in which an hour is stored: JSON.
std::string text_of(const HourlyFigures& figures);
/// Returns nullopt if the text is not such a one. Members that it does not know are left out.
std::optional<HourlyFigures> parse_hourly_figures(std::string_view text);

}  // namespace papi::monitoring
