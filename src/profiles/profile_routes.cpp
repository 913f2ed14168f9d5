#include "profiles/profile_routes.hpp"

#include <algorithm>

#include "access/permissions.hpp"
#include "access/rate_rules.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/http/json_body.hpp"
#include "platform/http/prefix.hpp"
#include "platform/http/query_reader.hpp"
#include "profiles/picture_routes.hpp"
#include "profiles/profile_picture.hpp"

namespace papi::profiles {
namespace {

using http::Exchange;
using http::Response;

constexpr std::size_t max_revalidated = 100;
constexpr std::size_t max_asked = 100;

Task<Result<EntryPtr>> entry_for(ProfileService& service, const Exchange& exchange) {
  CO_TRY(Username username, Username::parse(exchange.params.values[0]));
  if (EntryPtr entry = service.cached(username)) co_return entry;
  co_return co_await run_on(service.executor(), service.find(std::move(username)));
}

Task<Result<Response>> get_profile(ProfileService& service, Exchange& exchange) {
  CO_TRY(const EntryPtr entry, co_await entry_for(service, exchange));
  Response response;
  const std::string_view prefix = exchange.request.prefix;
  if (prefix.empty()) {
    response.shared_body = std::shared_ptr<const std::string>(entry, &entry->json);
  } else {
    response.body = entry->json_below(prefix);
  }
  co_return response;
}

Task<Result<Response>> get_avatar(ProfileService& service, Exchange& exchange) {
  const auto username = Username::parse(exchange.params.values[0]);
  const bool free = username && service.in_memory(*username);
  if (!free) {
    if (auto refused = exchange.charge(rate_rule::api)) co_return *refused;
  }
  CO_TRY(const EntryPtr entry, co_await entry_for(service, exchange));
  const http::Picture picture = picture_of(entry);
  // A URL with the picture's own hash always means this picture.
  const bool exact = exchange.request.query_value("v") == picture.tag;
  co_return http::picture_response(exchange.request, picture,
                                   exact ? "private, max-age=31536000, immutable" : "private, max-age=300");
}

void write_item(JsonWriter& out, const Profile& profile, const http::Request& request) {
  out.open();
  out.field("username", profile.username);
  out.field("nickname", profile.nickname);
  out.field("avatar_url", http::link_to(request, avatar_path(profile)));
  out.field("source", to_string(profile.source));
  out.field("priority", profile.priority);
  out.field("image_hash", profile.image_hash);
  out.field("cached_at", rfc3339(profile.cached_at));
  out.field("expires_at", rfc3339(profile.expires_at));
  out.close();
}

Result<ProfileQuery> read_query(const http::Request& request) {
  http::QueryReader parameters(request);
  ProfileQuery query;
  const std::int64_t limit = parameters.integer("limit", 50, 1, 500);
  query.limit = static_cast<std::size_t>(limit) + 1;  // one more, to see whether there is another page
  query.after = parameters.text("cursor").value_or("");
  if (const auto name = parameters.text("source")) {
    query.source = parse_source(*name);
    if (!query.source) parameters.reject("source", "must be live, scraper, generator or initials");
  }
  if (auto fault = parameters.fault()) return std::move(*fault);
  return query;
}

/// Returns what is wrong with a username.
const std::string& fault_of(const Error& error) { return error.details().faults.at(0).message; }

/// The names of `usernames=a,b,c`, or an Error that says what is wrong with which.
Result<std::vector<Username>> read_asked(const http::Request& request, std::string_view list) {
  for (const char* other : {"limit", "cursor", "source"}) {
    if (request.query_value(other)) return invalid(other, "cannot be combined with usernames");
  }
  const std::vector<std::string_view> texts = split(list, ',');
  if (texts.size() > max_asked)
    return invalid("usernames", "at most " + std::to_string(max_asked) + " names");
  std::vector<Username> usernames;
  for (const std::string_view text : texts) {
    auto username = Username::parse(trim(text));
    if (!username) {
      return invalid("usernames[" + std::to_string(usernames.size()) + "]", fault_of(username.error()));
    }
    usernames.push_back(std::move(*username));
  }
  return usernames;
}

Task<Result<Response>> get_asked(ProfileService& service, Exchange& exchange, std::string list) {
  CO_TRY(std::vector<Username> usernames, read_asked(exchange.request, list));
  CO_TRY(const std::vector<EntryPtr> entries,
         co_await run_on(service.executor(), service.find_all(std::move(usernames))));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.open_array("items");
  for (const EntryPtr& entry : entries) write_item(out, entry->profile, exchange.request);
  out.close_array();
  out.raw_field("next_cursor", "null");
  out.close();
  co_return Response(std::move(json));
}

Task<Result<Response>> get_profiles(ProfileService& service, Exchange& exchange) {
  if (auto list = exchange.request.query_value("usernames"))
    co_return co_await get_asked(service, exchange, std::move(*list));
  CO_TRY(ProfileQuery query, read_query(exchange.request));
  const std::size_t limit = query.limit - 1;
  CO_TRY(std::vector<Profile> profiles, co_await service.store().list(exchange.executor, std::move(query)));
  const bool more = profiles.size() > limit;
  if (more) profiles.pop_back();
  std::string json;
  JsonWriter out(json);
  out.open();
  out.open_array("items");
  for (const Profile& profile : profiles) write_item(out, profile, exchange.request);
  out.close_array();
  if (more) {
    out.field("next_cursor", profiles.back().username);
  } else {
    out.raw_field("next_cursor", "null");
  }
  out.close();
  co_return Response(std::move(json));
}

Result<std::vector<Username>> read_usernames(const http::Request& request) {
  http::JsonBody body(request);
  std::vector<Username> usernames;
  const auto texts = body.strings("usernames", 1, max_revalidated);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i]) continue;
    if (auto username = Username::parse(*texts[i])) {
      usernames.push_back(std::move(*username));
    } else {
      body.reject("usernames[" + std::to_string(i) + "]", fault_of(username.error()));
    }
  }
  if (auto fault = body.fault()) return std::move(*fault);
  return usernames;
}

