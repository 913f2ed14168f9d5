#include "monitoring/monitoring_routes.hpp"

#include "platform/http/accept.hpp"
#include "platform/http/query_reader.hpp"

namespace papi::monitoring {
namespace {

using http::Exchange;
using http::Response;

constexpr std::int64_t default_window = 60;  // minutes
constexpr std::int64_t most_days = HourlyHistory::kept.count();

Task<std::string> write_json(Measurements& measurements, std::chrono::minutes length) {
  std::string text = measurements.json(length);
  co_return text;
}

Task<std::string> write_days(Measurements& measurements, std::chrono::days days) {
  std::string text = measurements.json_of_days(days);
  co_return text;
}

Task<std::string> write_page(Measurements& measurements, metrics::Format format) {
  std::string text = measurements.page(format);
  co_return text;
}

Task<Result<Response>> get_json(Measurements& measurements, Exchange& exchange) {
  http::QueryReader parameters(exchange.request);
  const std::int64_t minutes =
      parameters.integer("time_window", default_window, 1, metrics::Window::longest.count());
  const std::int64_t days = parameters.integer("days", 0, 1, most_days);
  if (days > 0 && parameters.text("time_window"))
    parameters.reject("days", "cannot be together with time_window");
  if (auto fault = parameters.fault()) co_return std::move(*fault);
  auto writing = days > 0 ? write_days(measurements, std::chrono::days(days))
                          : write_json(measurements, std::chrono::minutes(minutes));
  std::string text = co_await run_on(measurements.executor(), std::move(writing));
  Response response(std::move(text));
  response.headers.emplace_back("Cache-Control", "no-store");
  co_return response;
}

/// Prometheus asks for OpenMetrics first. Who names neither form gets the older one, which people can read.
Task<Result<Response>> get_page(Measurements& measurements, Exchange& exchange) {
  const bool open = http::asks_for(exchange.request, "application/openmetrics-text", "text/plain");
  const auto format = open ? metrics::Format::openmetrics : metrics::Format::prometheus_text;
  std::string text = co_await run_on(measurements.executor(), write_page(measurements, format));
  Response response(std::move(text));
  response.content_type = metrics::content_type_of(format);
  response.headers.emplace_back("Vary", "Accept");
  response.headers.emplace_back("Cache-Control", "no-store");
  co_return response;
}

}  // namespace

std::vector<http::Route> monitoring_routes(Measurements& measurements, MonitoringAccess access) {
  std::vector<http::Route> routes;
  routes.push_back({.method = http::Method::get,
                    .path = "/metrics",
                    .permission = access.metrics,
                    .summary = "All metrics, for Prometheus",
                    .handler = http::TaskHandler(
                        [&measurements](Exchange& exchange) { return get_page(measurements, exchange); })});
  routes.push_back({.method = http::Method::get,
                    .path = "/monitoring/metrics",
                    .permission = access.monitoring,
                    .summary = "Requests of the last minutes, and the use of the machine",
                    .handler = http::TaskHandler(
                        [&measurements](Exchange& exchange) { return get_json(measurements, exchange); }),
                    .query = {"time_window", "days"}});
  for (auto& route : routes) route.rate = http::RateRule::none;  // monitoring is not limited
  return routes;
}

}  // namespace papi::monitoring
