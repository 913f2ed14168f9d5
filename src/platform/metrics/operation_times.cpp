#include "platform/metrics/operation_times.hpp"

#include "platform/base/enum_count.hpp"

namespace papi::metrics {
namespace {

using std::chrono::microseconds;

constexpr std::array bounds = {microseconds(100),       microseconds(250),       microseconds(500),
                               microseconds(1'000),     microseconds(2'500),     microseconds(5'000),
                               microseconds(10'000),    microseconds(25'000),    microseconds(50'000),
                               microseconds(100'000),   microseconds(250'000),   microseconds(500'000),
                               microseconds(1'000'000), microseconds(2'500'000), microseconds(5'000'000)};

}  // namespace

Bounds operation_bounds() { return bounds; }

std::string_view OperationTimes::name_of(Operation operation) {
  constexpr std::string_view names[] = {"read", "write"};
  static_assert(std::size(names) == enum_count<Operation>());
  return names[static_cast<std::size_t>(operation)];
}

OperationTimes::OperationTimes() : durations_(bounds, operations) {}

void OperationTimes::record(Operation operation, std::chrono::nanoseconds took, bool succeeded) noexcept {
  durations_.record(static_cast<std::size_t>(operation), took);
  if (!succeeded) failures_.add(static_cast<std::size_t>(operation));
}

HistogramCounts OperationTimes::counts(Operation operation) const {
  return durations_.counts(static_cast<std::size_t>(operation));
}

std::uint64_t OperationTimes::failures(Operation operation) const noexcept {
  return failures_.sum(static_cast<std::size_t>(operation));
}

}  // namespace papi::metrics
