#include "ops/health_routes.hpp"

#include "platform/base/json_writer.hpp"
#include "platform/base/version.hpp"

namespace papi::ops {
namespace {

constexpr std::string_view service_name = "Profile & Engagement API";

using http::Exchange;
using http::Response;

Response state_of(std::string_view status, UnixMs now, bool with_service, std::string_view reason = {},
                  unsigned code = 200) {
  std::string json;
  json.reserve(160);
  JsonWriter out(json);
  out.open();
  out.field("status", status);
  if (!reason.empty()) out.field("reason", reason);
  json += ",\"timestamp\":\"";
  append_rfc3339(json, now);
  json += '"';
  out.field("version", version);
  if (with_service) out.field("service", service_name);
  out.close();
  return Response(std::move(json), code);
}

Task<Result<Response>> readiness(const Health& health, WriteCheck& writes, const Clock& clock) {
  if (health.draining.load(std::memory_order_relaxed))
    co_return state_of("draining", clock.now_ms(), false, {}, 503);
  if (const auto loss = health.database_loss())
    co_return state_of("not_ready", clock.now_ms(), false, *loss, 503);
  const auto fault = co_await run_on(writes.executor(), writes.fault());
  if (fault) co_return state_of("not_ready", clock.now_ms(), false, *fault, 503);
  co_return state_of("ready", clock.now_ms(), false);
}

Response ping(UnixMs now) {
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("message", "pong");
  out.field("timestamp", rfc3339(now));
  out.field("version", version);
  out.close();
  return Response(std::move(json));
}

}  // namespace

std::vector<http::Route> health_routes(const Health& health, WriteCheck& writes, const Clock& clock) {
  using http::DirectHandler;
  using http::Method;
  std::vector<http::Route> routes;
  routes.push_back({Method::get, "/healthcheck", Permission::none, "Whether the service answers",
                    DirectHandler([&clock](Exchange&) -> Result<Response> {
                      return state_of("healthy", clock.now_ms(), true);
                    })});
  routes.push_back({Method::get, "/livez", Permission::none, "Liveness, for Kubernetes",
                    DirectHandler([&clock](Exchange&) -> Result<Response> {
                      return state_of("ok", clock.now_ms(), false);
                    })});
  routes.push_back(
      {Method::get, "/readyz", Permission::none,
       "Readiness, for Kubernetes: 503 while draining, or while the database is missing or takes no writes",
       http::TaskHandler([&](Exchange&) { return readiness(health, writes, clock); })});
  routes.push_back({Method::get, "/monitoring/ping", Permission::none, "The smallest answer",
                    DirectHandler([&clock](Exchange&) -> Result<Response> { return ping(clock.now_ms()); })});
  // People who know the health endpoints of Kubernetes add these parameters.
  for (auto& route : routes) {
    if (route.path == "/livez" || route.path == "/readyz") route.query = {"verbose", "exclude"};
  }
  for (auto& route : routes) route.rate = http::RateRule::none;  // a health check must never be refused
  return routes;
}

}  // namespace papi::ops
