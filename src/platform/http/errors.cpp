#include "platform/http/errors.hpp"

#include "platform/base/clock.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/http/accept.hpp"
#include "platform/http/prefix.hpp"

namespace papi::http {
namespace {

void write_note(JsonWriter& out, const ErrorNote& note) {
  if (const auto* number = std::get_if<std::int64_t>(&note.value)) {
    out.field(note.name, *number);
  } else {
    out.field(note.name, std::get<std::string>(note.value));
  }
}

void write_faults(JsonWriter& out, const ErrorDetails& details) {
  out.open_array("errors");
  for (const FieldFault& fault : details.faults) {
    out.open();
    out.field("field", fault.field);
    out.field("message", fault.message);
    out.close();
  }
  out.close_array();
  if (details.more_faults > 0) out.field("more_errors", details.more_faults);
}

void write_details(JsonWriter& out, const ErrorDetails& details, std::string_view reason) {
  out.open("details");
  if (!details.field.empty()) out.field("field", details.field);
  if (!details.faults.empty()) write_faults(out, details);
  if (!details.allow.empty()) out.field("allow", details.allow);
  if (!details.required_permission.empty()) out.field("required_permission", details.required_permission);
  if (details.limit) {
    out.field("rule", details.limit->rule);
    out.field("setting", details.limit->setting);
    out.field("limit", details.limit->limit);
    out.field("window", details.limit->window.count());
    out.field("remaining", details.limit->remaining);
  }
  if (details.retry_after) out.field("retry_after", details.retry_after->count());
  for (const ErrorNote& note : details.notes) write_note(out, note);
  if (!reason.empty()) out.field("reason", reason);
  out.close();
}

}  // namespace

Response to_response(const ErrorTable& table, const Error& error, const Exchange& exchange, UnixMs now) {
  const ErrorRow& row = table.row(error.code);
  const ErrorDetails& details = error.details();
  Response response;
  response.status = row.status;
  if (row.status == 503 || row.status == 429 || details.retry_after) {
    constexpr std::chrono::seconds unknown{5};
    response.headers.emplace_back("Retry-After",
                                  std::to_string(details.retry_after.value_or(unknown).count()));
  }
  if (row.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");  // RFC 9110 §11.6.1
  if (!details.allow.empty() && row.status == 405) response.headers.emplace_back("Allow", details.allow);
  std::string storage;
  const std::string_view path = shown_path(exchange.request.path, storage);
  JsonWriter out(response.body);
  out.open();
  out.field("error", row.name);
  out.field("message", error.message);
  out.field("detail", error.message);
  const std::string_view reason = details.reason.empty() ? row.reason : std::string_view(details.reason);
  if (details != ErrorDetails() || !reason.empty()) write_details(out, details, reason);
  if (error.code == ErrorCode::rate_limited) {
    if (details.retry_after) out.field("retry_after", details.retry_after->count());
    if (details.limit) {
      out.field("limit", details.limit->limit);
      out.field("window", details.limit->window.count());
      out.field("remaining", details.limit->remaining);
    }
  }
  out.field("correlation_id", exchange.correlation_id);
  out.field("timestamp", rfc3339(now));
  out.field("path", path);
  out.field("type", "about:blank");
  out.field("title", reason_phrase(row.status));
  out.field("status", row.status);
  out.field("instance", link_to(exchange.request, path));
  out.close();
  constexpr std::string_view problem = "application/problem+json";
  if (asks_for(exchange.request, problem, response.content_type)) response.content_type = problem;
  return response;
}

}  // namespace papi::http
