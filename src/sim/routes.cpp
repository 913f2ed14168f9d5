#include "sim/routes.hpp"

#include <boost/json/serialize.hpp>

namespace papi::sim {

http::RouteTable routes_of(Simulator& simulator) {
  RouteList routes;
  add_page_routes(routes, simulator);
  add_profile_routes(routes, simulator);
  add_webcast_routes(routes, simulator);
  add_sign_routes(routes, simulator);
  add_socket_routes(routes, simulator);
  add_control_routes(routes, simulator);
  add_own_event_routes(routes, simulator);
  add_short_link_routes(routes, simulator);
  return http::RouteTable(std::move(routes));
}

void add_both(RouteList& routes, http::Method method, std::string path, std::string summary,
              std::variant<http::DirectHandler, http::TaskHandler> handler) {
  for (const std::string& spelling : {path, path + "/"}) {
    http::Route route;
    route.method = method;
    route.path = spelling;
    route.summary = summary;
    route.handler = handler;
    routes.push_back(std::move(route));
  }
}

http::Response json_answer(const json::object& value, unsigned status) {
  return http::Response(json::serialize(value), status);
}

std::string query_or(const http::Request& request, std::string_view name, std::string_view fallback) {
  return request.query_value(name).value_or(std::string(fallback));
}

Result<Room*> room_of(const Simulator& simulator, const http::Request& request) {
  const std::string user = query_or(request, "user");
  if (user.empty() && simulator.rooms().size() == 1) return simulator.rooms().front().get();
  if (user.empty()) return invalid("user", "is missing: this simulator has several rooms");
  if (Room* room = simulator.find_user(user)) return room;
  return Error(ErrorCode::not_found, "no room of user '" + user + "' is simulated");
}

json::object host_json(const Room& room, const std::string& web_base) {
  const Person& host = room.host();
  const std::string picture = web_base + "/sim/avatar/" + std::to_string(host.id) + ".png";
  return {{"id", std::to_string(host.id)},
          {"uniqueId", host.display_id},
          {"nickname", host.nickname},
          {"secUid", host.sec_uid},
          {"signature", "I am " + host.nickname + ", and I am simulated."},
          {"avatarLarger", picture},
          {"avatarMedium", picture},
          {"avatarThumb", picture},
          {"verified", false},
          {"secret", false},
          {"status", room.status()},
          {"roomId", std::to_string(room.room_id())}};
}

}  // namespace papi::sim
