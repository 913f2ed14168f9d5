#include "ops/log_routes.hpp"

#include <algorithm>

#include "access/permissions.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/http/json_body.hpp"

namespace papi::ops {
namespace {

using http::Exchange;
using http::Response;

constexpr std::int64_t default_seconds = 900, longest_seconds = 86'400;
constexpr std::string_view as_configured = "DEFAULT";

/// What the caller asks for.
struct LevelChange {
  std::string component;          // empty: the whole service
  std::optional<LogLevel> level;  // nullopt: as configured
  std::chrono::seconds time{default_seconds};
};

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

Result<LevelChange> read_change(const http::Request& request, const Logger& log) {
  http::JsonBody body(request);
  LevelChange change;
  if (const auto level = body.string("level", true)) {
    change.level = parse_log_level(*level);
    if (!change.level && *level != as_configured)
      body.reject("level", "must be DEBUG, INFO, WARNING, ERROR, CRITICAL or DEFAULT");
  }
  if (const auto component = body.string("component")) {
    const std::vector<std::string> known = log.components();
    if (std::find(known.begin(), known.end(), *component) == known.end())
      body.reject("component", "must be one of " + listed(known));
    change.component = *component;
  }
  if (const auto seconds = body.integer("duration_seconds", 1, longest_seconds))
    change.time = std::chrono::seconds(*seconds);
  if (auto fault = body.fault()) return std::move(*fault);
  return change;
}

std::string json_of(const LevelChange& change, const Logger& log, UnixMs now) {
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("status", "success");
  out.field("level", to_string(log.level_of(change.component)));
  if (!change.component.empty()) out.field("component", change.component);
  if (change.level) out.field("until", rfc3339(now + std::chrono::milliseconds(change.time).count()));
  out.open("levels");
  out.field("all", to_string(log.level_of("")));
  for (const std::string& component : log.components())
    out.field(component, to_string(log.level_of(component)));
  out.close();
  out.close();
  return json;
}

Result<Response> post_log_level(Logger& log, const RecordLogLevel& record, const Clock& clock,
                                Exchange& exchange) {
  TRY(const LevelChange change, read_change(exchange.request, log));
  const std::string name = change.component.empty() ? "all" : change.component;
  const std::string_view level = change.level ? to_string(*change.level) : as_configured;
  std::string what = "log level " + std::string(level);
  if (change.level) what += " for " + std::to_string(change.time.count()) + " s";
  // Before the change: a higher level would hide it.
  log.warning("Log level changed", {{"component", name},
                                    {"level", level},
                                    {"seconds", change.level ? change.time.count() : 0},
                                    {"correlation_id", exchange.correlation_id}});
  if (change.level) {
    log.change_level(change.component, *change.level, change.time);
  } else {
    log.reset_level(change.component);
  }
  record(exchange, name, std::move(what));
  return Response(json_of(change, log, clock.now_ms()));
}

}  // namespace

std::vector<http::Route> log_routes(Logger& log, RecordLogLevel record, const Clock& clock) {
  std::vector<http::Route> routes;
  routes.push_back({.method = http::Method::post,
                    .path = "/monitoring/log-level",
                    .permission = permission::admin,
                    .summary = "Change the level of the application log for a time",
                    .handler = http::DirectHandler(
                        [&log, record = std::move(record), &clock](Exchange& exchange) -> Result<Response> {
                          return post_log_level(log, record, clock, exchange);
                        }),
                    .rate = http::RateRule::none});
  return routes;
}

}  // namespace papi::ops
