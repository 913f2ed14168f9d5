#include <boost/json/parse.hpp>

#include "engagement/engagement_routes.hpp"
#include "platform/http/body_stream.hpp"

namespace papi::engagement {
namespace {

using http::Exchange;
using http::Response;

enum class Form { ndjson, csv };

/// All events up to the export's beginning, a page at a time, at the client's speed.
class ExportBody final : public http::BodyStream {
 public:
  ExportBody(const EngagementParts& parts, Executor thread, const events::SessionPosition& session, Form form,
             events::EventFilter filter)
      : parts_(parts), thread_(thread), form_(form) {
    query_.session_key = session.key;
    query_.up_to = session.last_offset;
    query_.filter = std::move(filter);
    query_.max_bytes = 256 * 1024;
  }

  Task<void> run(http::BodyWriter& writer) override;
  void stop() override { stopped_ = true; }
  void client_closed() override {}  // it may still read

 private:
  const EngagementParts parts_;
  const Executor thread_;
  const Form form_;
  events::EventQuery query_;
  bool stopped_ = false;
};

Task<void> ExportBody::run(http::BodyWriter& writer) {
  std::string text;
  if (form_ == Form::csv) text = csv_header();
  for (bool more = true; more;) {
    auto page = co_await parts_.store.read(thread_, query_);
    if (!page || stopped_) throw std::runtime_error("the export could not be finished");
    for (const events::EventPtr& event : page->events) {
      if (form_ == Form::csv) {
        text += csv_line(*event);
      } else {
        text += event->json(), text += '\n';
      }
    }
    const bool written = co_await writer.write(text);
    if (!written) co_return;
    text.clear();
    more = page->more;
    query_.after = page->next_after;
  }
}

constexpr std::string_view columns[] = {"offset",   "id",         "type",    "timestamp", "user_id",
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

Task<Result<Response>> get_export(const EngagementParts& parts, Exchange& exchange) {
  const std::string format = exchange.request.query_value("format").value_or("ndjson");
  if (format != "ndjson" && format != "csv") co_return invalid("format", "must be ndjson or csv");
  CO_TRY(events::EventFilter filter, events::read_filter(exchange.request));
  CO_TRY(const events::SessionPosition session, co_await find_session(parts, exchange));
  const Form form = format == "csv" ? Form::csv : Form::ndjson;
  Response response;
  response.content_type =
      form == Form::csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson";
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"events." + format + "\"");
  response.headers.emplace_back("Cache-Control", "no-store");
  response.stream = std::make_unique<ExportBody>(parts, exchange.executor, session, form, std::move(filter));
  co_return response;
}

}  // namespace

std::string_view csv_header() {
  static const std::string header = [] {
    std::string line;
    for (const std::string_view column : columns) {
      if (!line.empty()) line += ',';
      line += column;
    }
    return line + "\r\n";
  }();
  return header;
}

std::string csv_line(const events::EncodedEvent& event) {
  boost::system::error_code ec;
  const std::string_view body = event.json();
  const json::value value = json::parse(json::string_view(body.data(), body.size()), ec);
  const json::object* object = value.if_object();
  const json::value* user_value = object ? object->if_contains("user") : nullptr;
  const json::object* user = user_value ? user_value->if_object() : nullptr;
  const std::string cells[] = {
      cell_of(object, "offset"),    cell_of(object, "id"),       cell_of(object, "type"),
      cell_of(object, "timestamp"), cell_of(user, "id"),         cell_of(user, "username"),
      cell_of(user, "nickname"),    cell_of(object, "comment"),  cell_of(object, "name"),
      cell_of(object, "count"),     cell_of(object, "diamonds"), cell_of(object, "streak_end"),
      cell_of(object, "total"),     cell_of(object, "raw_type")};
  static_assert(std::size(cells) == std::size(columns));
  std::string line;
  for (std::size_t i = 0; i < std::size(cells); ++i) {
    if (i > 0) line += ',';
    append_cell(line, cells[i]);
  }
  return line + "\r\n";
}

http::Route export_route(const EngagementParts& parts) {
  http::TaskHandler handler = [parts](Exchange& exchange) { return get_export(parts, exchange); };
  return {http::Method::get, "/sessions/{id}/export", http::Permission::read, "All events as NDJSON or CSV",
          handler};
}

}  // namespace papi::engagement
