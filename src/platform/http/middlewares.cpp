#include "platform/http/middlewares.hpp"

#include <fmt/format.h>

#include "platform/base/json_writer.hpp"
#include "platform/base/random.hpp"
#include "platform/base/text.hpp"
#include "platform/http/fault_list.hpp"
#include "platform/http/handshake.hpp"
#include "platform/http/request_target.hpp"

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

void append_milliseconds(std::string& out, std::chrono::nanoseconds duration) {
  const std::int64_t microseconds = duration.count() / 1000;
  append_number(out, microseconds / 1000);
  const int rest = static_cast<int>(microseconds % 1000);
  const char digits[] = {'.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
                         static_cast<char>('0' + rest % 10)};
  out.append(digits, sizeof digits);
}

/// Describes the malformed escape at `at`.
std::string escape_at(std::string_view text, std::size_t at) {
  return "malformed percent-encoding '" + to_utf8(text.substr(at, 3)) + "' at byte " + std::to_string(at);
}

constexpr std::string_view credential_parameters[] = {"api_key", "token", "ticket"};

/// Returns what is wrong with a parameter of that name, or an empty text.
std::string parameter_fault(const Route& route, std::string_view name) {
  if (std::find(route.query.begin(), route.query.end(), name) != route.query.end()) return {};
  const bool credential = std::find(std::begin(credential_parameters), std::end(credential_parameters),
                                    name) != std::end(credential_parameters);
  if (credential && (route.websocket || route.query_credentials)) return {};
  if (credential) return "no query parameter of this route; send X-API-Key or Authorization";
  std::vector<std::string> known = route.query;
  if (route.websocket || route.query_credentials)
    known.insert(known.end(), std::begin(credential_parameters), std::end(credential_parameters));
  return "unknown query parameter" + did_you_mean(name, known);
}

/// `position` is where the pair begins in the query.
void check_pair(const Route* route, std::string_view pair, std::size_t position, FaultList& faults) {
  const std::string_view raw_name = pair.substr(0, pair.find('='));
  const auto name = percent_decode(raw_name, true);
  std::string storage;
  const std::string_view shown = name && !name->empty() ? shown_path(*name, storage) : "query";
  if (const auto at = bad_escape(pair)) {
    faults.add(shown, escape_at(pair, *at) + " of this parameter, which begins at byte " +
                          std::to_string(position) + " of the query");
    return;
  }
  if (!route || route->any_query) return;
  if (faults.full()) {
    if (std::find(route->query.begin(), route->query.end(), *name) == route->query.end())
      faults.add_undescribed();
    return;
  }
  const std::string fault = parameter_fault(*route, *name);
  if (!fault.empty()) faults.add(shown, fault);
}

}  // namespace

std::optional<Error> AssignCorrelationId::enter(Exchange& exchange) const {
  const std::string_view sent = exchange.request.header("x-correlation-id");
  if (usable_correlation_id(sent)) {
    exchange.correlation_id = sent;
  } else {
    append_unique_id(exchange.new_correlation_id);
    exchange.correlation_id = exchange.new_correlation_id;
  }
  return std::nullopt;
}

WriteAccessLog::WriteAccessLog(Logger& log, const Clock& clock, std::chrono::milliseconds slow_from)
    : log_(log, "access"),
      clock_(clock),
      slow_from_(slow_from.count() > 0 ? slow_from : std::chrono::nanoseconds::max()) {}

std::optional<Error> WriteAccessLog::enter(Exchange& exchange) const {
  exchange.started = clock_.steady();
  return std::nullopt;
}

void WriteAccessLog::leave(Exchange& exchange, Response& response) const {
  const auto took = clock_.steady() - exchange.started;
  const bool slow = took >= slow_from_;
  const LogLevel level = response.status >= 500 ? LogLevel::error : slow ? LogLevel::warning : LogLevel::info;
  if (!log_.enabled(level)) return;
  const Request& request = exchange.request;
  const std::string_view endpoint = exchange.route ? std::string_view(exchange.route->pattern) : "unmatched";
  thread_local std::string line;  // reused only to keep its memory
  line.clear();
  const LogFormat format = log_.format();
  append_log_head(line, format, clock_.now_ms(), level, log_.name());
  if (format == LogFormat::json) {
    line += slow ? "\"Slow request\"" : "\"Request completed\"";
  } else {
    line += slow ? "Slow request" : "Request completed";
  }
  append_log_field(line, format, {"correlation_id", exchange.correlation_id});
  append_log_field(line, format, {"client_ip", request.client_address});
  append_log_field(line, format, {"method", request.method_text});
  std::string storage;
  append_log_field(line, format, {"path", shown_path(request.path, storage)});  // never the query
  append_log_field(line, format, {"endpoint", endpoint});
  append_log_field(line, format, {"status_code", response.status});
  line += format == LogFormat::json ? ",\"duration_ms\":" : " duration_ms=";
  append_milliseconds(line, took);
  append_log_field(line, format, {"user_agent", request.header("user-agent")});
  line += format == LogFormat::json ? "}\n" : "\n";
  log_.write_line(level, line);
}

