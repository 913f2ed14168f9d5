#include "events/event_routes.hpp"

#include <algorithm>

#include "access/permissions.hpp"
#include "events/filter_query.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/base/text.hpp"
#include "platform/http/accept.hpp"
#include "platform/http/json_body.hpp"

namespace papi::events {
namespace {

using http::Exchange;
using http::Response;

constexpr std::int64_t default_page = 100;
constexpr std::int64_t max_page = 1'000;

Result<EventQuery> read_query(const Exchange& exchange) {
  http::QueryReader parameters(exchange.request);
  EventQuery query;
  query.filter = read_filter(parameters);
  query.after = Offset(static_cast<std::uint64_t>(
      parameters.integer("after", 0, 0, std::numeric_limits<std::int64_t>::max())));
  query.limit = static_cast<std::size_t>(parameters.integer("limit", default_page, 1, max_page));
  query.since = parameters.time("since", 0);
  query.until = parameters.time("until", std::numeric_limits<UnixMs>::max());
  if (parameters.text("follow").value_or("0") != "0")
    parameters.reject("follow", "is for streams: send Accept: application/x-ndjson");
  if (auto fault = parameters.fault()) return std::move(*fault);
  if (auto refusal = narrow_filter(query.filter, exchange.caller)) return std::move(*refusal);
  return query;
}

std::string page_json(const EventPage& page, const std::string& epoch) {
  std::string json = "{\"events\":[";
  for (const EventPtr& event : page.events) {
    if (json.back() != '[') json += ',';
    json += event->json();
  }
  json += "],\"next_after\":";
  append_number(json, page.next_after.value());
  json += ",\"more\":";
  json += page.more ? "true" : "false";
  json += ",\"epoch\":\"" + epoch + "\"}";
  return json;
}

Task<Result<Response>> get_events(const SubscriptionDependencies& deps, const SubscriberPolicy& policy,
                                  Exchange& exchange) {
  if (http::asks_for(exchange.request, "application/x-ndjson", "application/json"))
    co_return co_await ndjson_events(deps, policy, exchange);
  CO_TRY(EventQuery query, read_query(exchange));
  const auto session = co_await deps.sessions.position(exchange.params.values[0], Viewer(exchange.caller));
  if (!session) co_return Error(ErrorCode::not_found, "There is no session of that id");
  const std::string epoch = exchange.request.query_value("epoch").value_or(session->epoch);
  if (epoch != session->epoch) co_return invalid("epoch", "the session's log has another epoch now");
  query.session_key = session->key;
  query.up_to = session->last_offset;
  query.caller = exchange.quota_key();
  CO_TRY(const EventPage page, co_await deps.store.read(exchange.executor, std::move(query)));
  co_return Response(page_json(page, session->epoch));
}

}  // namespace

bool is_session_id(std::string_view text) {
  if (text.empty() || text.size() > 128) return false;
  for (char c : text) {
    const bool good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      c == '.' || c == '_' || c == ':' || c == '-';
    if (!good) return false;
  }
  return true;
}

bool is_reserved_session_id(std::string_view id) {
  constexpr std::string_view reserved[] = {".", "..", "stream", "cleanup"};
  return std::find(std::begin(reserved), std::end(reserved), id) != std::end(reserved);
}

Result<SubscriptionRequest> read_feed_request(Exchange& exchange) {
  const http::Request& request = exchange.request;
  SubscriptionRequest subscription;
  subscription.session_id = exchange.params.values[0];
  subscription.viewer = Viewer(exchange.caller);
  if (!is_session_id(subscription.session_id))
    return Error(ErrorCode::not_found, "There is no session of that id");
  http::QueryReader parameters(request);
  subscription.filter = read_filter(parameters);
  if (parameters.text("after")) {
    subscription.after = Offset(static_cast<std::uint64_t>(
        parameters.integer("after", 0, 0, std::numeric_limits<std::int64_t>::max())));
  }
  subscription.epoch = parameters.text("epoch").value_or("");
  if (auto fault = parameters.fault()) return std::move(*fault);
  if (auto refusal = narrow_filter(subscription.filter, exchange.caller)) return std::move(*refusal);
  subscription.credential = exchange.caller.credential;
  subscription.guard = take_session_guard(exchange);
  return subscription;
}

std::string welcome(const std::string& session_id, const SubscriptionStart& start,
                    std::chrono::seconds keepalive) {
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("type", "connected");
  out.field("session_id", session_id);
  out.field("epoch", start.epoch);
  out.field("offset", start.offset.value());
  out.field("recovered", start.recovered);
  out.field("keepalive_seconds", keepalive.count());
  out.close();
  return json;
}

std::vector<http::Route> event_routes(const SubscriptionDependencies& deps, const SubscriberPolicy& policy) {
  using http::Method;
  std::vector<http::Route> routes;
  http::TaskHandler events = [deps, policy](Exchange& exchange) {
    return get_events(deps, policy, exchange);
  };
  routes.push_back({.method = Method::get,
                    .path = "/sessions/{id}/events",
                    .permission = permission::read,
                    .summary = "Kept events by page; all of them as NDJSON",
                    .handler = std::move(events),
                    .session_scoped = true,
                    .scoped_credentials = true,
                    .long_lived = true,
                    .query = filter_query({"after", "limit", "since", "until", "epoch", "follow"})});
  routes.push_back(event_stream_route(deps, policy));
  routes.push_back(event_socket_route(deps, policy));
  return routes;
}

}  // namespace papi::events
