#include <algorithm>

#include "access/permissions.hpp"
#include "engagement/csv.hpp"
#include "engagement/engagement_routes.hpp"
#include "events/filter_query.hpp"
#include "events/log_body.hpp"

namespace papi::engagement {
namespace {

using http::Exchange;
using http::Response;

void append_csv(std::string& body, const events::EventFrame& event) { append_csv_line(body, event.json()); }

/// `events-ID-2026-11-26.csv`. Not every system allows a colon in a file name.
std::string file_name(std::string id, UnixMs now, const std::string& format) {
  std::replace(id.begin(), id.end(), ':', '_');
  constexpr std::size_t date = 10;  // characters of YYYY-MM-DD
  return "events-" + id + "-" + rfc3339(now).substr(0, date) + "." + format;
}

Task<Result<Response>> get_export(const EngagementDependencies& deps, Exchange& exchange) {
  http::QueryReader parameters(exchange.request);
  const std::string format = parameters.text("format").value_or("ndjson");
  if (format != "ndjson" && format != "csv") parameters.reject("format", "must be ndjson or csv");
  const bool csv = format == "csv";
  const bool byte_order_mark = parameters.integer("bom", 0, 0, 1) == 1;
  if (byte_order_mark && !csv) parameters.reject("bom", "belongs to format=csv only");
  events::EventFilter filter = events::read_filter(parameters);
  if (auto fault = parameters.fault()) co_return std::move(*fault);
  CO_TRY(const events::SessionPosition session, co_await find_session(deps, exchange));
  events::take_session_guard(exchange)->bind(session.access);
  events::EventQuery query;
  query.session_key = session.key;
  query.up_to = session.last_offset;
  query.filter = std::move(filter);
  query.caller = exchange.quota_key();
  Response response;
  response.content_type = csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson";
  response.headers.emplace_back(
      "Content-Disposition",
      "attachment; filename=\"" + file_name(exchange.params.values[0], deps.clock.now_ms(), format) + "\"");
  response.headers.emplace_back("Cache-Control", "no-store");
  response.stream = std::make_unique<events::LogBody>(deps.store, exchange.executor, std::move(query),
                                                      csv ? append_csv : events::append_ndjson,
                                                      csv ? csv_header(byte_order_mark) : "");
  co_return response;
}

}  // namespace

http::Route export_route(const EngagementDependencies& deps) {
  http::TaskHandler handler = [deps](Exchange& exchange) { return get_export(deps, exchange); };
  return {.method = http::Method::get,
          .path = "/sessions/{id}/export",
          .permission = permission::read,
          .summary = "All events as NDJSON or CSV",
          .handler = std::move(handler),
          .session_scoped = true,
          .long_lived = true,
          .query = events::filter_query({"format", "bom"})};
}

}  // namespace papi::engagement
