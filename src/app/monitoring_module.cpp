#include "app/monitoring_module.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "access/permissions.hpp"
#include "app/work_end.hpp"
#include "monitoring/count_requests.hpp"

namespace papi::app {
namespace {

using metrics::Exposition;
using metrics::OperationTimes;

constexpr std::chrono::seconds look_every{1};  // at other threads
constexpr OperationTimes::Operation all_operations[] = {OperationTimes::Operation::read,
                                                        OperationTimes::Operation::write};

std::uint64_t size_of_file(const std::string& path) {
  std::error_code ec;
  const auto size = std::filesystem::file_size(path, ec);
  return ec ? 0 : size;
}

/// The folder whose disk fills up: that of the database, or with PostgreSQL the working directory.
std::string data_folder(const Settings& s) {
  if (s.postgres) return ".";
  const std::string folder = std::filesystem::path(s.sqlite_path()).parent_path().string();
  return folder.empty() ? "." : folder;
}

Task<live::LiveFigures> figures_of(const live::LiveService& service) {
  live::LiveFigures figures = service.figures();
  co_return figures;
}

Task<std::vector<profiles::SourceHealth>> health_of(const profiles::ProfileService& service) {
  std::vector<profiles::SourceHealth> health = service.health();
  co_return health;
}

}  // namespace

MonitoringModule::MonitoringModule(const Settings& s, const std::vector<http::Route>& routes,
                                   const Dependencies& deps)
    : deps_(deps),
      thread_(1),
      requests_(routes),
      database_file_(s.postgres ? std::string() : s.sqlite_path()),
      live_wake_(thread_.executor(0)),
      sources_wake_(thread_.executor(0)),
      history_(monitoring::HourlyHistory::Dependencies{thread_.executor(0), requests_, deps.storage.hours(),
                                                       deps.trusted_clock, deps.log, deps.clock}),
      measurements_(monitoring::Measurements::Dependencies{
          thread_.executor(0), requests_, history_, [this] { return outside(); },
          [this](Exposition& page) { write_families(page); }, [] { return metrics::read_machine(); },
          metrics::read_process, [folder = data_folder(s)] { return metrics::read_disk(folder); },
          deps.clock}) {}

void MonitoringModule::start() {
  thread_.start();
  measuring_ = net::co_spawn(thread_.executor(0), measurements_.run(), net::use_future);
  keeping_hours_ = net::co_spawn(thread_.executor(0), history_.run(), net::use_future);
  watching_live_ = net::co_spawn(thread_.executor(0), watch_live(), net::use_future);
  watching_sources_ = net::co_spawn(thread_.executor(0), watch_sources(), net::use_future);
}

bool MonitoringModule::stop() {
  net::post(thread_.executor(0), [this] {
    measurements_.stop();
    history_.stop();
    stopping_ = true;
    live_wake_.notify();
    sources_wake_.notify();
  });
  bool in_order = ended_soon(measuring_, "The metrics did not stop in time", deps_.log);
  in_order &= ended_soon(keeping_hours_, "The hourly figures were not stored in time", deps_.log);
  in_order &= ended_soon(watching_live_, "The metrics of live rooms did not stop in time", deps_.log);
  in_order &= ended_soon(watching_sources_, "The metrics of profiles did not stop in time", deps_.log);
  if (in_order) thread_.stop();
  return in_order;
}

/// A live thread that hangs delays only its own figures.
Task<void> MonitoringModule::watch_live() {
  while (!stopping_) {
    live_ = co_await run_on(deps_.live_thread, figures_of(deps_.live.service()));
    if (!stopping_) co_await live_wake_.wait_for(look_every);
  }
}

/// As watch_live(), for the profile thread.
Task<void> MonitoringModule::watch_sources() {
  while (!stopping_) {
    sources_ = co_await run_on(deps_.profile_thread, health_of(deps_.profiles.profiles()));
    if (!stopping_) co_await sources_wake_.wait_for(look_every);
  }
}

std::vector<http::Route> MonitoringModule::routes(const Settings& s, MonitoringModule& module) {
  monitoring::MonitoringAccess who;
  if (s.monitoring.metrics_require_auth) who.metrics = permission::admin;
  if (s.monitoring.monitoring_require_auth) who.monitoring = permission::read;
  return monitoring::monitoring_routes(module.measurements_, who);
}

std::unique_ptr<http::Middleware> MonitoringModule::middleware() {
  return std::make_unique<monitoring::CountRequests>(requests_, authenticated_, deps_.clock);
}

monitoring::OutsideSums MonitoringModule::outside() const {
  monitoring::OutsideSums sums{};
  const auto set = [&sums](monitoring::OutsideSum which, std::uint64_t value) {
    sums[static_cast<std::size_t>(which)] = value;
  };
  using enum monitoring::OutsideSum;
  set(cache_hits, deps_.profiles.cache().hits());
  set(cache_misses, deps_.profiles.cache().misses());
  const OperationTimes& times = deps_.storage.times();
  std::uint64_t operations = 0, failures = 0, us = 0;
  for (const auto operation : all_operations) {
    const metrics::HistogramCounts counts = times.counts(operation);
    operations += counts.count();
    us += static_cast<std::uint64_t>(counts.sum.count());
    failures += times.failures(operation);
  }
  set(database_operations, operations);
  set(database_failures, failures);
  set(database_us, us);
  set(authenticated, authenticated_.value());
  set(authentication_failures, deps_.access.seen(auth::AuditKind::authentication));
  set(rate_limit_violations, deps_.access.seen(auth::AuditKind::rate_limit));
  return sums;
}

void MonitoringModule::write_families(Exposition& page) const {
  deps_.profiles.write_metrics(page);
  write_storage(page);
  write_queues(page);
  write_outgoing(page);
  page.counter("profile_api_authenticated_requests_total", "Requests with valid credentials.",
               authenticated_.value());
  deps_.access.write_metrics(page);
  write_live(page);
  deps_.live.write_metrics(page);
  page.gauge("profile_api_http_connections", "Open connections of clients.",
             std::uint64_t{deps_.server.connections()});
  if (const UnixMs end = certificate_end_.load(std::memory_order_relaxed); end > 0) {
    page.gauge("profile_api_tls_certificate_expiry_timestamp_seconds",
               "When the certificate of TLS_CERT_FILE ends, in Unix time.", end / 1'000);
  }
  page.counter("profile_api_log_lines_dropped_total",
               "Lines of the application log that were dropped because a sink took none.");
  for (const auto& [sink, losses] : deps_.log.losses()) page.sample({{"sink", sink}}, losses.lines);
}

void MonitoringModule::write_storage(Exposition& page) const {
  const OperationTimes& times = deps_.storage.times();
  page.histogram("profile_api_database_operation_duration_seconds",
                 "From the call of a read or a write of the database to its outcome, with the time in the "
                 "queue.");
  for (const auto operation : all_operations)
    page.samples({{"operation", OperationTimes::name_of(operation)}}, times.counts(operation));
  page.counter("profile_api_database_failures_total", "Reads and writes of the database that failed.");
  for (const auto operation : all_operations)
    page.sample({{"operation", OperationTimes::name_of(operation)}}, times.failures(operation));
  page.gauge("profile_api_database_available", "1, or 0 while everything that is written would be lost.",
             std::uint64_t{deps_.storage.loss() ? 0u : 1u});
  if (const auto connections = deps_.storage.connections()) {
    page.gauge("profile_api_database_connections", "Connections for reading by state.");
    page.sample({{"state", "in_use"}}, std::uint64_t{connections->in_use});
    page.sample({{"state", "idle"}}, std::uint64_t{connections->idle});
    page.gauge("profile_api_database_connections_limit", "The most connections for reading.",
               std::uint64_t{connections->limit});
    page.histogram("profile_api_database_connection_wait_seconds",
                   "How long callers waited for a connection for reading, also in vain.");
    page.samples({}, connections->waits);
  }
  if (database_file_.empty()) return;
  page.gauge("profile_api_database_size_bytes", "Size of the database's file.", size_of_file(database_file_));
  page.gauge("profile_api_database_wal_size_bytes", "Size of the write-ahead log of the database.",
             size_of_file(database_file_ + "-wal"));
}

void MonitoringModule::write_queues(Exposition& page) const {
  const Storage::Waiting storage = deps_.storage.waiting();
  const Access::Waiting access = deps_.access.waiting();
  page.gauge("profile_api_queue_length", "How much waits for a thread or a connection.");
  page.sample({{"queue", "database_reads"}}, std::uint64_t{storage.reads});
  page.sample({{"queue", "database_writes"}}, std::uint64_t{storage.writes});
  page.sample({{"queue", "audit_records"}}, std::uint64_t{access.audit_records});
  page.sample({{"queue", "password_hashes"}}, std::uint64_t{access.password_hashes});
}

void MonitoringModule::write_outgoing(Exposition& page) const {
  page.counter("profile_api_profile_source_requests_total", "Requests to the sources of profiles.");
  for (const profiles::SourceHealth& source : sources_)
    page.sample({{"source", to_string(source.source)}}, source.asked);
  page.counter("profile_api_profile_source_failures_total", "Requests to the sources that failed.");
  for (const profiles::SourceHealth& source : sources_)
    page.sample({{"source", to_string(source.source)}}, source.failed);
  page.gauge("profile_api_profile_source_available",
             "1, or 0 while the source is switched off or not asked because it keeps failing.");
  for (const profiles::SourceHealth& source : sources_) {
    const bool available = source.enabled && source.breaker != "open";
    page.sample({{"source", to_string(source.source)}}, std::uint64_t{available ? 1u : 0u});
  }
  const std::pair<std::string_view, HttpClient::Load> clients[] = {{"live", deps_.live.http_load()},
                                                                   {"profiles", deps_.profiles.http_load()}};
  page.gauge("profile_api_http_client_requests", "Outgoing requests that run or wait for the client.");
  for (const auto& [client, load] : clients) page.sample({{"client", client}}, std::uint64_t{load.in_flight});
  page.gauge("profile_api_http_client_requests_limit", "The most outgoing requests at a time.");
  for (const auto& [client, load] : clients)
    page.sample({{"client", client}}, std::uint64_t{load.max_in_flight});
  page.counter("profile_api_http_client_refused_total",
               "Outgoing requests that were not made because too many ran.");
  for (const auto& [client, load] : clients) page.sample({{"client", client}}, load.refused);
}

void MonitoringModule::write_live(Exposition& page) const {
  page.gauge("profile_api_sessions", "Sessions by state.");
  for (std::size_t i = 0; i < live_.sessions.size(); ++i)
    page.sample({{"state", to_string(static_cast<live::RoomState>(i))}}, live_.sessions[i]);
  page.gauge("profile_api_upstream_connections", "Upstream connections of rooms by state.");
  for (std::size_t i = 0; i < live_.rooms.size(); ++i)
    page.sample({{"state", to_string(static_cast<live::RoomState>(i))}}, live_.rooms[i]);
  page.gauge("profile_api_subscribers", "Sockets and streams that get the events of a session.",
             live_.subscribers);
  page.gauge("profile_api_sign_budget_left", "Signatures that may be requested now.", live_.sign_budget.left);
  page.gauge("profile_api_sign_budget_per_minute", "Signatures that may be requested in a minute.",
             live_.sign_budget.per_minute);
  page.gauge("profile_api_sign_waiting", "Rooms that wait for a signature.", live_.sign_waiting);
}

}  // namespace papi::app
