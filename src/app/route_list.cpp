#include "app/route_list.hpp"

#include "access/permissions.hpp"
#include "access/rate_rules.hpp"
#include "platform/base/json_writer.hpp"

namespace papi::app {
namespace {

std::string query_of(const http::Route& route) {
  std::string names;
  for (const std::string& name : route.query) names += (names.empty() ? "`" : " `") + name + "`";
  return names;
}

}  // namespace

std::string routes_as_json(const std::vector<http::Route>& routes) {
  std::string json = "[";
  for (const http::Route& route : routes) {
    if (json.size() > 1) json += ',';
    json += "\n  ";
    JsonWriter out(json);
    out.open();
    out.field("method", to_string(route.method));
    out.field("path", route.path);
    out.field("permission", permission::name_of(route.permission));
    out.field("rate_limit", rate_rule::name_of(route.rate));
    out.field("websocket", route.websocket);
    out.field("query_credentials", route.websocket || route.query_credentials);
    out.field("optional_auth", route.permission != Permission::none || route.optional_auth);
    out.field("session_scoped", route.session_scoped);
    out.field("scoped_credentials", route.scoped_credentials);
    out.field("long_lived", route.long_lived);
    out.texts_field("query", route.query);
    out.field("summary", route.summary);
    out.close();
  }
  return json + "\n]\n";
}

std::string routes_as_markdown(const std::vector<http::Route>& routes) {
  std::string out = "| route | permission | rate limit | query | answer |\n| --- | --- | --- | --- | --- |\n";
  for (const http::Route& route : routes) {
    const bool anybody = route.permission == Permission::none;
    out += "| " + std::string(route.websocket ? "WS" : to_string(route.method)) + " `" + route.path + "` | " +
           std::string(anybody ? "–" : permission::name_of(route.permission)) + " | " +
           std::string(route.rate == http::RateRule::none ? "–" : rate_rule::name_of(route.rate)) + " | " +
           query_of(route) + " | " + route.summary + " |\n";
  }
  return out;
}

}  // namespace papi::app