std::optional<Error> ValidateRequest::enter(Exchange& exchange) const {
  const Request& request = exchange.request;
  if (auto fault = target_fault(request)) return fault;
  const bool handshake = exchange.route && exchange.route->websocket && wants_websocket(request);
  if (handshake && !has_websocket_key(request)) return handshake_fault(request);
  if (!request.has_body || request.method == Method::get || request.method == Method::head)
    return std::nullopt;
  std::string_view type = request.header("content-type");
  type = trim(type.substr(0, type.find(';')));
  if (!equals_ignoring_case(type, "application/json")) {
    return Error(ErrorCode::unsupported_media_type, "Content-Type: must be application/json");
  }
  return std::nullopt;
}

std::optional<Error> CheckQuery::enter(Exchange& exchange) const {
  const Request& request = exchange.request;
  FaultList faults;
  if (const auto at = bad_escape(request.path)) faults.add("path", escape_at(request.path, *at));
  std::size_t position = 0;
  while (position < request.query.size()) {
    const std::string_view rest = request.query.substr(position);
    const std::string_view pair = rest.substr(0, rest.find('&'));
    if (!pair.empty()) check_pair(exchange.route, pair, position, faults);
    position += pair.size() + 1;
  }
  return faults.error();
}

bool CredentialScope::names(std::string_view session) const {
  return std::find(sessions.begin(), sessions.end(), session) != sessions.end();
}

bool CredentialScope::lets_in(const Request& request) const {
  if (!origins) return true;
  const std::string_view origin = request.header("origin");
  return !origin.empty() && origins->allows(origin);
}

namespace {

/// Returns why the caller's scope does not allow the request, or nullopt.
std::optional<Error> scope_refusal(const Exchange& exchange) {
  const CredentialScope& scope = *exchange.caller.scope;
  const Route& route = *exchange.route;
  if (!scope.lets_in(exchange.request)) {
    return Error(ErrorCode::insufficient_permissions,
                 "This credential is bound to origins: the request must have the header Origin and name one "
                 "of them");
  }
  if (!route.scoped_credentials) {
    return Error(ErrorCode::insufficient_permissions,
                 "This credential reads the sessions that it names and cannot call this endpoint");
  }
  if (route.session_scoped && !scope.names(exchange.params.values[0])) {
    return Error(ErrorCode::insufficient_permissions, "This credential does not name this session");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> Authorize::enter(Exchange& exchange) const {
  if (exchange.route && exchange.caller.scope) {
    if (auto refusal = scope_refusal(exchange)) return refusal;
  }
  if (!exchange.route || exchange.caller.may(exchange.route->permission)) return std::nullopt;
  if (!exchange.caller.known()) {
    // Authenticate has judged every bearer token already. So this header has another scheme.
    const bool other_scheme = !exchange.request.header("authorization").empty();
    return Error(
        ErrorCode::authentication_required,
        other_scheme
            ? "Authorization takes the scheme Bearer only: send X-API-Key, or Authorization: Bearer with a "
              "token of POST /auth/login"
            : "Valid authentication credentials required: send X-API-Key, or Authorization: Bearer with an "
              "access token of POST /auth/login");
  }
  const std::string needed(name_of_(exchange.route->permission));
  Error error(ErrorCode::insufficient_permissions,
              "Insufficient permissions for this endpoint: the permission '" + needed + "' is needed");
  error.edit().required_permission = needed;
  return error;
}

void Authorize::leave(Exchange& exchange, Response& response) const {
  if (!exchange.route || exchange.route->permission == Permission::none || response.upgrade) return;
  for (const auto& [name, value] : response.headers) {
    if (name == "Cache-Control") return;
  }
  response.headers.emplace_back("Cache-Control", "no-store");
}

}  // namespace papi::http