Task<Result<Response>> post_revalidate(ProfileService& service, Exchange& exchange) {
  CO_TRY(std::vector<Username> usernames, read_usernames(exchange.request));
  const auto results = co_await run_on(service.executor(), service.revalidate_all(std::move(usernames)));
  const auto successful =
      std::count_if(results.begin(), results.end(), [](const auto& r) { return r.second; });
  std::string json;
  JsonWriter out(json);
  out.open();
  out.open("results");
  for (const auto& [username, fresh] : results) out.field(username, fresh);
  out.close();
  out.field("total_requested", results.size());
  out.field("successful", successful);
  out.field("failed", static_cast<std::ptrdiff_t>(results.size()) - successful);
  out.close();
  co_return Response(std::move(json));
}

Task<Result<Response>> post_clear_expired(ProfileService& service, Exchange& exchange) {
  if (auto fault = http::JsonBody::unexpected(exchange.request)) co_return *fault;
  CO_TRY(const std::size_t count, co_await run_on(service.executor(), service.clear_expired()));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("status", "success");
  out.field("cleared", count);
  out.close();
  co_return Response(std::move(json));
}

Response render(const ErasureReport& report) {
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("status", "success");
  out.field("username", report.username);
  out.field("profile_deleted", report.of(PersonalData::profile) > 0);
  out.field("events_changed", report.of(PersonalData::events));
  out.close();
  return Response(std::move(json));
}

Task<Result<Response>> delete_profile(const ErasePerson& erase_person, Exchange& exchange) {
  CO_TRY(Username username, Username::parse(exchange.params.values[0]));
  CO_TRY(const ErasureReport report, co_await erase_person.erase(exchange.executor, std::move(username)));
  co_return render(report);
}

}  // namespace

std::vector<http::Route> profile_routes(const ProfileRouteDependencies& deps) {
  ProfileService& service = deps.service;
  using http::Method;
  const auto with = [&service](Task<Result<Response>> (*handler)(ProfileService&, Exchange&)) {
    return http::TaskHandler([&service, handler](Exchange& exchange) { return handler(service, exchange); });
  };
  std::vector<http::Route> routes;
  routes.push_back({.method = Method::get,
                    .path = "/profile/{username}",
                    .permission = permission::read,
                    .summary = "Who a person is, with a picture",
                    .handler = with(get_profile)});
  routes.push_back({.method = Method::get,
                    .path = "/profile/{username}/avatar",
                    .permission = permission::read,
                    .summary = "The picture itself",
                    .handler = with(get_avatar),
                    .query_credentials = true,
                    .charged_late = true,
                    .query = {"v"}});
  routes.push_back({.method = Method::get,
                    .path = "/profiles",
                    .permission = permission::read,
                    .summary = "Known profiles by page, or those of ?usernames=",
                    .handler = with(get_profiles),
                    .query = {"limit", "cursor", "source", "usernames"}});
  routes.push_back({.method = Method::post,
                    .path = "/profiles/revalidate",
                    .permission = permission::write,
                    .summary = "Ask the sources again now",
                    .handler = with(post_revalidate)});
  routes.push_back({.method = Method::post,
                    .path = "/cache/clear-expired",
                    .permission = permission::admin,
                    .summary = "Delete profiles that have expired",
                    .handler = with(post_clear_expired),
                    .rate = rate_rule::strict});
  http::TaskHandler erase = [&person = deps.erase_person](Exchange& exchange) {
    return delete_profile(person, exchange);
  };
  routes.push_back({.method = Method::del,
                    .path = "/profile/{username}",
                    .permission = permission::admin,
                    .summary = "Erase a person",
                    .handler = std::move(erase),
                    .rate = rate_rule::strict});
  routes.push_back(picture_route({deps.keys, deps.people, service}));
  return routes;
}

}  // namespace papi::profiles
