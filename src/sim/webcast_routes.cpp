// webcast.tiktok.com: room info, liveness, gifts, polling (docs/webcast-protocol.md §1.5 to §1.7, §3.6), and
// the pictures.

#include <algorithm>

#include "platform/base/text.hpp"
#include "sim/gift_catalogue.hpp"
#include "sim/routes.hpp"

namespace papi::sim {
namespace {

using http::Exchange;
using http::Response;

json::object picture_json(const std::string& url) { return {{"url_list", json::array{url}}, {"uri", "sim"}}; }

Response room_info(Simulator& simulator, const Exchange& exchange, Room* room) {
  const UnixMs now = simulator.clock().now_ms();
  if (!room) {
    return json_answer({{"data", {{"message", "Request params error"}, {"prompts", "Request params error"}}},
                        {"extra", {{"now", now}}},
                        {"status_code", 10011}});
  }
  if (room->faults().active(Fault::age_restricted)) {
    return json_answer({{"data", {{"prompts", ""}}}, {"extra", {{"now", now}}}, {"status_code", 4003110}});
  }
  const std::string base = simulator.web_base(exchange.request);
  const Person& host = room->host();
  const json::object picture = picture_json(base + "/sim/avatar/" + std::to_string(host.id) + ".png");
  json::object owner{{"id", host.id},
                     {"id_str", std::to_string(host.id)},
                     {"display_id", host.display_id},
                     {"nickname", host.nickname},
                     {"bio_description", "Simulated"},
                     {"sec_uid", host.sec_uid},
                     {"avatar_thumb", picture},
                     {"avatar_medium", picture},
                     {"avatar_large", picture},
                     {"follow_info", {{"follower_count", 12345}, {"following_count", 67}}}};
  json::object data{
      {"id", room->room_id()},
      {"id_str", std::to_string(room->room_id())},
      {"status", room->status()},
      {"title", "Quiz night with " + room->user()},
      {"create_time", room->started() / 1000},
      {"finish_time", room->status() == 4 ? now / 1000 : 0},
      {"user_count", 321},
      {"like_count", room->truth().taps()},
      {"cover", picture},
      {"owner", std::move(owner)},
      {"owner_user_id", host.id},
      {"owner_user_id_str", std::to_string(host.id)},
      {"stats", {{"total_user", 4321}, {"like_count", room->truth().taps()}, {"share_count", 3}}},
      {"age_restricted", {{"restricted", false}}},
      {"stream_url", {{"rtmp_pull_url", base + "/sim/no-stream.flv"}}},
      {"live_room_mode", 0}};
  return json_answer({{"data", std::move(data)}, {"extra", {{"now", now}}}, {"status_code", 0}});
}

Response check_alive(Simulator& simulator, const Exchange& exchange) {
  json::array rooms;
  const std::string ids = query_or(exchange.request, "room_ids");
  for (const std::string_view text : split(ids, ',')) {
    const auto id = parse_int(trim(text));
    if (!id) continue;
    const Room* room = simulator.find_room(trim(text));
    json::object answer{
        {"alive", room && room->status() != 4}, {"room_id", *id}, {"room_id_str", std::to_string(*id)}};
    rooms.push_back(std::move(answer));
  }
  return json_answer(
      {{"data", std::move(rooms)}, {"extra", {{"now", simulator.clock().now_ms()}}}, {"status_code", 0}});
}

/// The gift list belongs to no room, so a fault of any room applies to it.
bool list_has(const Simulator& simulator, Fault fault) {
  return std::any_of(simulator.rooms().begin(), simulator.rooms().end(),
                     [&](const auto& room) { return room->faults().active(fault); });
}

Response gift_list(Simulator& simulator, const Exchange& exchange) {
  ++simulator.gift_lists;
  const bool in_pages = list_has(simulator, Fault::gift_list_pages);
  const std::string base = simulator.web_base(exchange.request);
  json::array gifts;
  for (const CatalogueGift& gift : gift_catalogue()) {
    const json::object picture = picture_json(base + "/sim/gift/" + std::to_string(gift.id) + ".png");
    json::object row{{"id", gift.id},
                     {"name", gift.name},
                     {"describe", "sent " + std::string(gift.name)},
                     {"diamond_count", gift.diamonds},
                     {"type", gift.type},
                     {"combo", gift.type == 1},
                     {"duration", 1000},
                     {"image", picture},
                     {"icon", picture}};
    if (in_pages) row["id"] = std::to_string(gift.id);
    gifts.push_back(std::move(row));
  }
  if (list_has(simulator, Fault::gift_list_empty)) gifts.clear();
  json::object data{{"gifts", std::move(gifts)}, {"pages", json::array()}};
  if (in_pages) {
    json::object page{{"gifts", std::move(data["gifts"])}};
    data["gifts"] = json::array();
    data["pages"] = json::array{std::move(page)};
  }
  if (list_has(simulator, Fault::gift_list_odd)) data["gifts"] = json::object{{"0", "none"}};
  Response response = json_answer(
      {{"data", std::move(data)}, {"extra", {{"now", simulator.clock().now_ms()}}}, {"status_code", 0}});
  if (list_has(simulator, Fault::gift_list_500)) response.status = 500;
  return response;
}

Response poll(Simulator& simulator, const Exchange& exchange) {
  Response response;
  response.content_type = "application/protobuf";
  Room* room = simulator.find_room(query_or(exchange.request, "room_id"));
  if (!room) return response;  // like TikTok: 200 with an empty body
  const SignedAddress* address = nullptr;
  response.body = signed_result(simulator, *room, exchange.request, address).SerializeAsString();
  return response;
}

}  // namespace

void add_webcast_routes(RouteList& routes, Simulator& simulator) {
  const auto add = [&](std::string path, std::string summary, http::DirectHandler handler) {
    add_both(routes, http::Method::get, std::move(path), std::move(summary), std::move(handler));
  };
  add("/webcast/room/info", "Room info", [&simulator](Exchange& exchange) -> Result<Response> {
    return room_info(simulator, exchange, simulator.find_room(query_or(exchange.request, "room_id")));
  });
  add("/webcast/room/info_by_user", "Room info by name",
      [&simulator](Exchange& exchange) -> Result<Response> {
        return room_info(simulator, exchange, simulator.find_user(query_or(exchange.request, "unique_id")));
      });
  add("/webcast/room/check_alive", "Liveness of several rooms",
      [&simulator](Exchange& exchange) -> Result<Response> { return check_alive(simulator, exchange); });
  add("/webcast/gift/list", "Gift list",
      [&simulator](Exchange& exchange) -> Result<Response> { return gift_list(simulator, exchange); });
  add("/webcast/im/fetch", "Polling",
      [&simulator](Exchange& exchange) -> Result<Response> { return poll(simulator, exchange); });
  add("/webcast/im/fetch/history", "Older comments: none", [](Exchange&) -> Result<Response> {
    webcast::FetchResult result;
    result.set_history_no_more(true);
    Response response(result.SerializeAsString());
    response.content_type = "application/protobuf";
    return response;
  });
}

}  // namespace papi::sim
