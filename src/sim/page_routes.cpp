// www.tiktok.com: the live page and api-live (docs/webcast-protocol.md §1.2, §1.3).

#include "sim/pages.hpp"
#include "sim/routes.hpp"

namespace papi::sim {
namespace {

using http::Exchange;
using http::Response;

json::object live_room_json(const Room& room, const std::string& base) {
  return {{"status", room.status()},
          {"title", "Quiz night with " + room.user()},
          {"startTime", room.started() / 1000},
          {"streamId", std::to_string(room.room_id() + 1)},
          {"coverUrl", base + "/sim/avatar/" + std::to_string(room.host().id) + ".png"},
          {"squareCoverImg", base + "/sim/avatar/" + std::to_string(room.host().id) + ".png"},
          {"liveRoomMode", 0},
          {"liveRoomStats", {{"userCount", 321}, {"enterCount", 4321}}}};
}

Response live_page(Simulator& simulator, Exchange& exchange) {
  Room* room = simulator.find_user(exchange.params.values[0]);
  const bool known = room && !room->faults().active(Fault::not_found);
  if (known && room->faults().active(Fault::captcha)) return captcha_page();
  if (known && room->faults().active(Fault::page_403))
    return html_page("<html><body>Access Denied</body></html>", 403);
  const std::string base = simulator.web_base(exchange.request);
  if (known && room->faults().active(Fault::geo_blocked)) return redirect(base + "/hk/notfound", 302);
  if (!known || room->faults().active(Fault::page_missing))
    return script_page("SIGI_STATE", {{"AppContext", {{"lang", "en"}}}});
  json::object user = host_json(*room, base);
  if (room->faults().active(Fault::empty_room_id)) user["roomId"] = "";
  json::object live_room = live_room_json(*room, base);
  if (room->faults().active(Fault::page_offline)) user["status"] = live_room["status"] = 4;
  json::object info;
  info["user"] = std::move(user);
  info["stats"] = {{"followerCount", 12345}, {"followingCount", 67}};
  info["liveRoom"] = std::move(live_room);
  return script_page("SIGI_STATE", {{"LiveRoom",
                                     {{"loadingState", {{"getRecommendLive", 0}}},
                                      {"isAgeGateRoom", room->faults().active(Fault::age_restricted)},
                                      {"liveRoomUserInfo", info}}}});
}

Task<Result<Response>> live_page_after_delay(Simulator& simulator, Exchange& exchange) {
  Room* room = simulator.find_user(exchange.params.values[0]);
  if (room && room->faults().take(Fault::slow_page)) {
    co_await simulator.pause(exchange.executor, room->faults().slow());
  }
  if (room) co_await simulator.pause_while(exchange.executor, *room, Fault::held_page);
  co_return live_page(simulator, exchange);
}

Response api_live(Simulator& simulator, Exchange& exchange) {
  const std::string name = query_or(exchange.request, "uniqueId");
  if (name.empty()) return json_answer({{"statusCode", 10201}, {"message", "params_error"}});
  Room* room = simulator.find_user(name);
  if (!room || room->faults().active(Fault::not_found) || room->faults().active(Fault::geo_blocked)) {
    return json_answer({{"statusCode", 19881007}, {"message", "user_not_found"}, {"data", nullptr}});
  }
  if (room->faults().active(Fault::captcha)) return captcha_page();
  const std::string base = simulator.web_base(exchange.request);
  json::object user = host_json(*room, base);
  user["followStatus"] = 0;
  json::object data;
  data["user"] = std::move(user);
  data["stats"] = {{"followerCount", 12345}, {"followingCount", 67}};
  data["liveRoom"] = live_room_json(*room, base);
  if (room->faults().active(Fault::api_offline)) data["liveRoom"].as_object()["status"] = 4;
  const int code = room->faults().active(Fault::age_restricted) ? 4003110 : 0;
  return json_answer({{"data", std::move(data)}, {"statusCode", code}, {"message", ""}});
}

/// Answers a short link that /sim/link has created.
Response short_link(Simulator& simulator, const Exchange& exchange) {
  const auto found = simulator.short_links.find(exchange.params.values[0]);
  if (found == simulator.short_links.end()) return html_page("<html><body>Not found</body></html>", 404);
  ++simulator.short_links_asked;
  return redirect(found->second, 301);
}

}  // namespace

void add_page_routes(RouteList& routes, Simulator& simulator) {
  const auto add = [&](std::string path, std::string summary,
                       std::variant<http::DirectHandler, http::TaskHandler> handler) {
    add_both(routes, http::Method::get, std::move(path), std::move(summary), std::move(handler));
  };
  add("/@{name}/live", "Live page", http::TaskHandler([&simulator](Exchange& exchange) {
        return live_page_after_delay(simulator, exchange);
      }));
  add("/api-live/user/room", "The host's room",
      http::DirectHandler(
          [&simulator](Exchange& exchange) -> Result<Response> { return api_live(simulator, exchange); }));
}

void add_short_link_routes(RouteList& routes, Simulator& simulator) {
  for (const char* path : {"/t/{code}", "/{code}"}) {
    add_both(routes, http::Method::get, path, "Short link",
             http::DirectHandler([&simulator](Exchange& exchange) -> Result<Response> {
               return short_link(simulator, exchange);
             }));
  }
}

}  // namespace papi::sim
