#include "monitoring/monitoring_routes.hpp"

#include "platform/http/accept.hpp"
#include "platform/http/query_reader.hpp"

namespace papi::monitoring {
namespace {

using http::Exchange;
using http::Response;

constexpr std::int64_t default_window = 60;  // minutes

Task<std::string> write_json(Measurements& measurements, std::chrono::minutes length) {
  std::string text = measurements.json(length);
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
  if (auto fault = parameters.fault()) co_return std::move(*fault);
  std::string text =
      co_await run_on(measurements.executor(), write_json(measurements, std::chrono::minutes(minutes)));
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
                    .query = {"time_window"}});
  for (auto& route : routes) route.rate = http::RateRule::none;  // monitoring is not limited
  return routes;
}

}  // namespace papi::monitoring
