#pragma once

#include <memory>
#include <set>

#include "platform/http/exchange.hpp"
#include "platform/log/logger.hpp"
#include "tester/upstream.hpp"

namespace papi::tester {

/// Passes requests on to the service, and its answers back: bodies, event streams and WebSockets. Lives on
/// one thread.
class PassThrough {
 public:
  /// `log` and `clock` must outlive it.
  PassThrough(UpstreamTarget target, const UpstreamLimits& limits, Logger& log, const Clock& clock);

  /// Returns the answer of the service, of any status. Fails with the errors of Upstream; `details.upstream`
  /// names the service.
  Task<Result<http::Response>> pass(http::Exchange& exchange);
  /// Ends what waits for the service, and refuses new requests.
  void stop();

 private:
  Error unreachable(const http::Exchange& exchange, const Error& why);

  const UpstreamTarget target_;
  const UpstreamLimits limits_;
  Logger& log_;
  const Clock& clock_;
  net::ssl::context tls_;
  std::set<Upstream*> waiting_;  // for the header of an answer
  bool stopped_ = false;
};

}  // namespace papi::tester
