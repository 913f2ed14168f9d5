#include "platform/http/errors.hpp"

#include <boost/json/serialize.hpp>

#include "platform/base/clock.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/http/accept.hpp"
#include "platform/http/prefix.hpp"

namespace papi::http {
namespace {

constexpr HttpMapping http_errors[] = {
    {ErrorCode::validation, 400, "VALIDATION_ERROR", ""},
    {ErrorCode::authentication_required, 401, "AUTHENTICATION_REQUIRED", ""},
    {ErrorCode::authentication_failed, 401, "AUTHENTICATION_FAILED", ""},
    {ErrorCode::insufficient_permissions, 403, "INSUFFICIENT_PERMISSIONS", ""},
    {ErrorCode::not_found, 404, "NOT_FOUND", ""},
    {ErrorCode::method_not_allowed, 405, "METHOD_NOT_ALLOWED", ""},
    {ErrorCode::request_timeout, 408, "REQUEST_TIMEOUT", ""},
    {ErrorCode::conflict, 409, "CONFLICT", ""},
    {ErrorCode::request_too_large, 413, "REQUEST_TOO_LARGE", ""},
    {ErrorCode::uri_too_long, 414, "URI_TOO_LONG", ""},
    {ErrorCode::unsupported_media_type, 415, "UNSUPPORTED_MEDIA_TYPE", ""},
    {ErrorCode::upgrade_required, 426, "VALIDATION_ERROR", ""},
    {ErrorCode::headers_too_large, 431, "HEADERS_TOO_LARGE", ""},
    {ErrorCode::rate_limited, 429, "RATE_LIMIT_EXCEEDED", ""},
    {ErrorCode::user_not_found, 404, "CONNECTION_ERROR", "user_not_found"},
    {ErrorCode::user_offline, 409, "CONNECTION_ERROR", "user_offline"},
    {ErrorCode::blocked, 502, "CONNECTION_ERROR", "blocked"},
    {ErrorCode::upstream_error, 502, "CONNECTION_ERROR", "upstream_error"},
    {ErrorCode::upstream_timeout, 502, "CONNECTION_ERROR", "upstream_timeout"},
    {ErrorCode::sign_rate_limited, 503, "CONNECTION_ERROR", "sign_rate_limited"},
    {ErrorCode::database, 500, "DATABASE_ERROR", ""},
    {ErrorCode::internal, 500, "INTERNAL_ERROR", ""},
    {ErrorCode::unavailable, 503, "SERVICE_UNAVAILABLE", ""},
};

}  // namespace

const HttpMapping& mapping_of(ErrorCode code) {
  for (const HttpMapping& row : http_errors) {
    if (row.code == code) return row;
  }
  return mapping_of(ErrorCode::internal);
}

Response to_response(const Error& error, const Exchange& exchange, std::int64_t now_ms) {
  const HttpMapping& row = mapping_of(error.code);
  Response response;
  response.status = row.status;
  json::object details = error.details;
  if (!row.reason.empty() && !details.contains("reason")) details["reason"] = row.reason;
  const json::value* after = details.if_contains("retry_after");
  const bool told = after && after->is_int64();
  if (row.status == 503 || row.status == 429 || told) {
    response.headers.emplace_back("Retry-After", told ? std::to_string(after->as_int64()) : "5");
  }
  if (row.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");  // RFC 9110 §11.6.1
  if (const json::value* allow = details.if_contains("allow"); allow && row.status == 405) {
    response.headers.emplace_back("Allow", std::string(allow->as_string()));
  }
  std::string storage;
  const std::string_view path = shown_path(exchange.request.path, storage);
  JsonWriter out(response.body);
  out.open();
  out.field("error", row.name);
  out.field("message", error.message);
  out.field("detail", error.message);
  if (!details.empty()) out.raw_field("details", json::serialize(details));
  if (error.code == ErrorCode::rate_limited) {
    for (const char* name : {"retry_after", "limit", "window", "remaining"}) {
      const json::value* value = details.if_contains(name);
      if (value && value->is_int64()) out.field(name, value->as_int64());
    }
  }
  out.field("correlation_id", exchange.correlation_id);
  out.field("timestamp", rfc3339(now_ms));
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
