#include "api_documents/openapi_parts.hpp"

#include <algorithm>
#include <map>

#include "api_documents/operations.hpp"
#include "api_documents/shapes.hpp"
#include "platform/http/message.hpp"

namespace papi::api_documents {
namespace {

struct HeaderRow {
  std::string_view name;
  std::string_view type;
  std::string_view description;
  std::string_view example;
};
constexpr HeaderRow header_rows[] = {
    {"X-Correlation-ID", "string",
     "The id of the request: the caller's, if it sent one of 1 to 128 of `A-Za-z0-9._-`, else a new one",
     "504199c435292269969debd88b908829"},
    {"Access-Control-Allow-Origin", "string",
     "The origin of the page that asks, if it is in `CORS_ALLOW_ORIGINS`; else absent",
     "https://quiz.example"},
    {"X-RateLimit-Limit", "integer", "Requests in the window; absent if the request was free", "100"},
    {"X-RateLimit-Remaining", "integer", "Requests that are left", "99"},
    {"X-RateLimit-Reset", "integer", "When all are left again, in Unix seconds", "1795746095"},
    {"RateLimit-Policy", "string", "The rule, as draft-ietf-httpapi-ratelimit-headers has it",
     "api;q=100;w=60"},
    {"RateLimit", "string", "What is left of it, as the draft has it", "api;r=99;t=1"},
    {"Retry-After", "integer", "Seconds to wait", "12"},
    {"WWW-Authenticate", "string", "How to authenticate (RFC 9110)", "Bearer"},
    {"ETag", "string", "Names the bytes; send it in `If-None-Match`", "\"e8dad9b4f69276ca\""},
    {"Cache-Control", "string", "How long the answer may be kept (RFC 9111)", "private, max-age=300"},
    {"Content-Disposition", "string", "The name of the file",
     "attachment; filename=\"events-show-2026-11-27.csv\""},
    {"X-Session-Epoch", "string", "The epoch of the event log", "b1d1f9888a9fd617"},
    {"X-Stream-Epoch", "string", "NDJSON: the epoch of the event log", "b1d1f9888a9fd617"},
    {"X-Stream-Offset", "string", "NDJSON: the first event has a larger offset", "81"},
    {"X-Stream-Recovered", "string", "NDJSON: `true` if nothing behind `after` is missing", "true"},
};

json::object headers() {
  json::object out;
  for (const HeaderRow& row : header_rows) {
    json::object schema{{"type", row.type}};
    json::value example = json::string(row.example);
    if (row.type == "integer") {
      schema["format"] = "int64";
      example = std::stoll(std::string(row.example));
    }
    out[row.name] = {{"description", row.description}, {"schema", std::move(schema)}, {"example", example}};
  }
  return out;
}

json::object header_references(unsigned status) {
  json::object out;
  const auto add = [&out](std::string_view name) {
    out[name] = {{"$ref", "#/components/headers/" + std::string(name)}};
  };
  for (const std::string_view name : common_headers) add(name);
  for (const std::string_view name : rate_headers) add(name);
  if (status == 429 || status == 503) add("Retry-After");
  if (status == 401) add("WWW-Authenticate");
  return out;
}

json::object error_example(const http::ErrorRow& row) {
  json::object out{{"error", row.name}, {"message", row.description}, {"detail", row.description}};
  if (!row.reason.empty()) out["details"] = {{"reason", row.reason}};
  out["correlation_id"] = "504199c435292269969debd88b908829";
  out["timestamp"] = "2026-11-27T02:35:34.716Z";
  out["path"] = "/connect";
  out["type"] = "about:blank";
  out["title"] = http::reason_phrase(row.status);
  out["status"] = row.status;
  out["instance"] = "/connect";
  return out;
}

/// One answer for each status, with the errors that have it.
json::object error_responses(const http::ErrorTable& errors) {
  std::map<unsigned, std::vector<const http::ErrorRow*>> by_status;
  for (const http::ErrorRow& row : errors.rows()) by_status[row.status].push_back(&row);
  json::object out;
  for (const auto& [status, rows] : by_status) {
    std::string description;
    json::object examples;
    for (const http::ErrorRow* row : rows) {
      const std::string name(row->reason.empty() ? row->name : row->reason);
      if (!description.empty()) description += '\n';
      description += "- `" + name + "`: " + std::string(row->description) + " " + std::string(row->remedy);
      examples[name] = {{"value", error_example(*row)}};
    }
    json::object content;
    for (const std::string_view type : {"application/json", "application/problem+json"})
      content[type] = {{"schema", {{"$ref", "#/components/schemas/Error"}}}, {"examples", examples}};
    out["Error" + std::to_string(status)] = {{"description", description},
                                             {"headers", header_references(status)},
                                             {"content", std::move(content)}};
  }
  return out;
}

json::object in_query(std::string_view name, std::string_view description) {
  return {{"type", "apiKey"}, {"in", "query"}, {"name", name}, {"description", description}};
}

json::object security_schemes() {
  json::object out;
  out["api_key"] = {{"type", "apiKey"},
                    {"in", "header"},
                    {"name", "X-API-Key"},
                    {"description", "An API key of `POST /auth/api-keys`. It counts more than a token."}};
  out["bearer"] = {{"type", "http"},
                   {"scheme", "bearer"},
                   {"bearerFormat", "JWT (RFC 7519, RFC 8725)"},
                   {"description", "An access token of `POST /auth/login`."}};
  out["stream_token"] = {{"type", "http"},
                         {"scheme", "bearer"},
                         {"bearerFormat", "st_…"},
                         {"description", "A stream token of `POST /auth/stream-tokens`, for some sessions."}};
  out["query_api_key"] = in_query("api_key", "An API key, where headers cannot be set. A ticket is better.");
  out["query_token"] = in_query("token", "An access token or stream token, where headers cannot be set.");
  out["query_ticket"] = in_query("ticket", "A ticket of `POST /auth/tickets`: 60 seconds, once.");
  return out;
}

/// Copies the component that a reference such as `#/components/headers/ETag` names, and what it refers to.
void take_reference(std::string_view to, const json::object& known, json::object& used);

void take_used(const json::value& value, const json::object& known, json::object& used) {
  if (const auto* array = value.if_array()) {
    for (const json::value& element : *array) take_used(element, known, used);
  }
  const auto* object = value.if_object();
  if (!object) return;
  for (const auto& member : *object) {
    const json::string* text = member.value().if_string();
    if (member.key() == "$ref" && text) take_reference({text->data(), text->size()}, known, used);
    take_used(member.value(), known, used);
    if (member.key() != "security") continue;
    for (const json::value& alternative : member.value().as_array()) {
      for (const auto& scheme : alternative.as_object())
        take_reference("#/components/securitySchemes/" + std::string(scheme.key()), known, used);
    }
  }
}

void take_reference(std::string_view to, const json::object& known, json::object& used) {
  constexpr std::string_view prefix = "#/components/";
  if (!to.starts_with(prefix)) return;
  to.remove_prefix(prefix.size());
  const std::string_view part = to.substr(0, to.find('/'));
  const std::string_view name = to.substr(std::min(to.size(), part.size() + 1));
  const json::value* component = object_of(known, part).if_contains(name);
  json::object& taken = used[part].as_object();
  if (!component || taken.contains(name)) return;
  taken[name] = *component;
  take_used(*component, known, used);
}

}  // namespace

json::object known_components(const http::ErrorTable& errors) {
  return {{"schemas", component_schemas()},
          {"headers", headers()},
          {"responses", error_responses(errors)},
          {"securitySchemes", security_schemes()}};
}

json::object used_components(const json::object& known, const json::value& paths) {
  json::object used = {{"schemas", json::object()},
                       {"headers", json::object()},
                       {"responses", json::object()},
                       {"securitySchemes", json::object()}};
  take_used(paths, known, used);
  return used;
}

}  // namespace papi::api_documents
