// Reads the live page (docs/webcast-protocol.md §1.2).

#include "live/page_json.hpp"
#include "live/restriction_marks.hpp"
#include "live/room_verdict.hpp"

namespace papi::live {
namespace {

using Kind = RoomVerdict::Kind;

std::string_view state_json(std::string_view html) {
  const auto tag = html.find("<script id=\"SIGI_STATE\"");
  if (tag == std::string_view::npos) return {};
  const auto begin = html.find('>', tag);
  const auto end = html.find("</script>", tag);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
  return html.substr(begin + 1, end - begin - 1);
}

bool looks_blocked(std::string_view html) {
  for (std::string_view mark : {"SlardarWAF", "tiktok-verify-page", "id=\"wci\"", "Please wait..."}) {
    if (html.find(mark) != std::string_view::npos) return true;
  }
  return false;
}

Kind kind_without_state(std::string_view html) {
  if (speaks_of_country(html)) return Kind::geo_blocked;
  return looks_blocked(html) ? Kind::blocked : Kind::unclear;
}

RoomVerdict read_page_state(const json::value& state) {
  const json::value* age_gate = member(state, {"LiveRoom", "isAgeGateRoom"});
  const bool restricted = age_gate && age_gate->is_bool() && age_gate->get_bool();
  const json::value* user = member(state, {"LiveRoom", "liveRoomUserInfo", "user"});
  if (!user) return {restricted ? Kind::age_restricted : Kind::not_found};
  const json::value* room = member(state, {"LiveRoom", "liveRoomUserInfo", "liveRoom"});
  const json::value* room_status = room ? member(*room, {"status"}) : nullptr;
  const json::value* user_status = member(*user, {"status"});
  RoomVerdict verdict = verdict_by_status(events::RoomId(page_id(member(*user, {"roomId"}))),
                                          integer(room_status ? room_status : user_status, 0));
  if (restricted && verdict.kind != Kind::offline) verdict.kind = Kind::age_restricted;
  verdict.facts = read_room_facts(user, room);
  return verdict;
}

}  // namespace

RoomVerdict read_live_page(long status, std::string_view html, std::string_view redirect) {
  if (status == 451 || leads_to_country_page(redirect)) return {Kind::geo_blocked};
  if (status == 403 || status == 429 || redirect.find("/login") != std::string_view::npos)
    return {Kind::blocked};
  if (status == 404) return {Kind::not_found};
  if (status != 200) return {};
  const std::string_view text = state_json(html);
  if (text.empty()) return {kind_without_state(html)};
  const auto state = parse_page_json(text);
  return state ? read_page_state(*state) : RoomVerdict{};
}

}  // namespace papi::live
