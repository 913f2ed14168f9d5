#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <set>

#include "api_documents/api_files.hpp"
#include "api_documents/asyncapi.hpp"
#include "api_documents/document_routes.hpp"
#include "api_documents/json_text.hpp"
#include "api_documents/openapi.hpp"
#include "api_documents/reference.hpp"
#include "api_documents/shapes.hpp"
#include "app/application.hpp"
#include "app/error_rows.hpp"
#include "events/close_codes.hpp"
#include "events/event.hpp"
#include "platform/base/clock.hpp"

namespace papi::app {
namespace {

namespace documents = api_documents;

/// The routes of a program with default settings.
std::vector<http::Route> all_routes() {
  const SystemClock clock;
  LogOptions quiet;
  quiet.level = LogLevel::critical;
  Logger log(quiet, clock);
  const Settings settings;
  Application application(settings, log, clock);
  return application.routes();
}

const std::vector<http::Route>& routes() {
  static const std::vector<http::Route> all = all_routes();
  return all;
}

json::object openapi() { return documents::openapi(routes(), http::ErrorTable(error_rows())); }

/// Calls `visit` with the target of every reference.
void each_reference(const json::value& value, const std::function<void(std::string_view)>& visit) {
  if (const auto* array = value.if_array()) {
    for (const json::value& element : *array) each_reference(element, visit);
  }
  if (const auto* object = value.if_object()) {
    if (const auto target = documents::text_of(*object, "$ref"); !target.empty()) visit(target);
    for (const auto& member : *object) each_reference(member.value(), visit);
  }
}

/// Returns the targets of references that the document does not have.
std::set<std::string> dangling(const json::value& document) {
  std::set<std::string> missing;
  each_reference(document, [&](std::string_view target) {
    boost::system::error_code ec;
    const json::value* found = nullptr;
    if (target.starts_with("#/")) found = document.find_pointer(target.substr(1), ec);
    if (!found) missing.emplace(target);
  });
  return missing;
}

}  // namespace

TEST(ApiDocuments, each_route_has_a_description_and_each_description_a_route) {
  ASSERT_GT(routes().size(), 40u);
  const auto operations = documents::read_operations();
  EXPECT_EQ(operations.size(), documents::embedded_operations().size()) << "two files describe one route";
  std::set<std::string> without_file, described;
  for (const http::Route& route : routes()) {
    const auto found = operations.find(documents::key_of(route));
    if (found == operations.end()) {
      without_file.insert(documents::key_of(route));
    } else {
      described.insert(found->second.id);
    }
  }
  EXPECT_EQ(without_file, std::set<std::string>()) << "see api/README.md";
  std::set<std::string> without_route;
  for (const auto& [key, operation] : operations) {
    if (!described.contains(operation.id)) without_route.insert(operation.id);
  }
  EXPECT_EQ(without_route, std::set<std::string>());
}

TEST(ApiDocuments, each_parameter_is_described_and_each_described_one_exists) {
  const auto operations = documents::read_operations();
  for (const http::Route& route : routes()) {
    const auto operation = operations.find(documents::key_of(route));
    if (operation == operations.end()) continue;
    const json::object& described = documents::object_of(operation->second.description, "parameters");
    std::set<std::string> known(route.query.begin(), route.query.end());
    for (const auto& member : described) {
      const std::string name(member.key());
      const json::object& parameter = member.value().as_object();
      const bool in_path = route.path.find('{' + name + '}') != std::string::npos;
      const bool header = documents::text_of(parameter, "in") == "header";
      EXPECT_TRUE(in_path || header || known.contains(name)) << route.path << " does not take " << name;
      EXPECT_FALSE(documents::text_of(parameter, "description").empty()) << route.path << " " << name;
      EXPECT_TRUE(parameter.contains("schema")) << route.path << " " << name;
    }
    for (std::size_t at = route.path.find('{'); at != std::string::npos; at = route.path.find('{', at + 1))
      known.insert(route.path.substr(at + 1, route.path.find('}', at) - at - 1));
    for (const std::string& name : known)
      EXPECT_TRUE(described.contains(name)) << operation->second.id << " does not describe " << name;
  }
}

TEST(ApiDocuments, each_json_body_has_an_example) {
  for (const auto& [key, operation] : documents::read_operations()) {
    const json::object& described = operation.description;
    const json::object& request = documents::object_of(described, "request");
    EXPECT_TRUE(request.empty() || (request.contains("example") && request.contains("schema"))) << key;
    for (const auto& answer : documents::object_of(described, "answers")) {
      const json::object& content = documents::object_of(answer.value().as_object(), "content");
      const json::object& body = documents::object_of(content, "application/json");
      const bool document = documents::text_of(described, "path").ends_with(".json");
      EXPECT_TRUE(body.empty() || document || body.contains("example")) << key;
    }
  }
}

TEST(ApiDocuments, each_event_type_has_a_schema) {
  std::set<std::string> files, types;
  for (const documents::ApiFile& file : documents::embedded_events()) files.emplace(file.name);
  for (std::size_t i = 0; i < events::event_type_count; ++i)
    types.emplace(events::to_string(static_cast<events::EventType>(i)));
  EXPECT_EQ(files, types);
}

TEST(ApiDocuments, titles_are_given_once) {
  EXPECT_EQ(documents::component_schemas().size(),
            documents::embedded_schemas().size() + documents::embedded_events().size());
}

TEST(ApiDocuments, no_reference_leads_nowhere) {
  const std::set<std::string> none;
  EXPECT_EQ(dangling(openapi()), none);
  EXPECT_EQ(dangling(documents::asyncapi(routes())), none);
  EXPECT_EQ(dangling(json::value{{"$ref", "#/components/schemas/"}}).size(), 1u);
}

TEST(ApiDocuments, what_a_route_asks_comes_from_its_row) {
  const json::object document = openapi();
  const json::value paths = document.at("paths");
  const json::object& connect = paths.at("/connect").at("post").as_object();
  EXPECT_EQ(json::serialize(connect.at("security")), R"([{"api_key":[]},{"bearer":[]}])");
  EXPECT_EQ(connect.at("x-permission"), "connect");
  EXPECT_EQ(connect.at("x-rate-limit"), "connect");
  EXPECT_EQ(connect.at("operationId"), "connect_session");
  std::set<std::string> statuses;
  for (const auto& member : connect.at("responses").as_object()) statuses.emplace(member.key());
  EXPECT_EQ(statuses, (std::set<std::string>{"200", "400", "401", "403", "404", "409", "413", "415", "429",
                                             "500", "502", "503"}));
  EXPECT_EQ(json::serialize(paths.at("/livez").at("get").at("security")), "[]");
  EXPECT_EQ(json::serialize(paths.at("/auth/register").at("post").at("security")),
            R"([{},{"api_key":[]},{"bearer":[]}])");
  const std::string socket = json::serialize(paths.at("/ws/events/{id}").at("get").at("security"));
  EXPECT_NE(socket.find(R"({"query_ticket":[]})"), std::string::npos) << socket;
  EXPECT_FALSE(paths.at("/livez").at("get").at("responses").as_object().contains("429"));
}

TEST(ApiDocuments, an_answer_has_the_rate_limit_headers_if_a_limit_counts_it) {
  const json::value paths = openapi().at("paths");
  const auto headers = [&paths](std::string_view path) {
    const json::value& listed = paths.at(path).at("get").at("responses").at("200").at("headers");
    std::string names;
    for (const auto& member : listed.as_object()) names += std::string(member.key()) + " ";
    return names;
  };
  EXPECT_EQ(headers("/livez"), "X-Correlation-ID Access-Control-Allow-Origin ");
  EXPECT_EQ(headers("/sessions"),
            "X-Correlation-ID Access-Control-Allow-Origin X-RateLimit-Limit X-RateLimit-Remaining "
            "X-RateLimit-Reset RateLimit-Policy "
            "RateLimit ");
}

TEST(ApiDocuments, an_error_answer_lists_the_rows_of_the_error_table) {
  const json::value responses = openapi().at("components").at("responses");
  const json::object& examples =
      responses.at("Error502").at("content").at("application/json").at("examples").as_object();
  std::set<std::string> names;
  for (const auto& member : examples) names.emplace(member.key());
  EXPECT_EQ(names, (std::set<std::string>{"blocked", "upstream_error", "upstream_timeout"}));
}

TEST(ApiDocuments, the_events_document_has_each_type_and_each_close_code) {
  const json::object document = documents::asyncapi(routes());
  const json::value& channel = document.at("channels").at("events");
  EXPECT_EQ(channel.at("messages").as_object().size(), events::event_type_count + 1);
  const json::array& codes = channel.at("x-close-codes").as_array();
  ASSERT_EQ(codes.size(), events::close_code_rows().size());
  EXPECT_EQ(codes.back().at("code"), 4029);
  EXPECT_EQ(json::serialize(channel.at("servers")), R"([{"$ref":"#/servers/websocket"}])");
  EXPECT_EQ(document.at("operations").at("receive_comments").at("action"), "receive");
}

TEST(ApiDocuments, a_document_is_sent_once_to_a_caller_that_keeps_it) {
  const auto find = [](std::string_view path) {
    return *std::find_if(routes().begin(), routes().end(), [&](const auto& r) { return r.path == path; });
  };
  for (const char* path : {"/openapi.json", "/asyncapi.json"}) {
    const http::Route route = find(path);
    net::io_context thread;
    const http::Request request;
    http::Exchange exchange(request, thread.get_executor());
    auto first = std::get<http::DirectHandler>(route.handler)(exchange);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->status, 200u);
    EXPECT_GT(first->content().size(), 10'000u);
    http::Request repeated;
    repeated.headers.push_back({"If-None-Match", first->headers.front().second});
    http::Exchange later(repeated, thread.get_executor());
    auto again = std::get<http::DirectHandler>(route.handler)(later);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->status, 304u);
    EXPECT_EQ(again->content(), "");
  }
}

TEST(ApiDocuments, text_for_people_has_short_values_in_one_line) {
  const json::value value = {{"a", 1}, {"b", {1, 2}}};
  EXPECT_EQ(documents::json_text(value), R"({"a": 1, "b": [1, 2]})");
  const json::value longer = {{"a", std::string(120, 'x')}, {"b", json::array()}};
  EXPECT_EQ(documents::json_text(longer), "{\n  \"a\": \"" + std::string(120, 'x') + "\",\n  \"b\": []\n}");
}

TEST(ApiDocuments, the_reference_shows_the_request_and_the_answer_of_a_route) {
  const std::string page = documents::reference(routes());
  const auto from = page.find("### POST /disconnect\n");
  ASSERT_NE(from, std::string::npos);
  const std::string section = page.substr(from, page.find("\n### ", from) - from);
  EXPECT_NE(section.find("| `session_id` | body, required | string | The session |"), std::string::npos);
  EXPECT_NE(section.find("```json\n{\"session_id\": \"show\"}\n```"), std::string::npos);
  EXPECT_NE(section.find("\"message\": \"Disconnected\"}"), std::string::npos);
  EXPECT_NE(section.find("Errors: 400, 401, 403, 413, 415, 429, 500, 503."), std::string::npos);
  EXPECT_NE(page.find("| `room_id` | body | string or integer |"), std::string::npos);
  const std::string probe = page.substr(page.find("### GET /readyz"), 1'500);
  EXPECT_NE(probe.find("\nErrors: 400, 500.\n"), std::string::npos) << "503 is an answer there";
}

}  // namespace papi::app
