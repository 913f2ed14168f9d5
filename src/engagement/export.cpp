#include <boost/json/parse.hpp>

#include "engagement/engagement_routes.hpp"
#include "events/log_body.hpp"

namespace papi::engagement {
namespace {

using http::Exchange;
using http::Response;

constexpr std::string_view csv_columns[] = {"offset",   "id",         "type",    "timestamp", "user_id",
                                            "username", "nickname",   "comment", "gift",      "count",
                                            "diamonds", "streak_end", "total",   "raw_type"};

void append_cell(std::string& line, std::string_view value) {
  // A spreadsheet would run a cell that begins like a formula.
  const bool formula =
      !value.empty() && std::string_view("=+-@\t\r").find(value.front()) != std::string_view::npos;
  const bool quoted = formula || value.find_first_of(",\"\r\n") != std::string_view::npos;
  if (!quoted) {
    line += value;
    return;
  }
  line += '"';
  if (formula) line += '\'';
  for (const char c : value) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

std::string cell_of(const json::object* object, std::string_view name) {
  const json::value* value =
      object ? object->if_contains(json::string_view(name.data(), name.size())) : nullptr;
  if (!value) return {};
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_int64()) return std::to_string(value->get_int64());
  if (value->is_uint64()) return std::to_string(value->get_uint64());
  if (value->is_bool()) return value->get_bool() ? "true" : "false";
  return {};
}

std::string csv_header() {
  std::string line;
  for (const std::string_view column : csv_columns) {
    if (!line.empty()) line += ',';
    line += column;
  }
  return line + "\r\n";
}

/// One line (RFC 4180).
void append_csv(std::string& body, const events::EncodedEvent& event) {
  boost::system::error_code ec;
  const std::string_view text = event.json();
  const json::value value = json::parse(json::string_view(text.data(), text.size()), ec);
  const json::object* object = value.if_object();
  const json::value* user_value = object ? object->if_contains("user") : nullptr;
  const json::object* user = user_value ? user_value->if_object() : nullptr;
  const std::string cells[] = {
      cell_of(object, "offset"),    cell_of(object, "id"),       cell_of(object, "type"),
      cell_of(object, "timestamp"), cell_of(user, "id"),         cell_of(user, "username"),
      cell_of(user, "nickname"),    cell_of(object, "comment"),  cell_of(object, "name"),
      cell_of(object, "count"),     cell_of(object, "diamonds"), cell_of(object, "streak_end"),
      cell_of(object, "total"),     cell_of(object, "raw_type")};
  static_assert(std::size(cells) == std::size(csv_columns));
  for (std::size_t i = 0; i < std::size(cells); ++i) {
    if (i > 0) body += ',';
    append_cell(body, cells[i]);
  }
  body += "\r\n";
}

Task<Result<Response>> get_export(const EngagementParts& parts, Exchange& exchange) {
  http::QueryReader parameters(exchange.request);
  const std::string format = parameters.text("format").value_or("ndjson");
  if (format != "ndjson" && format != "csv") parameters.reject("format", "must be ndjson or csv");
  events::EventFilter filter = events::read_filter(parameters);
  if (auto fault = parameters.fault()) co_return std::move(*fault);
  CO_TRY(const events::SessionPosition session, co_await find_session(parts, exchange));
  events::take_session_lease(exchange)->bind(session.access);
  events::EventQuery query;
  query.session_key = session.key, query.up_to = session.last_offset, query.filter = std::move(filter);
  query.taker = exchange.taker();
  const bool csv = format == "csv";
  Response response;
  response.content_type = csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson";
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"events." + format + "\"");
  response.headers.emplace_back("Cache-Control", "no-store");
  response.stream =
      std::make_unique<events::LogBody>(parts.store, exchange.executor, std::move(query),
                                        csv ? append_csv : events::append_ndjson, csv ? csv_header() : "");
  co_return response;
}

}  // namespace

http::Route export_route(const EngagementParts& parts) {
  http::TaskHandler handler = [parts](Exchange& exchange) { return get_export(parts, exchange); };
  http::Route route{http::Method::get, "/sessions/{id}/export", http::Permission::read,
                    "All events as NDJSON or CSV", handler};
  route.owned = route.stays_open = true;
  route.query = events::filter_query({"format"});
  return route;
}

}  // namespace papi::engagement
