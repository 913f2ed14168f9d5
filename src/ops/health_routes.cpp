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
  // People who know the health endpoints of Kubernetes add these parameters.
  const std::vector<std::string> of_kubernetes = {"verbose", "exclude"};
  routes.push_back({.method = Method::get,
                    .path = "/healthcheck",
                    .permission = Permission::none,
                    .summary = "Whether the service answers",
                    .handler = DirectHandler([&clock](Exchange&) -> Result<Response> {
                      return state_of("healthy", clock.now_ms(), true);
                    })});
  routes.push_back({.method = Method::get,
                    .path = "/livez",
                    .permission = Permission::none,
                    .summary = "Liveness, for Kubernetes",
                    .handler = DirectHandler([&clock](Exchange&) -> Result<Response> {
                      return state_of("ok", clock.now_ms(), false);
                    }),
                    .query = of_kubernetes});
  routes.push_back({.method = Method::get,
                    .path = "/readyz",
                    .permission = Permission::none,
                    .summary = "Readiness, for Kubernetes: 503 while draining, or while the database is "
                               "missing or takes no writes",
                    .handler = http::TaskHandler([&](Exchange&) { return readiness(health, writes, clock); }),
                    .query = of_kubernetes});
  routes.push_back(
      {.method = Method::get,
       .path = "/monitoring/ping",
       .permission = Permission::none,
       .summary = "The smallest answer",
       .handler = DirectHandler([&clock](Exchange&) -> Result<Response> { return ping(clock.now_ms()); })});
  for (auto& route : routes) route.rate = http::RateRule::none;  // a health check must never be refused
  return routes;
}

}  // namespace papi::ops
