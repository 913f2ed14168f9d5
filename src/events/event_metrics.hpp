#pragma once

#include <array>

#include "events/event.hpp"
#include "platform/metrics/counter.hpp"
#include "platform/metrics/histogram.hpp"

namespace papi::events {

inline constexpr std::array delay_bounds = {
    std::chrono::microseconds(500),       std::chrono::microseconds(1'000),
    std::chrono::microseconds(2'500),     std::chrono::microseconds(5'000),
    std::chrono::microseconds(10'000),    std::chrono::microseconds(25'000),
    std::chrono::microseconds(50'000),    std::chrono::microseconds(100'000),
    std::chrono::microseconds(250'000),   std::chrono::microseconds(500'000),
    std::chrono::microseconds(1'000'000), std::chrono::microseconds(2'500'000),
    std::chrono::microseconds(5'000'000), std::chrono::microseconds(10'000'000)};

/// What is counted of the events of all sessions. Any thread.
struct EventMetrics {
  metrics::Cells committed{event_type_count};     // events by type
  metrics::Counter delivered;                     // events that were given to a subscriber
  metrics::Gauge queued_bytes;                    // what waits for subscribers that take it more slowly
  metrics::Histogram commit_delay{delay_bounds};  // from the receipt of a batch to its commit
  /// From the receipt of an event to the write that handed it to a subscriber's socket. If a write has
  /// several events, that of the oldest.
  metrics::Histogram socket_delay{delay_bounds};
};

}  // namespace papi::events
