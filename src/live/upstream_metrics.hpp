#pragma once

#include "live/reconnect_policy.hpp"
#include "platform/base/enum_count.hpp"
#include "platform/metrics/counter.hpp"

namespace papi::live {

/// Counters of the upstream connections of all rooms. Any thread may use them.
struct UpstreamMetrics {
  metrics::Counter duplicates;  // messages that were dropped because they had come before
  /// Messages that could not be read as their method requires, and frames that could not be read at all.
  metrics::Counter undecodable;
  metrics::Cells ends{enum_count<Attempt::End>()};  // attempts by their end

  void count_end(Attempt::End end) noexcept { ends.add(static_cast<std::size_t>(end)); }
};

}  // namespace papi::live
