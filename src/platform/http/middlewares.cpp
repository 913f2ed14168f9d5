#include "platform/http/middlewares.hpp"

#include <fmt/format.h>

#include "platform/base/json_writer.hpp"
#include "platform/base/random.hpp"
#include "platform/base/text.hpp"

namespace papi::http {
namespace {

bool usable_correlation_id(std::string_view id) {
  if (id.empty() || id.size() > 128) return false;
  for (char c : id) {
    const bool good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '.' || c == '_' || c == '-';
    if (!good) return false;
  }
  return true;
}

void append_milliseconds(std::string& out, std::int64_t nanoseconds) {
  const std::int64_t microseconds = nanoseconds / 1000;
  append_number(out, microseconds / 1000);
  const int rest = static_cast<int>(microseconds % 1000);
  const char digits[] = {'.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
                         static_cast<char>('0' + rest % 10)};
  out.append(digits, sizeof digits);
}

}  // namespace

std::string_view to_string(Permission permission) {
  constexpr std::string_view names[] = {"none", "read", "write", "connect", "admin", "own"};
  return names[static_cast<std::size_t>(permission)];
}

std::string_view to_string(RateRule rule) {
  constexpr std::string_view names[] = {"none", "api", "auth", "connect", "websocket", "strict"};
  return names[static_cast<std::size_t>(rule)];
}

std::optional<Error> Correlation::enter(Exchange& exchange) const {
  const std::string_view sent = exchange.request.header("x-correlation-id");
  if (usable_correlation_id(sent)) {
    exchange.correlation_id = sent;
  } else {
    append_unique_id(exchange.new_correlation_id);
    exchange.correlation_id = exchange.new_correlation_id;
  }
  return std::nullopt;
}

std::optional<Error> Observe::enter(Exchange& exchange) const {
  exchange.started = clock_.steady();
  return std::nullopt;
}

void Observe::leave(Exchange& exchange, Response& response) const {
  const LogLevel level = response.status >= 500 ? LogLevel::error : LogLevel::info;
  if (!log_.enabled(level)) return;
  const auto took = (clock_.steady() - exchange.started).count();
  const Request& request = exchange.request;
  const std::string_view endpoint = exchange.route ? std::string_view(exchange.route->endpoint) : "unmatched";
  thread_local std::string line;  // only its memory outlives the call
  line.clear();
  const LogFormat format = log_.format();
  if (format == LogFormat::json) {
    line += "{\"timestamp\":\"";
    append_rfc3339(line, clock_.now_ms());
    line += "\",\"level\":\"", line += to_string(level);
    line += "\",\"logger\":\"profile_api.access\",\"message\":\"Request completed\"";
  } else {
    append_log_time(line, clock_.now_ms());
    line += ' ', line += to_string(level), line += " profile_api.access: Request completed";
  }
  append_log_field(line, format, {"correlation_id", exchange.correlation_id});
  append_log_field(line, format, {"client_ip", request.client_address});
  append_log_field(line, format, {"method", request.method_text});
  std::string storage;
  append_log_field(line, format, {"path", shown_path(request.path, storage)});  // and never the query
  append_log_field(line, format, {"endpoint", endpoint});
  append_log_field(line, format, {"status_code", response.status});
  line += format == LogFormat::json ? ",\"duration_ms\":" : " duration_ms=";
  append_milliseconds(line, took);
  append_log_field(line, format, {"user_agent", request.header("user-agent")});
  line += format == LogFormat::json ? "}\n" : "\n";
  log_.write_line(level, line);
}

std::optional<Error> Guard::enter(Exchange& exchange) const {
  const Request& request = exchange.request;
  if (request.version == 11 && request.header("host").empty())
    return invalid("Host", "required in HTTP/1.1 (RFC 9112, 3.2)");
  if (!request.has_body || request.method == Method::get || request.method == Method::head)
    return std::nullopt;
  std::string_view type = request.header("content-type");
  type = trim(type.substr(0, type.find(';')));
  if (!equals_ignoring_case(type, "application/json")) {
    return Error(ErrorCode::unsupported_media_type, "Content-Type: must be application/json");
  }
  return std::nullopt;
}

std::optional<Error> Permit::enter(Exchange& exchange) const {
  if (!exchange.route || exchange.caller.may(exchange.route->permission)) return std::nullopt;
  if (!exchange.caller.known()) {
    return Error(
        ErrorCode::authentication_required,
        "Valid authentication credentials required: send X-API-Key, or Authorization: Bearer with an "
        "access token of POST /auth/login");
  }
  const std::string needed(to_string(exchange.route->permission));
  json::object details;
  details["required_permission"] = needed;
  return Error(ErrorCode::insufficient_permissions,
               "Insufficient permissions for this endpoint: the permission '" + needed + "' is needed",
               std::move(details));
}

void Permit::leave(Exchange& exchange, Response& response) const {
  if (!exchange.route || exchange.route->permission == Permission::none || response.upgrade) return;
  for (const auto& [name, value] : response.headers) {
    if (name == "Cache-Control") return;
  }
  response.headers.emplace_back("Cache-Control", "no-store");
}

}  // namespace papi::http
