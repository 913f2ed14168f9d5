#include "api_documents/reference.hpp"

#include <algorithm>

#include "access/permissions.hpp"
#include "access/rate_rules.hpp"
#include "api_documents/json_text.hpp"
#include "api_documents/openapi.hpp"

namespace papi::api_documents {
namespace {

/// A vertical bar would end the cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string alternatives(const json::array& values) {
  std::string out;
  for (const json::value& value : values) out += (out.empty() ? "`" : ", `") + json_text(value) + "`";
  return out;
}

/// What a value may be, in a few words.
std::string form_of(const json::object& schema) {
  if (const json::value* values = schema.if_contains("enum")) return alternatives(values->as_array());
  std::string out(text_of(schema, "type"));
  if (const json::value* either = schema.if_contains("oneOf"); either && out.empty()) {
    for (const json::value& one : either->as_array())
      out += (out.empty() ? "" : " or ") + std::string(text_of(one.as_object(), "type"));
  }
  if (const json::value* low = schema.if_contains("minimum")) out += ", from " + json_text(*low);
  const json::value* high = schema.if_contains("maximum");
  if (high && high->to_number<double>() < 9e18) out += " to " + json_text(*high);
  if (const json::value* fallback = schema.if_contains("default"))
    out += "; " + json_text(*fallback) + " if absent";
  return out;
}

std::string row(std::string_view name, std::string_view where, const json::object& schema,
                std::string_view description) {
  return "| `" + std::string(name) + "` | " + std::string(where) + " | " + cell(form_of(schema)) + " | " +
         cell(description) + " |\n";
}

std::string request_rows(const json::object& schema) {
  std::string out;
  if (const json::value* either = schema.if_contains("oneOf"); either && !schema.contains("properties")) {
    for (const json::value& one : either->as_array()) out += request_rows(one.as_object());
    return out;
  }
  const json::value* required = schema.if_contains("required");
  for (const auto& member : object_of(schema, "properties")) {
    const json::object& field = member.value().as_object();
    const bool must = required && std::find(required->as_array().begin(), required->as_array().end(),
                                            json::value(member.key())) != required->as_array().end();
    out += row(member.key(), must ? "body, required" : "body", field, text_of(field, "description"));
  }
  return out;
}

std::string inputs(const http::Route& route, const json::object& described) {
  std::string rows;
  for (const auto& member : object_of(described, "parameters")) {
    const json::object& parameter = member.value().as_object();
    const bool in_path = route.path.find('{' + std::string(member.key()) + '}') != std::string::npos;
    const bool header = text_of(parameter, "in") == "header";
    rows += row(member.key(),
                in_path  ? "path"
                : header ? "header"
                         : "query",
                object_of(parameter, "schema"), text_of(parameter, "description"));
  }
  rows += request_rows(object_of(object_of(described, "request"), "schema"));
  return rows.empty() ? rows : "\n| name | where | value | meaning |\n| --- | --- | --- | --- |\n" + rows;
}

std::string code_block(std::string_view language, std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return "\n```" + std::string(language) + "\n" + text + "\n```\n";
}

/// The first answer, with its example.
std::string answers(const json::object& described) {
  std::string out;
  bool shown = false;
  for (const auto& member : object_of(described, "answers")) {
    const json::object& answer = member.value().as_object();
    out += "\n" + std::string(member.key()) + ": " + std::string(text_of(answer, "description")) + ".\n";
    if (shown) continue;
    for (const auto& content : object_of(answer, "content")) {
      const json::value* example = content.value().as_object().if_contains("example");
      if (!example || shown) continue;
      const bool is_json = content.key() == "application/json";
      out += code_block(is_json ? "json" : "",
                        is_json ? json_text(*example) : std::string(example->as_string()));
      shown = true;
    }
  }
  return out;
}

std::string errors(const http::Route& route, const Operation& operation) {
  const json::object& sentences = object_of(operation.description, "errors");
  std::string numbers, said;
  for (const unsigned status : error_statuses(route, operation)) {
    const std::string text = std::to_string(status);
    if (object_of(operation.description, "answers").contains(text)) continue;
    numbers += (numbers.empty() ? "" : ", ") + text;
    if (sentences.contains(text)) said += "- " + text + ": " + std::string(text_of(sentences, text)) + ".\n";
  }
  return "\nErrors: " + numbers + ".\n" + (said.empty() ? "" : "\n" + said);
}

std::string section(const http::Route& route, const Operation& operation) {
  const json::object& described = operation.description;
  std::string out = "\n### " + std::string(route.websocket ? "WS" : http::to_string(route.method)) + " " +
                    route.path + "\n\n" + std::string(text_of(described, "description")) + "\n";
  out += inputs(route, described);
  const json::object& request = object_of(described, "request");
  if (const json::value* example = request.if_contains("example")) {
    out += "\nA request:\n" + code_block("json", json_text(*example));
  }
  return out + answers(described) + errors(route, operation);
}

}  // namespace

std::string reference(const std::vector<http::Route>& routes) {
  const auto operations = read_operations();
  std::string out;
  for (const http::Route& route : routes) {
    const auto found = operations.find(key_of(route));
    if (found != operations.end()) out += section(route, found->second);
  }
  return out;
}

}  // namespace papi::api_documents
