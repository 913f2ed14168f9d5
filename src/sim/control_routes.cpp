// /sim/…: the routes with which tests and people inspect the simulator and set simulated faults.

#include "platform/base/text.hpp"
#include "sim/quiz.hpp"
#include "sim/routes.hpp"

namespace papi::sim {
namespace {

using http::Exchange;
using http::Response;

constexpr std::int64_t max_rate = 100'000;

std::string truth_json(const Simulator& simulator) {
  std::string body;
  JsonWriter out(body);
  out.open();
  for (const auto& room : simulator.rooms()) {
    out.open(room->user());
    out.id_field("room_id", room->room_id());
    room->truth().write(out);
    out.field("connects", room->counters().connects);
    out.field("signs", room->counters().signs);
    out.field("done", room->done());
    out.close();
  }
  out.close();
  return body;
}

std::string state_json(const Simulator& simulator) {
  std::string body;
  JsonWriter out(body);
  out.open();
  out.field("last_sign_user_agent", simulator.last_sign_user_agent);
  out.field("last_sign_had_api_key", simulator.last_sign_had_key);
  out.field("last_socket_user_agent", simulator.last_socket_user_agent);
  out.field("profile_pages", simulator.profile_pages);
  out.field("pictures", simulator.pictures);
  out.field("short_links_asked", simulator.short_links_asked);
  out.open_array("signatures");
  for (const Simulator::Signature& signature : simulator.signatures) {
    out.open();
    out.field("user", signature.user);
    out.field("at", signature.at);
    out.close();
  }
  out.close_array();
  out.field("gift_lists", simulator.gift_lists);
  out.open("rooms");
  for (const auto& room : simulator.rooms()) {
    const RoomCounters& counters = room->counters();
    out.open(room->user());
    out.id_field("room_id", room->room_id());
    out.field("status", room->status());
    out.field("clients", room->clients());
    out.field("connects", counters.connects);
    out.field("refused_sockets", counters.refused_sockets);
    out.field("signs", counters.signs);
    out.field("enters", counters.enters);
    out.field("heartbeats", counters.heartbeats);
    out.field("frames", counters.frames);
    out.field("unacked_frames", room->unacked_frames());
    out.field("bad_acks", counters.bad_acks);
    out.open("faults");
    for (const FaultKind& kind : fault_kinds()) {
      const auto waiting = room->faults().waiting().find(kind.fault);
      if (waiting != room->faults().waiting().end()) out.field(kind.name, waiting->second);
    }
    out.close();
    out.close();
  }
  out.close();
  out.close();
  return body;
}

std::string known_kinds() {
  std::string names = "clear";
  for (const FaultKind& kind : fault_kinds()) {
    names += ", ";
    names += kind.name;
  }
  return names;
}

Result<std::int64_t> number(const http::Request& request, std::string_view name, std::int64_t fallback) {
  const auto text = request.query_value(name);
  if (!text) return fallback;
  const auto value = parse_int(*text);
  if (!value || *value < 0) return invalid(name, "must be a number, 0 or more");
  return *value;
}

Result<Response> set_fault(const Simulator& simulator, const http::Request& request) {
  TRY(Room * room, room_of(simulator, request));
  const std::string name = query_or(request, "kind");
  if (name == "clear") {
    room->faults().clear();
    return json_answer({{"user", room->user()}, {"kind", name}});
  }
  const FaultKind* kind = find_fault(name);
  if (!kind) return invalid("kind", "'" + name + "' is none of: " + known_kinds());
  TRY(const std::int64_t n, number(request, "n", 1));
  TRY(const std::int64_t code, number(request, "code", n < 1000 ? 1011 : n));
  TRY(const std::int64_t retry_seconds, number(request, "retry_after", room->faults().retry_after().count()));
  TRY(const std::int64_t slow_ms, number(request, "ms", room->faults().slow().count()));
  if (code > 4999) return invalid("code", "must be a WebSocket close code");
  room->faults().set_retry_after(std::chrono::seconds(retry_seconds));
  room->faults().set_slow(std::chrono::milliseconds(slow_ms));
  if (kind->span == FaultSpan::now) {
    room->act(kind->fault, kind->fault == Fault::close_code ? code : n);
  } else {
    room->faults().set(*kind, n);
  }
  return json_answer(
      {{"user", room->user()}, {"kind", name}, {"n", n}, {"room_id", std::to_string(room->room_id())}});
}

Result<Response> set_link(Simulator& simulator, const http::Request& request) {
  const std::string code = query_or(request, "code"), to = query_or(request, "to");
  if (code.empty() || to.empty()) return invalid("code", "code and to are required");
  simulator.short_links[code] = to;
  return json_answer({{"code", code}, {"to", to}});
}

Result<Response> end_room(const Simulator& simulator, const http::Request& request) {
  TRY(Room * room, room_of(simulator, request));
  room->end();
  return json_answer({{"user", room->user()}, {"status", room->status()}});
}

Result<Response> said(const Simulator& simulator, const http::Request& request) {
  TRY(Room * room, room_of(simulator, request));
  json::array ids;
  for (const std::int64_t id : room->truth().said()) ids.emplace_back(std::to_string(id));
  return json_answer({{"user", room->user()}, {"ids", std::move(ids)}});
}

Result<Response> quiz(const Simulator& simulator, const http::Request& request) {
  TRY(const Room* room, room_of(simulator, request));
  if (!room->quiz())
    return Error(ErrorCode::not_found, "@" + room->user() + " plays no quiz: start webcast-sim with --quiz");
  std::string body;
  JsonWriter out(body);
  out.open();
  out.field("user", room->user());
  room->quiz()->write(out);
  out.close();
  return Response(std::move(body));
}

Result<Response> set_rate(const Simulator& simulator, const http::Request& request) {
  TRY(Room * room, room_of(simulator, request));
  if (!request.query_value("rate")) return invalid("rate", "is missing: messages a second");
  TRY(const std::int64_t rate, number(request, "rate", 0));
  if (rate > max_rate) return invalid("rate", "must be at most " + std::to_string(max_rate));
  room->set_rate(static_cast<double>(rate));
  return json_answer({{"user", room->user()}, {"rate", rate}});
}

}  // namespace

void add_control_routes(RouteList& routes, Simulator& simulator) {
  const auto add = [&](http::Method method, std::string path, std::string summary,
                       http::DirectHandler handler) {
    http::Route route;
    route.method = method;
    route.path = std::move(path);
    route.summary = std::move(summary);
    route.handler = std::move(handler);
    routes.push_back(std::move(route));
  };
  add(http::Method::get, "/sim/truth", "What was really said",
      [&simulator](Exchange&) -> Result<Response> { return Response(truth_json(simulator)); });
  add(http::Method::get, "/sim/state", "Clients, counters and waiting faults",
      [&simulator](Exchange&) -> Result<Response> { return Response(state_json(simulator)); });
  add(http::Method::post, "/sim/fault", "Make something go wrong",
      [&simulator](Exchange& exchange) { return set_fault(simulator, exchange.request); });
  add(http::Method::post, "/sim/link", "Make a short link: code, to",
      [&simulator](Exchange& exchange) { return set_link(simulator, exchange.request); });
  add(http::Method::get, "/sim/said", "The ids of what was really said, in order",
      [&simulator](Exchange& exchange) { return said(simulator, exchange.request); });
  add(http::Method::get, "/sim/quiz", "What was asked and answered in the quiz",
      [&simulator](Exchange& exchange) { return quiz(simulator, exchange.request); });
  add(http::Method::post, "/sim/rate", "Messages a second of a room from now on",
      [&simulator](Exchange& exchange) { return set_rate(simulator, exchange.request); });
  add(http::Method::post, "/sim/end", "End a stream",
      [&simulator](Exchange& exchange) { return end_room(simulator, exchange.request); });
}

}  // namespace papi::sim
