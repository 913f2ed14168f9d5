// Reads TikTok's JSON answers about a room: api-live, check_alive and room info (docs/webcast-protocol.md
// §1.3, §1.5, §1.6).

#include "live/page_json.hpp"
#include "live/restriction_marks.hpp"
#include "live/room_verdict.hpp"

namespace papi::live {
namespace {

using Kind = RoomVerdict::Kind;

constexpr std::int64_t code_not_found = 19881007;
constexpr std::int64_t code_restricted = 4003110;

bool answer_speaks_of_country(const json::value& answer) {
  for (const json::value* text :
       {member(answer, {"message"}), member(answer, {"statusMsg"}), member(answer, {"status_msg"}),
        member(answer, {"data", "message"}), member(answer, {"data", "prompts"})}) {
    if (speaks_of_country(page_text(text, 1'000))) return true;
  }
  return false;
}

/// Returns the restriction that the answer's code and text mean, or nullopt.
std::optional<Kind> restriction(const json::value& answer, std::int64_t code) {
  if (code != 0 && answer_speaks_of_country(answer)) return Kind::geo_blocked;
  if (code == code_restricted) return Kind::age_restricted;
  return std::nullopt;
}

}  // namespace

RoomVerdict read_api_live(long status, std::string_view body) {
  if (status == 451) return {Kind::geo_blocked};
  if (status == 403 || status == 429 || (status == 200 && body.empty())) return {Kind::blocked};
  if (status != 200) return {};
  const auto answer = parse_page_json(body);
  if (!answer) {
    if (!body.starts_with('<')) return {};
    return {speaks_of_country(body) ? Kind::geo_blocked : Kind::blocked};
  }
  const std::int64_t code = integer(member(*answer, {"statusCode"}), 0);
  const auto restricted = restriction(*answer, code);
  const json::value* user = member(*answer, {"data", "user"});
  const json::value* room = member(*answer, {"data", "liveRoom"});
  const json::value* room_status = room ? member(*room, {"status"}) : nullptr;
  const events::RoomId room_id(user ? page_id(member(*user, {"roomId"})) : 0);
  if (room_id != events::RoomId() || room_status) {
    const json::value* user_status = user ? member(*user, {"status"}) : nullptr;
    RoomVerdict verdict = verdict_by_status(room_id, integer(room_status ? room_status : user_status, 0));
    if (restricted && verdict.kind != Kind::offline) verdict.kind = *restricted;
    verdict.facts = read_room_facts(user, room);
    return verdict;
  }
  if (restricted) return {*restricted};
  const bool not_found =
      code == code_not_found || page_text(member(*answer, {"message"}), 100) == "user_not_found";
  return {not_found ? Kind::not_found : Kind::unclear};
}

RoomVerdict read_room_info(long status, std::string_view body) {
  if (status == 451) return {Kind::geo_blocked};
  const auto answer = status == 200 ? parse_page_json(body) : std::nullopt;
  if (!answer) return {};
  const auto restricted = restriction(*answer, integer(member(*answer, {"status_code"}), 0));
  if (restricted) return {*restricted};
  const json::value* age = member(*answer, {"data", "age_restricted", "restricted"});
  return {age && age->is_bool() && age->get_bool() ? Kind::age_restricted : Kind::unclear};
}

std::optional<bool> read_check_alive(std::string_view body, events::RoomId room_id) {
  const auto answer = parse_page_json(body);
  const json::value* data = answer ? member(*answer, {"data"}) : nullptr;
  if (!data || !data->is_array()) return std::nullopt;
  for (const json::value& room : data->as_array()) {
    if (events::RoomId(page_id(member(room, {"room_id_str"}))) != room_id &&
        events::RoomId(page_id(member(room, {"room_id"}))) != room_id)
      continue;
    if (const json::value* alive = member(room, {"alive"}); alive && alive->is_bool())
      return alive->as_bool();
  }
  return std::nullopt;
}

}  // namespace papi::live
