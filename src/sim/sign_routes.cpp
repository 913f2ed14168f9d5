// The sign server (docs/webcast-protocol.md §2).

#include <boost/json/parse.hpp>

#include "platform/base/random.hpp"
#include "sim/routes.hpp"

namespace papi::sim {
namespace {

using http::Exchange;
using http::Response;

constexpr std::string_view socket_path = "/webcast/im/ws_proxy/ws_reuse_supplement/";

void add_trace_headers(Response& response) {
  response.headers.emplace_back("x-request-id", random_hex(8));
  response.headers.emplace_back("x-agent-id", "sim");
  response.headers.emplace_back("x-log-code", "0");
}

/// The messages have at least 19 characters, because the npm client draws a box around them and fails on
/// shorter ones (docs/webcast-protocol.md §2.4).
Response sign_error(unsigned status, std::string_view message) {
  Response response = json_answer({{"code", status}, {"message", message}}, status);
  add_trace_headers(response);
  return response;
}

Response too_many(const Room& room) {
  return json_answer(
      {{"code", 429},
       {"message", "Too many connections started for room of " + room.user() + ", try again later."},
       {"limit_label", "rate_limit_account_minute"}},
      429);
}

Response rate_limited(const Simulator& simulator, const Room& room, std::chrono::seconds wait) {
  Response response = too_many(room);
  const std::string reset = std::to_string(simulator.clock().now_ms() / 1000 + wait.count());
  response.headers.emplace_back("Retry-After", std::to_string(wait.count()));
  response.headers.emplace_back("X-RateLimit-Reset", reset);
  response.headers.emplace_back("RateLimit-Remaining", std::to_string(wait.count()));
  response.headers.emplace_back("RateLimit-Reset", reset);
  response.headers.emplace_back("x-log-id", random_hex(8));
  add_trace_headers(response);
  return response;
}

/// Returns the same refusal with the wait in one header only.
Response rate_limited_by(const Room& room, std::string_view header, std::string value) {
  Response response = too_many(room);
  response.headers.emplace_back(header, std::move(value));
  add_trace_headers(response);
  return response;
}

/// Returns the answer of a simulated fault that is set, or nullopt.
std::optional<Response> failure(const Simulator& simulator, Room& room, const http::Request& request) {
  Faults& faults = room.faults();
  const UnixMs reset = simulator.clock().now_ms() + std::chrono::milliseconds(faults.retry_after()).count();
  if (faults.take(Fault::sign_429_date)) return rate_limited_by(room, "Retry-After", http_date(reset));
  if (faults.take(Fault::sign_429_ms))
    return rate_limited_by(room, "X-RateLimit-Reset", std::to_string(reset));
  if (faults.take(Fault::sign_json)) {
    Response response = sign_error(403, "This endpoint is not part of your plan.");
    response.status = 200;
    return response;
  }
  if (faults.take(Fault::sign_echo)) {
    return sign_error(403, "The key " + std::string(request.header("x-api-key")) + " may not sign.");
  }
  if (faults.take(Fault::sign_429)) return rate_limited(simulator, room, faults.retry_after());
  if (faults.take(Fault::sign_402))
    return sign_error(402, "This feature needs a paid plan of the sign server.");
  if (faults.take(Fault::sign_403)) return sign_error(403, "This endpoint is not part of your plan.");
  if (faults.take(Fault::sign_500))
    return sign_error(500, "Empty response payload received! (Internal Code: 200)");
  if (faults.take(Fault::sign_504)) return sign_error(504, "The upstream did not answer in time.");
  if (faults.take(Fault::sign_empty)) {
    Response response;
    response.content_type = "application/protobuf";
    response.headers.emplace_back("x-set-tt-cookie", "ttwid=1%7Cempty");
    add_trace_headers(response);
    return response;
  }
  return std::nullopt;
}

Result<Response> fetch_result(Simulator& simulator, Exchange& exchange, Room* room) {
  simulator.last_sign_user_agent = exchange.request.header("user-agent");
  simulator.last_sign_had_key = !exchange.request.header("x-api-key").empty();
  if (!room) return sign_error(500, "Empty response payload received! (Internal Code: 200)");
  if (auto failed = failure(simulator, *room, exchange.request)) return std::move(*failed);
  const SignedAddress* address = nullptr;
  Response response(signed_result(simulator, *room, exchange.request, address).SerializeAsString());
  response.content_type = "application/protobuf";
  if (!room->faults().take(Fault::sign_no_cookie)) {
    response.headers.emplace_back("x-set-tt-cookie",
                                  "ttwid=" + address->ttwid + "; msToken=" + random_hex(24));
    ++room->counters().signs;
    simulator.note_signature(*room);
  }
  response.headers.emplace_back("x-room-id", std::to_string(room->room_id()));
  add_trace_headers(response);
  return response;
}

Task<Result<Response>> fetch_result_in_time(Simulator& simulator, Exchange& exchange, Room* room) {
  if (room && room->faults().take(Fault::sign_timeout)) {
    co_await simulator.pause(exchange.executor, std::chrono::seconds(60));
    co_return sign_error(504, "The upstream did not answer in time.");
  }
  co_return fetch_result(simulator, exchange, room);
}

/// If `room_id` is 0, `unique_id` names the room.
Room* room_of(Simulator& simulator, const http::Request& request, std::string_view room_id) {
  if (Room* room = simulator.find_room(room_id)) return room;
  return simulator.find_user(query_or(request, "unique_id"));
}

Response look_up(Room* room) {
  const bool found = room && !room->faults().active(Fault::not_found);
  json::object answer{
      {"code", found ? 200 : 404},
      {"message", found ? "The room was found by the simulator." : "No room was found for this name."},
      {"ok", found},
      {"routes_attempted", json::array{"sim"}},
      {"source", "sim"}};
  answer["is_live"] = found && room->status() != 4;
  answer["room_id"] = found ? json::value(std::to_string(room->room_id())) : json::value(nullptr);
  return json_answer(answer, found ? 200 : 404);
}

Response sign_url(const Exchange& exchange) {
  boost::system::error_code ec;
  const std::string_view body = exchange.request.body;
  const json::value wish = json::parse(json::string_view(body.data(), body.size()), ec);
  const json::value* url = !ec && wish.is_object() ? wish.as_object().if_contains("url") : nullptr;
  if (!url || !url->is_string()) return sign_error(400, "The body must be JSON with a url to sign.");
  const json::value* agent = wish.as_object().if_contains("userAgent");
  std::string signed_url(url->as_string().data(), url->as_string().size());
  signed_url += signed_url.find('?') == std::string::npos ? "?" : "&";
  signed_url += "X-Bogus=sim&X-Gnarly=sim&msToken=sim";
  json::object response{{"signedUrl", signed_url},
                        {"userAgent", agent ? *agent : json::value("webcast-sim")},
                        {"browserName", "Mozilla"},
                        {"browserVersion", "5.0"},
                        {"tokens", {{"X-Bogus", "sim"}, {"X-Gnarly", "sim"}, {"msToken", "sim"}}},
                        {"requestHeaders", json::object()},
                        {"cookies", ""}};
  return json_answer(
      {{"code", 200}, {"message", "The address was signed."}, {"response", std::move(response)}});
}

Response rate_limits(const Simulator& simulator) {
  const std::int64_t reset = simulator.clock().now_ms() / 1000 + 60;
  const json::object window{{"max", 1000}, {"remaining", 999}, {"reset_at", reset}};
  return json_answer({{"code", 200}, {"day", window}, {"hour", window}, {"minute", window}});
}

}  // namespace

webcast::FetchResult signed_result(Simulator& simulator, Room& room, const http::Request& request,
                                   const SignedAddress*& address) {
  if (room.counters().signs == 0) room.set_picture_base(simulator.web_base(request));
  std::uint64_t position = 0;
  webcast::FetchResult result = room.first_result(query_or(request, "cursor"), position);
  address = &simulator.sign(room, query_or(request, "user_agent"), position);
  result.set_push_server((request.secure ? "wss://" : "ws://") + simulator.host_of(request) +
                         std::string(socket_path));
  auto& params = *result.mutable_route_params();
  params["wrss"] = address->token;
  params["imprp"] = "sim" + address->token.substr(0, 8);
  return result;
}

void add_sign_routes(RouteList& routes, Simulator& simulator) {
  using http::DirectHandler;
  using http::Method;
  using http::TaskHandler;
  add_both(routes, Method::get, "/webcast/rooms/{id}/connect", "Fetch result of a room",
           TaskHandler([&](Exchange& exchange) {
             return fetch_result_in_time(simulator, exchange,
                                         room_of(simulator, exchange.request, exchange.params.values[0]));
           }));
  add_both(routes, Method::get, "/webcast/anchors/{name}/connect", "Fetch result by name",
           TaskHandler([&](Exchange& exchange) {
             return fetch_result_in_time(simulator, exchange, simulator.find_user(exchange.params.values[0]));
           }));
  add_both(routes, Method::get, "/webcast/fetch", "Fetch result, as older clients ask",
           TaskHandler([&](Exchange& exchange) {
             return fetch_result_in_time(
                 simulator, exchange,
                 room_of(simulator, exchange.request, query_or(exchange.request, "room_id")));
           }));
  add_both(routes, Method::get, "/webcast/anchors/{name}/room_id", "Name to room",
           DirectHandler([&](Exchange& exchange) -> Result<Response> {
             return look_up(simulator.find_user(exchange.params.values[0]));
           }));
  add_both(routes, Method::get, "/webcast/room_id", "Name to room, as older clients ask",
           DirectHandler([&](Exchange& exchange) -> Result<Response> {
             return look_up(simulator.find_user(query_or(exchange.request, "unique_id")));
           }));
  for (const char* path : {"/tiktok/sign_url", "/webcast/sign_url"}) {
    add_both(routes, Method::post, path, "Sign an address",
             DirectHandler([](Exchange& exchange) -> Result<Response> { return sign_url(exchange); }));
  }
  for (const char* path : {"/webcast/rate_limits", "/accounts/me/rate_limits"}) {
    add_both(routes, Method::get, path, "Limits of the key",
             DirectHandler([&](Exchange&) -> Result<Response> { return rate_limits(simulator); }));
  }
}

}  // namespace papi::sim
