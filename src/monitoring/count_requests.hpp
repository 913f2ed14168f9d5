#pragma once

#include "monitoring/request_metrics.hpp"
#include "platform/base/clock.hpp"
#include "platform/http/pipeline.hpp"
#include "platform/metrics/counter.hpp"

namespace papi::monitoring {

/// Counts each request when its answer is known. It stands behind the access log, which says when a request
/// began.
class CountRequests final : public http::Middleware {
 public:
  /// `authenticated` counts the requests whose caller is known.
  CountRequests(RequestMetrics& requests, metrics::Counter& authenticated, const Clock& clock)
      : requests_(requests), authenticated_(authenticated), clock_(clock) {}
  void leave(http::Exchange& exchange, http::Response& response) const override;

 private:
  RequestMetrics& requests_;
  metrics::Counter& authenticated_;
  const Clock& clock_;
};

}  // namespace papi::monitoring
