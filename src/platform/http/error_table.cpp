#include "platform/http/error_table.hpp"

namespace papi::http {
namespace {

constexpr ErrorRow of_any_server[] = {
    {ErrorCode::validation, 400, "VALIDATION_ERROR", "",
     "A field, a parameter, a header or the body is wrong. `details.errors` names each wrong field.",
     "Correct the fields that are named."},
    {ErrorCode::authentication_required, 401, "AUTHENTICATION_REQUIRED", "",
     "The request has no credentials.", "Send `X-API-Key`, or `Authorization: Bearer` with an access token."},
    {ErrorCode::authentication_failed, 401, "AUTHENTICATION_FAILED", "",
     "The credentials are wrong, expired or revoked, or the username is locked.",
     "Log in again, or ask an administrator for a key. If `details.retry_after` is there, wait for that many "
     "seconds."},
    {ErrorCode::insufficient_permissions, 403, "INSUFFICIENT_PERMISSIONS", "",
     "The caller is known and may not do this. `details.required_permission` names what is missing.",
     "Use a key with that permission."},
    {ErrorCode::not_found, 404, "NOT_FOUND", "",
     "The path or the object does not exist, or the caller may not know of it.", "Check path and id."},
    {ErrorCode::method_not_allowed, 405, "METHOD_NOT_ALLOWED", "", "The path does not have this method.",
     "Use a method of the `Allow` header."},
    {ErrorCode::request_timeout, 408, "REQUEST_TIMEOUT", "", "The request did not arrive in time.",
     "Send it again, faster."},
    {ErrorCode::conflict, 409, "CONFLICT", "", "The object is not in a state that allows this.",
     "Read the object again; the message says what is in the way."},
    {ErrorCode::request_too_large, 413, "REQUEST_TOO_LARGE", "", "The body is too large.",
     "Send less at once."},
    {ErrorCode::uri_too_long, 414, "URI_TOO_LONG", "", "The request target is too long.", "Shorten it."},
    {ErrorCode::unsupported_media_type, 415, "UNSUPPORTED_MEDIA_TYPE", "", "The body is not JSON.",
     "Send `Content-Type: application/json`."},
    {ErrorCode::upgrade_required, 426, "VALIDATION_ERROR", "", "The path is a WebSocket.",
     "Open a WebSocket of version 13."},
    {ErrorCode::headers_too_large, 431, "HEADERS_TOO_LARGE", "", "The header fields are too large.",
     "Send fewer or shorter ones."},
    {ErrorCode::rate_limited, 429, "RATE_LIMIT_EXCEEDED", "",
     "A limit is used up. `details` names the rule, the setting and the window.",
     "Wait for `Retry-After` seconds."},
    {ErrorCode::database, 500, "DATABASE_ERROR", "", "The database failed. Nothing was changed.",
     "Try again; the application log has the cause under the correlation id."},
    {ErrorCode::internal, 500, "INTERNAL_ERROR", "", "The service has a fault.",
     "Report it with the correlation id."},
    {ErrorCode::unavailable, 503, "SERVICE_UNAVAILABLE", "",
     "The service is overloaded, is stopping, or lacks something for a time.",
     "Wait for `Retry-After` seconds."},
};

}  // namespace

ErrorTable::ErrorTable(const std::vector<std::vector<ErrorRow>>& of_domains)
    : rows_(std::begin(of_any_server), std::end(of_any_server)) {
  for (const auto& rows : of_domains) rows_.insert(rows_.end(), rows.begin(), rows.end());
}

const ErrorRow& ErrorTable::row(ErrorCode code) const {
  for (const ErrorRow& row : rows_) {
    if (row.code == code) return row;
  }
  return row(ErrorCode::internal);
}

std::string ErrorTable::markdown() const {
  std::string out =
      "| status | `error` | `details.reason` | meaning | what to do |\n| --- | --- | --- | --- | --- |\n";
  for (const ErrorRow& row : rows_) {
    out += "| " + std::to_string(row.status) + " | `" + std::string(row.name) + "` | ";
    out += row.reason.empty() ? "–" : "`" + std::string(row.reason) + "`";
    out += " | " + std::string(row.description) + " | " + std::string(row.remedy) + " |\n";
  }
  return out;
}

}  // namespace papi::http
