#include "api_documents/asyncapi.hpp"

#include <algorithm>

#include "api_documents/api_files.hpp"
#include "api_documents/openapi_parts.hpp"
#include "api_documents/operations.hpp"
#include "api_documents/shapes.hpp"
#include "events/close_codes.hpp"
#include "platform/base/version.hpp"

namespace papi::api_documents {
namespace {

constexpr std::string_view about_messages =
    "The messages of the WebSockets and event streams. All addresses are below the address of the service; "
    "`/openapi.json` describes its other routes, and how to get credentials.\n\n"
    "A reader remembers `offset` and `epoch` of the last event that it has processed, and connects with them "
    "again: then nothing is lost. New event types may come; a reader passes over what it does not know.";

/// A channel of the document, for a route of that path.
struct Channel {
  std::string_view path;
  std::string_view name;
  std::string_view title;
  std::vector<std::string_view> sent;      // by the service; `events/*`: every event type
  std::vector<std::string_view> received;  // by the service
};

std::vector<Channel> known_channels() {
  return {
      {"/ws/events/{id}", "events", "All events of a session", {"schemas/connected_message", "events/*"}, {}},
      {"/sessions/{id}/stream",
       "event_stream",
       "All events of a session, as Server-Sent Events",
       {"schemas/connected_message", "events/*"},
       {}},
      {"/sessions/stream",
       "session_stream",
       "Changes of all sessions of a caller, as Server-Sent Events",
       {"schemas/sessions_connected_message", "events/session", "schemas/session_added_message",
        "schemas/session_removed_message"},
       {}},
      {"/ws/comments/{id}",
       "comments",
       "Comments of a session, for clients of the first version",
       {"schemas/comments_connected_message", "schemas/comment_message", "schemas/pong_message",
        "schemas/status_message", "schemas/comments_fault_message"},
       {"schemas/client_message"}}};
}

/// Returns the names of the shapes, with every event type for `events/*`.
std::vector<std::string> spread(const std::vector<std::string_view>& names) {
  std::vector<std::string> out;
  for (const std::string_view name : names) {
    if (name != "events/*") {
      out.emplace_back(name);
      continue;
    }
    for (const ApiFile& file : embedded_events()) out.push_back("events/" + std::string(file.name));
  }
  return out;
}

json::object refer_to(std::string text) { return {{"$ref", std::move(text)}}; }

json::object message_of(const std::string& shape, const std::string& title, const json::object& schemas) {
  json::array examples;
  for (json::value& example : examples_of(shape))
    examples.push_back(json::object{{"payload", std::move(example)}});
  return {{"name", title},
          {"title", title},
          {"summary", text_of(object_of(schemas, title), "description")},
          {"contentType", "application/json"},
          {"payload", refer_to("#/components/schemas/" + title)},
          {"examples", std::move(examples)}};
}

json::array close_codes() {
  json::array out;
  for (const events::CloseCodeRow& row : events::close_code_rows()) {
    out.push_back({{"code", static_cast<std::int64_t>(row.code)},
                   {"meaning", row.description.substr(0, row.description.find(" ([events.md]"))},
                   {"client", row.client}});
  }
  return out;
}

/// The parameters of the query, which the binding of WebSockets describes as one object.
json::object query_binding(const http::Route& route, const Operation& operation) {
  const json::object& described = object_of(operation.description, "parameters");
  json::object properties;
  for (const std::string& name : route.query) {
    const json::object& parameter = object_of(described, name);
    json::object schema = object_of(parameter, "schema");
    schema["description"] = text_of(parameter, "description");
    properties[name] = std::move(schema);
  }
  for (const std::string_view name : {"api_key", "token", "ticket"})
    properties[name] = {{"type", "string"}, {"description", "The credentials, one of the three"}};
  return {{"ws",
           {{"method", "GET"},
            {"query", {{"type", "object"}, {"properties", std::move(properties)}}},
            {"bindingVersion", "0.1.0"}}}};
}

json::object channel_of(const Channel& channel, const http::Route& route, const Operation& operation) {
  json::object messages;
  for (const auto* names : {&channel.sent, &channel.received}) {
    for (const std::string& shape : spread(*names)) {
      const std::string title = title_of(shape);
      messages[title] = refer_to("#/components/messages/" + title);
    }
  }
  json::object out{{"address", channel.path},
                   {"title", channel.title},
                   {"description", operation.description.at("description")},
                   {"servers", {refer_to(route.websocket ? "#/servers/websocket" : "#/servers/http")}}};
  if (route.path.find("{id}") != std::string::npos)
    out["parameters"] = {{"id", {{"description", "The id of the session"}, {"examples", {"show"}}}}};
  out["messages"] = std::move(messages);
  if (route.websocket) {
    out["bindings"] = query_binding(route, operation);
    out["x-close-codes"] = close_codes();
  }
  return out;
}

json::object messaging(std::string_view action, const Channel& channel,
                       const std::vector<std::string_view>& names) {
  const std::string at = "#/channels/" + std::string(channel.name);
  json::array messages;
  for (const std::string& shape : spread(names))
    messages.push_back(refer_to(at + "/messages/" + title_of(shape)));
  return {{"action", action},
          {"channel", refer_to(at)},
          {"title", channel.title},
          {"messages", std::move(messages)}};
}

}  // namespace

json::object asyncapi(const std::vector<http::Route>& routes) {
  const auto operations_by_route = read_operations();
  const json::object schemas = component_schemas();
  json::object channels, operations, messages;
  for (const Channel& channel : known_channels()) {
    const std::string key = "GET " + std::string(channel.path);
    const auto operation = operations_by_route.find(key);
    const auto route =
        std::find_if(routes.begin(), routes.end(), [&](const auto& r) { return key_of(r) == key; });
    if (operation == operations_by_route.end() || route == routes.end()) continue;
    channels[channel.name] = channel_of(channel, *route, operation->second);
    operations["send_" + std::string(channel.name)] = messaging("send", channel, channel.sent);
    if (!channel.received.empty())
      operations["receive_" + std::string(channel.name)] = messaging("receive", channel, channel.received);
    for (const auto* names : {&channel.sent, &channel.received}) {
      for (const std::string& shape : spread(*names)) {
        const std::string title = title_of(shape);
        messages[title] = message_of(shape, title, schemas);
      }
    }
  }
  json::object components = used_components({{"schemas", schemas}}, messages);
  json::object document{{"asyncapi", "3.0.0"}};
  document["info"] = {
      {"title", "Profile & Engagement API: events"},
      {"version", version},
      {"description", about_messages},
      {"license", {{"name", "Apache-2.0"}, {"url", "https://www.apache.org/licenses/LICENSE-2.0"}}}};
  document["servers"] = {
      {"websocket",
       {{"host", "localhost:8002"}, {"protocol", "ws"}, {"description", "The service; `wss` behind TLS"}}},
      {"http",
       {{"host", "localhost:8002"},
        {"protocol", "http"},
        {"description", "The service; `https` behind TLS"}}}};
  document["defaultContentType"] = "application/json";
  document["channels"] = std::move(channels);
  document["operations"] = std::move(operations);
  document["components"] = {{"messages", std::move(messages)}, {"schemas", components.at("schemas")}};
  return document;
}

}  // namespace papi::api_documents
