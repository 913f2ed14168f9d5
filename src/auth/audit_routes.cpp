#include "access/rate_rules.hpp"
#include "auth/auth_routes.hpp"
#include "platform/http/query_reader.hpp"

namespace papi::auth {
namespace {

using http::Exchange;
using http::Response;

const std::vector<AuditKind> failure_kinds = {AuditKind::authentication, AuditKind::lockout,
                                              AuditKind::token_reuse, AuditKind::permission};
const std::vector<AuditKind> alert_kinds = {AuditKind::suspicious, AuditKind::lockout, AuditKind::token_reuse,
                                            AuditKind::overflow};

void write_record(JsonWriter& out, const AuditRecord& record) {
  out.open();
  out.field("timestamp", rfc3339(record.at));
  out.field("timestamp_ms", record.at);
  out.field("kind", to_string(record.kind));
  out.field("success", record.success);
  out.field("username", record.username);
  out.field("subject", record.subject);
  out.field("client_ip", record.client_ip);
  out.field("endpoint", record.endpoint);
  out.field("reason", record.reason);
  out.field("correlation_id", record.correlation_id);
  out.close();
}

void write_counts(JsonWriter& out, std::string_view name,
                  const std::vector<std::pair<std::string, std::int64_t>>& counts) {
  out.open(name);
  for (const auto& [key, count] : counts) {
    std::string quoted;
    append_json_string(quoted, key);
    out.field(std::string_view(quoted).substr(1, quoted.size() - 2), count);
  }
  out.close();
}

void write_page(JsonWriter& out, std::string_view name, const AuditPage& page) {
  out.open_array(name);
  for (const AuditRecord& record : page.recent) write_record(out, record);
  out.close_array();
  out.field("total", page.totals.total);
  write_counts(out, "by_kind", page.totals.by_kind);
  write_counts(out, "by_ip", page.totals.by_ip);
  write_counts(out, "by_user", page.totals.by_user);
}

Result<AuditQuery> read_query(const http::Request& request, std::vector<AuditKind> kinds) {
  http::QueryReader parameters(request);
  AuditQuery query;
  query.kinds = std::move(kinds);
  query.limit = static_cast<std::size_t>(parameters.integer("limit", 100, 1, 1'000));
  query.since = parameters.time("since", 0);
  if (auto fault = parameters.fault()) return std::move(*fault);
  return query;
}

Task<Result<Response>> answer_page(const AuthRouteDependencies& deps, Exchange& exchange, AuditQuery query,
                                   std::string_view name) {
  CO_TRY(const AuditPage page, co_await deps.audit.read(exchange.executor, std::move(query)));
  std::string json;
  JsonWriter out(json);
  out.open();
  write_page(out, name, page);
  out.close();
  co_return Response(std::move(json));
}

Task<Result<Response>> get_failures(const AuthRouteDependencies& deps, Exchange& exchange) {
  CO_TRY(AuditQuery query, read_query(exchange.request, failure_kinds));
  query.only_failures = true;
  co_return co_await answer_page(deps, exchange, std::move(query), "failures");
}

Task<Result<Response>> get_alerts(const AuthRouteDependencies& deps, Exchange& exchange) {
  std::vector<AuditKind> kinds = alert_kinds;
  if (const auto asked = exchange.request.query_value("kind")) {
    kinds = audit_kinds(*asked);
    if (kinds.empty()) co_return invalid("kind", "must be all or a kind such as " + audit_kind_names());
  }
  CO_TRY(AuditQuery query, read_query(exchange.request, std::move(kinds)));
  co_return co_await answer_page(deps, exchange, std::move(query), "alerts");
}

Task<Result<Response>> get_violations(const AuthRouteDependencies& deps, Exchange& exchange) {
  CO_TRY(AuditQuery query, read_query(exchange.request, {AuditKind::rate_limit}));
  co_return co_await answer_page(deps, exchange, std::move(query), "violations");
}

Result<Response> get_limits(const AuthRouteDependencies& deps) {
  std::string json;
  JsonWriter out(json);
  out.open();
  out.open_array("rate_limits");
  for (std::size_t i = 1; i < deps.limits.size(); ++i) {
    const RateLimit& limit = deps.limits[i];
    out.open();
    out.field("rule", rate_rule::name_of(static_cast<http::RateRule>(i)));
    out.field("enabled", limit.requests > 0);
    out.field("requests", limit.requests);
    out.field("window_seconds", limit.window.count());
    out.field("burst", static_cast<std::int64_t>(limit.capacity()));
    out.close();
  }
  out.close_array();
  out.field("tracked_buckets", deps.buckets.size());
  out.field("open_sockets", deps.sockets.count());
  out.open("since_start");
  out.field("violations", deps.audit.count(AuditKind::rate_limit));
  out.field("authentication_failures", deps.audit.count(AuditKind::authentication));
  out.field("lockouts", deps.audit.count(AuditKind::lockout));
  out.field("permission_denials", deps.audit.count(AuditKind::permission));
  out.field("suspicious_requests", deps.audit.count(AuditKind::suspicious));
  out.close();
  out.close();
  return Response(std::move(json));
}

}  // namespace

std::vector<http::Route> audit_routes(const AuthRouteDependencies& deps) {
  using http::Method;
  std::vector<http::Route> routes;
  const auto add = [&](const char* path, const char* summary, AuthHandler handler) {
    routes.push_back({.method = Method::get,
                      .path = path,
                      .permission = permission::admin,
                      .summary = summary,
                      .handler = handler_of(deps, handler),
                      .query = {"limit", "since"}});
  };
  add("/monitoring/auth/failures", "Refused credentials and permissions", get_failures);
  add("/monitoring/security/alerts", "What an operator should look at; ?kind=all for the whole record",
      get_alerts);
  routes.back().query.emplace_back("kind");
  add("/monitoring/rate-limits/violations", "Who passed a limit", get_violations);
  routes.push_back({.method = Method::get,
                    .path = "/monitoring/rate-limits",
                    .permission = permission::admin,
                    .summary = "The limits in force",
                    .handler = http::DirectHandler([deps](Exchange&) { return get_limits(deps); })});
  for (auto& route : routes) route.rate = http::RateRule::none;
  return routes;
}

}  // namespace papi::auth
