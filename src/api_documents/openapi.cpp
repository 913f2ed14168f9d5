#include "api_documents/openapi.hpp"

#include <algorithm>

#include "access/permissions.hpp"
#include "access/rate_rules.hpp"
#include "api_documents/openapi_parts.hpp"
#include "api_documents/shapes.hpp"
#include "platform/base/text.hpp"
#include "platform/base/version.hpp"

namespace papi::api_documents {
namespace {

constexpr std::string_view about_routes =
    "Follows TikTok LIVE rooms and delivers their events without loss, and knows who the people in them "
    "are.\n\n"
    "Every GET answers HEAD. A body is `application/json`; unknown fields and query parameters are refused "
    "with "
    "400. Besides the answers that stand at the routes, any request can be answered with 408, 414 and 431 "
    "(too "
    "slow, address too long, headers too large), and an unknown path or method with 404 and 405. "
    "`/asyncapi.json` "
    "describes the messages of the WebSockets.";

struct Tag {
  std::string_view name;
  std::string_view description;
};
constexpr Tag tags[] = {
    {"live", "Sessions: following rooms"},
    {"events", "Events of a session, live and kept"},
    {"engagement", "Figures of a session"},
    {"profiles", "Who people are"},
    {"accounts", "Logging in and one's own account"},
    {"keys", "API keys and stream tokens"},
    {"users", "Users, for admins"},
    {"monitoring", "What an operator looks at"},
    {"health", "Probes"},
    {"documents", "This document, and pages"},
};

json::object reference_to(std::string_view part, std::string_view name) {
  return {{"$ref", "#/components/" + std::string(part) + "/" + std::string(name)}};
}

/// Returns the names of the parameters of a path, in order.
std::vector<std::string> path_parameters(std::string_view path) {
  std::vector<std::string> names;
  for (auto at = path.find('{'); at != std::string_view::npos; at = path.find('{', at + 1))
    names.emplace_back(path.substr(at + 1, path.find('}', at) - at - 1));
  return names;
}

json::object parameter(std::string_view name, std::string_view in, const json::object& described) {
  json::object out{{"name", name}, {"in", in}};
  if (in == "path") out["required"] = true;
  for (const auto& member : described) {
    if (member.key() != "in") out[member.key()] = member.value();
  }
  return out;
}

json::array parameters_of(const http::Route& route, const Operation& operation) {
  const json::object& described = object_of(operation.description, "parameters");
  json::array out;
  for (const std::string& name : path_parameters(route.path))
    out.push_back(parameter(name, "path", object_of(described, name)));
  for (const std::string& name : route.query)
    out.push_back(parameter(name, "query", object_of(described, name)));
  for (const auto& member : described) {
    if (text_of(member.value().as_object(), "in") == "header")
      out.push_back(parameter(member.key(), "header", member.value().as_object()));
  }
  return out;
}

json::array security_of(const http::Route& route) {
  json::array out;
  if (route.permission == Permission::none && !route.optional_auth) return out;
  if (route.permission == Permission::none) out.push_back(json::object());
  std::vector<std::string_view> names = {"api_key", "bearer"};
  if (route.scoped_credentials) names.emplace_back("stream_token");
  if (route.websocket || route.query_credentials) {
    names.insert(names.end(), {"query_api_key", "query_token", "query_ticket"});
  }
  for (const std::string_view name : names) out.push_back(json::object{{name, json::array()}});
  return out;
}

/// The headers of an answer of the route.
json::object headers_of(const http::Route& route, const json::object& answer) {
  json::object out;
  for (const std::string_view name : common_headers) out[name] = reference_to("headers", name);
  if (route.rate != http::RateRule::none) {
    for (const std::string_view name : rate_headers) out[name] = reference_to("headers", name);
  }
  if (const json::value* more = answer.if_contains("headers")) {
    for (const json::value& name : more->as_array())
      out[name.as_string()] = reference_to("headers", name.as_string());
  }
  return out;
}

json::object responses_of(const http::Route& route, const Operation& operation) {
  json::object out;
  const json::object& answers = object_of(operation.description, "answers");
  for (const auto& member : answers) {
    const json::object& answer = member.value().as_object();
    json::object response{{"description", answer.at("description")}, {"headers", headers_of(route, answer)}};
    if (const json::value* content = answer.if_contains("content")) response["content"] = *content;
    out[member.key()] = std::move(response);
  }
  const json::object& sentences = object_of(operation.description, "errors");
  for (const unsigned status : error_statuses(route, operation)) {
    const std::string text = std::to_string(status);
    if (answers.contains(text)) continue;
    json::object response = reference_to("responses", "Error" + text);
    if (const json::value* sentence = sentences.if_contains(text)) response["description"] = *sentence;
    out[text] = std::move(response);
  }
  return out;
}

json::object request_of(const json::object& request) {
  json::object content{{"schema", request.at("schema")}, {"example", request.at("example")}};
  return {{"required", request.at("required")}, {"content", {{"application/json", std::move(content)}}}};
}

json::object operation_of(const http::Route& route, const Operation& operation) {
  const json::object& described = operation.description;
  json::object out{{"operationId", operation.id},
                   {"summary", route.summary},
                   {"description", described.at("description")},
                   {"tags", described.at("tags")}};
  out["security"] = security_of(route);
  if (json::array parameters = parameters_of(route, operation); !parameters.empty())
    out["parameters"] = std::move(parameters);
  if (const json::object& request = object_of(described, "request"); !request.empty())
    out["requestBody"] = request_of(request);
  out["responses"] = responses_of(route, operation);
  out["x-permission"] = permission::name_of(route.permission);
  out["x-rate-limit"] = rate_rule::name_of(route.rate);
  if (route.websocket) out["x-websocket"] = true;
  return out;
}

}  // namespace

std::set<unsigned> error_statuses(const http::Route& route, const Operation& operation) {
  std::set<unsigned> statuses = {400, 500, 503};
  const bool known_callers = route.permission != Permission::none || route.optional_auth;
  if (known_callers) statuses.insert(401);
  if (route.permission != Permission::none && route.permission != Permission::authenticated)
    statuses.insert(403);
  if (object_of(operation.description, "request").contains("schema")) statuses.insert({413, 415});
  if (known_callers || route.rate != http::RateRule::none) statuses.insert(429);
  for (const auto& member : object_of(operation.description, "errors")) {
    if (const auto status = parse_uint(member.key())) statuses.insert(static_cast<unsigned>(*status));
  }
  return statuses;
}

json::object openapi(const std::vector<http::Route>& routes, const http::ErrorTable& errors) {
  const auto operations = read_operations();
  json::object paths;
  for (const http::Route& route : routes) {
    const auto found = operations.find(key_of(route));
    if (found == operations.end()) continue;
    json::value& path = paths.emplace(route.path, json::object()).first->value();
    path.as_object()[to_lower_ascii(http::to_string(route.method))] = operation_of(route, found->second);
  }
  json::array listed;
  for (const Tag& tag : tags) listed.push_back({{"name", tag.name}, {"description", tag.description}});
  json::object document{{"openapi", "3.1.0"}};
  document["info"] = {{"title", "Profile & Engagement API"},
                      {"version", version},
                      {"description", about_routes},
                      {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}};
  document["servers"] = {
      {{"url", "."},
       {"description", "The service that this document comes from, local or in production"},
       {"x-internal", false}}};
  document["tags"] = std::move(listed);
  json::value described = std::move(paths);
  refer_to_components(described);
  json::object components = used_components(known_components(errors), described);
  document["paths"] = std::move(described);
  document["components"] = std::move(components);
  return document;
}

}  // namespace papi::api_documents
