#pragma once

#include <atomic>
#include <future>
#include <vector>

#include "app/access.hpp"
#include "app/live_module.hpp"
#include "app/profile_module.hpp"
#include "app/settings.hpp"
#include "app/storage.hpp"
#include "monitoring/measurements.hpp"
#include "monitoring/monitoring_routes.hpp"
#include "platform/http/server.hpp"

namespace papi::app {

/// All parts of monitoring/, constructed and connected to what they measure. It has a thread of its own, so
/// that a disk or another part that hangs delays only the metrics.
class MonitoringModule {
 public:
  struct Dependencies {
    Storage& storage;
    Access& access;
    LiveModule& live;
    Executor live_thread;
    ProfileModule& profiles;
    Executor profile_thread;
    const http::Server& server;  // used after start() only
    TrustedClock& trusted_clock;
    Logger& log;
    const Clock& clock;
  };
  /// `routes`: all of the pipeline, in its order.
  MonitoringModule(const Settings& settings, const std::vector<http::Route>& routes,
                   const Dependencies& deps);

  /// Begins to measure. Call it before the first request.
  void start();
  /// Blocks. Call it after the last request, and while the live thread runs. Returns false if some of it did
  /// not end in time.
  bool stop();

  static std::vector<http::Route> routes(const Settings& settings, MonitoringModule& module);
  /// The middleware that counts requests. It stands behind the access log.
  std::unique_ptr<http::Middleware> middleware();
  /// When the certificate in use ends. Any thread.
  void set_certificate_end(UnixMs end) { certificate_end_.store(end, std::memory_order_relaxed); }

 private:
  Task<void> watch_live();
  Task<void> watch_sources();
  monitoring::OutsideSums outside() const;
  void write_families(metrics::Exposition& page) const;
  void write_storage(metrics::Exposition& page) const;
  void write_queues(metrics::Exposition& page) const;
  void write_outgoing(metrics::Exposition& page) const;
  void write_live(metrics::Exposition& page) const;

  const Dependencies deps_;
  IoThreads thread_;
  monitoring::RequestMetrics requests_;
  metrics::Counter authenticated_;
  std::atomic<UnixMs> certificate_end_{0};       // 0: there is none
  const std::string database_file_;              // empty: not SQLite
  live::LiveFigures live_;                       // about a second old
  std::vector<profiles::SourceHealth> sources_;  // about a second old
  bool stopping_ = false;                        // on the thread
  Notifier live_wake_;
  Notifier sources_wake_;
  monitoring::HourlyHistory history_;
  monitoring::Measurements measurements_;
  std::future<void> measuring_;
  std::future<void> keeping_hours_;
  std::future<void> watching_live_;
  std::future<void> watching_sources_;
};

}  // namespace papi::app
