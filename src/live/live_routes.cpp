#include "live/live_routes.hpp"

#include "access/permissions.hpp"
#include "access/rate_rules.hpp"
#include "events/event_routes.hpp"
#include "live/error_codes.hpp"
#include "live/session_json.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/http/json_body.hpp"
#include "platform/http/query_reader.hpp"

namespace papi::live {
namespace {

using http::Exchange;
using http::Response;

constexpr std::string_view session_id_rule = "1 to 128 letters, digits, '.', '_', ':' and '-'";

std::string message_of(const SessionView& session) {
  const std::string who = session.username.empty() ? "room " + std::to_string(session.room.room_id.value())
                                                   : "@" + session.username;
  switch (session.room.state) {
    case RoomState::connected:
      return "Connected to " + who;
    case RoomState::waiting:
      return who + " is not live yet; the session waits and will follow";
    default:
      return "Connection to " + who + " is being re-established";
  }
}

Result<ConnectRequest> read_connect(const Exchange& exchange) {
  http::JsonBody body(exchange.request);
  ConnectRequest connect;
  connect.viewer = events::Viewer(exchange.caller);
  const auto session_id = body.string("session_id", true);
  const auto username = body.string("username");
  const auto room_id = body.string_or_number("room_id");
  connect.wait_until_live = body.boolean("wait_until_live").value_or(false);
  connect.replace = body.boolean("replace").value_or(false);
  if (session_id && !events::is_session_id(*session_id)) {
    body.reject("session_id", session_id_rule);
  } else if (session_id && events::is_reserved_session_id(*session_id)) {
    body.reject("session_id", "'" + *session_id + "' is part of addresses of the service; choose another id");
  }
  if (session_id) connect.session_id = *session_id;
  if (username && room_id) {
    body.reject("room_id", "give username or room_id, not both");
  } else if (username || room_id) {
    auto reference =
        username ? RoomReference::parse_username(*username) : RoomReference::parse_room_id(*room_id);
    if (reference) {
      connect.reference = std::move(*reference);
    } else {
      const std::string field = username ? "username" : "room_id";
      body.reject(field, reference.error().details().faults.at(0).message);
    }
  } else {
    body.reject_missing("username", "room_id");
  }
  if (auto fault = body.fault()) return *fault;
  return connect;
}

/// Completes an error for the caller. For a silent room it becomes the restriction that explains it. For an
/// offline room the remedy is added.
Task<Error> explained(RoomLookup& lookup, Executor executor, Error error, RoomReference reference,
                      bool waits) {
  if (error.code == ErrorCode::upstream_timeout) {
    auto restriction = co_await lookup.restriction(executor, std::move(reference));
    if (restriction) co_return std::move(*restriction);
  }
  if (error.code == codes::user_offline && !waits)
    error.message += "; send \"wait_until_live\": true to follow as soon as the next stream begins";
  co_return error;
}

/// Charges a request to /connect. It is free if the session already runs, so that a program may repeat it.
Task<std::optional<Error>> charge_connect(LiveService& service, Exchange& exchange, ConnectRequest request) {
  const bool runs = co_await run_on(service.executor(), service.runs(std::move(request)));
  co_return runs ? std::nullopt : exchange.charge(rate_rule::connect);
}

Task<Result<Response>> post_connect(LiveService& service, RoomLookup& lookup, Exchange& exchange) {
  Result<ConnectRequest> read = read_connect(exchange);
  if (!read) {
    // A malformed request must not use up one of the few connects.
    if (auto refused = exchange.charge(rate_rule::api)) co_return *refused;
    co_return read.error();
  }
  ConnectRequest request = std::move(*read);
  if (auto refused = co_await charge_connect(service, exchange, request)) co_return *refused;
  CO_TRY(request.reference, co_await lookup.resolve(exchange.executor, request.reference));
  const RoomReference reference = request.reference;
  const bool waits = request.wait_until_live;
  auto connected = co_await run_on(service.executor(), service.connect(std::move(request)));
  if (!connected) {
    const Error failure = connected.error();
    Error answer = co_await explained(lookup, exchange.executor, failure, reference, waits);
    co_return answer;
  }
  const SessionView& session = *connected;
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("status", "success");
  out.field("session_id", session.id);
  out.field("username", session.username);
  out.field("message", message_of(session));
  out.id_field("room_id", session.room.room_id.value());
  out.field("state", to_string(session.room.state));
  out.field("epoch", session.epoch);
  if (!session.room.reason.empty()) out.field("reason", session.room.reason);
  write_room(out, session.room.facts);
  out.close();
  co_return Response(std::move(json));
}

Task<Result<Response>> post_disconnect(LiveService& service, Exchange& exchange) {
  http::JsonBody body(exchange.request);
  const auto session_id = body.string("session_id", true);
  if (session_id && !events::is_session_id(*session_id)) body.reject("session_id", session_id_rule);
  if (auto fault = body.fault()) co_return *fault;
  const events::Viewer viewer(exchange.caller);
  CO_TRY(const bool was_running,
         co_await run_on(service.executor(), service.disconnect(*session_id, viewer)));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("status", was_running ? "success" : "warning");
  out.field("session_id", *session_id);
  out.field("message", was_running ? "Disconnected" : "There is no running session of that id");
  out.close();
  co_return Response(std::move(json));
}

Task<Result<Response>> get_sessions(LiveService& service, Exchange& exchange) {
  const auto now = co_await run_on(service.executor(), service.overview(events::Viewer(exchange.caller)));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.open_array("sessions");
  for (const SessionView& session : now.sessions) {
    out.open();
    write_session(out, session);
    out.close();
  }
  out.close_array();
  out.field("total", now.sessions.size());
  out.open("sign_budget");
  out.field("per_minute", now.sign_budget.per_minute);
  out.field("left", now.sign_budget.left);
  out.field("resets_in_seconds", now.sign_budget.resets_in.count());
  out.close();
  out.close();
  co_return Response(std::move(json));
}

Task<Result<Response>> get_session(LiveService& service, Exchange& exchange) {
  const events::Viewer viewer(exchange.caller);
  const auto session = co_await run_on(service.executor(), service.find(exchange.params.values[0], viewer));
  if (!session) co_return Error(ErrorCode::not_found, "There is no session of that id");
  std::string json;
  JsonWriter out(json);
  out.open();
  write_session(out, *session);
  out.close();
  co_return Response(std::move(json));
}

Task<Result<Response>> get_readers(LiveService& service, events::OpenReaders& open, Exchange& exchange) {
  const std::string& id = exchange.params.values[0];
  CO_TRY(events::SessionAccessPtr access,
         co_await run_on(service.executor(),
                         service.access_of_managed(id, events::Viewer(exchange.caller), "see who reads it")));
  const auto readers = co_await open.of(id, std::move(access));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("session_id", id);
  out.open_array("readers");
  for (const events::ReaderView& reader : readers) {
    out.open();
    out.field("name", reader.viewer.name());
    out.field("transport", reader.transport);
    out.field("offset", reader.offset.value());
    out.field("queue_events", reader.queue_events);
    out.field("queue_bytes", reader.queue_bytes);
    out.field("connected_at", rfc3339(reader.connected_at));
    out.field("credential", reader.credential);
    out.close();
  }
  out.close_array();
  out.field("total", readers.size());
  out.close();
  co_return Response(std::move(json));
}

Task<Result<Response>> delete_session(LiveService& service, Exchange& exchange) {
  const events::Viewer viewer(exchange.caller);
  CO_TRY(const bool was_there,
         co_await run_on(service.executor(), service.remove(exchange.params.values[0], viewer)));
  if (!was_there) co_return Error(ErrorCode::not_found, "There is no session of that id");
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("status", "success");
  out.field("session_id", exchange.params.values[0]);
  out.field("message", "The session and its events are deleted");
  out.field("cleaned_sessions", 1);
  out.close();
  co_return Response(std::move(json));
}

Task<Result<Response>> post_cleanup(LiveService& service, Exchange& exchange) {
  http::QueryReader parameters(exchange.request);
  const std::int64_t seconds = parameters.integer("older_than_seconds", 0, 0, 10'000'000'000);
  if (auto fault = parameters.fault()) co_return std::move(*fault);
  const events::Viewer viewer(exchange.caller);
  CO_TRY(const std::size_t cleaned,
         co_await run_on(service.executor(), service.cleanup(std::chrono::seconds(seconds), viewer)));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("status", "success");
  out.field("cleaned_sessions", cleaned);
  out.close();
  co_return Response(std::move(json));
}

}  // namespace

std::vector<http::Route> live_routes(LiveService& service, events::FanOut& fan_out, RoomLookup& lookup) {
  using http::Method;
  const auto with = [&service](Task<Result<Response>> (*handler)(LiveService&, Exchange&)) {
    return http::TaskHandler([&service, handler](Exchange& exchange) { return handler(service, exchange); });
  };
  std::vector<http::Route> routes;
  http::TaskHandler connect(
      [&service, &lookup](Exchange& exchange) { return post_connect(service, lookup, exchange); });
  routes.push_back({.method = Method::post,
                    .path = "/connect",
                    .permission = permission::connect,
                    .summary = "Follow a live room",
                    .handler = std::move(connect),
                    .rate = rate_rule::connect,
                    .charged_late = true});
  routes.push_back({.method = Method::post,
                    .path = "/disconnect",
                    .permission = permission::connect,
                    .summary = "Stop following",
                    .handler = with(post_disconnect)});
  routes.push_back({.method = Method::get,
                    .path = "/sessions",
                    .permission = permission::read,
                    .summary = "All sessions",
                    .handler = with(get_sessions)});
  routes.push_back({.method = Method::get,
                    .path = "/sessions/{id}",
                    .permission = permission::read,
                    .summary = "One session",
                    .handler = with(get_session),
                    .session_scoped = true,
                    .scoped_credentials = true});
  http::TaskHandler readers(
      [&service, &fan_out](Exchange& exchange) { return get_readers(service, fan_out.readers(), exchange); });
  routes.push_back({.method = Method::get,
                    .path = "/sessions/{id}/readers",
                    .permission = permission::read,
                    .summary = "Who reads a session now",
                    .handler = std::move(readers),
                    .session_scoped = true});
  routes.push_back({.method = Method::del,
                    .path = "/sessions/{id}",
                    .permission = permission::connect,
                    .summary = "Stop a session and delete its events",
                    .handler = with(delete_session),
                    .session_scoped = true});
  routes.push_back({.method = Method::post,
                    .path = "/sessions/cleanup",
                    .permission = permission::connect,
                    .summary = "Delete sessions that no longer run, with their events",
                    .handler = with(post_cleanup),
                    .query = {"older_than_seconds"}});
  for (auto& route : live_socket_routes(service, fan_out)) routes.push_back(std::move(route));
  return routes;
}

}  // namespace papi::live
