#pragma once

// What TikTok's public pages say of a name (Webcast protocol §1.2, §1.3, §1.5). Readers are functions of what
// came.

#include <optional>
#include <string_view>

#include "live/room_facts.hpp"
#include "live/room_reference.hpp"
#include "platform/base/error.hpp"

namespace papi::live {

/// What one source says. Each kind is a different answer to a caller.
struct RoomVerdict {
  enum class Kind {
    live,
    offline,
    not_found,
    age_restricted,  // shown to logged-in adults only
    geo_blocked,     // not shown in this country
    blocked,         // captcha, refusal or login page
    unclear,         // no answer, or one that was not understood
  };
  Kind kind = Kind::unclear;
  std::uint64_t room_id = 0;
  RoomFacts facts = {};
};

/// A room that is live now.
struct FoundRoom {
  std::uint64_t room_id = 0;
  RoomFacts facts = {};
};

RoomVerdict read_live_page(long status, std::string_view html, std::string_view redirect = {});
RoomVerdict read_api_live(long status, std::string_view body);
/// webcast/room/info: only whether the room is restricted; else `unclear` (§1.6).
RoomVerdict read_room_info(long status, std::string_view body);
/// webcast/room/check_alive: whether `room_id` is live; nothing where the answer does not say.
std::optional<bool> read_check_alive(std::string_view body, std::uint64_t room_id);

/// What both sources say together. Live by either wins; a restriction is more exact than "offline", and
/// "offline" more than a block. That a person does not exist, only both together can say: TikTok tells the
/// same to callers whom it restricts.
Result<FoundRoom> combine(const RoomVerdict& page, const RoomVerdict& api, const RoomReference& reference);

/// The error of a restricted room; nothing for another verdict.
std::optional<Error> restriction_error(RoomVerdict::Kind kind, const RoomReference& reference);

}  // namespace papi::live
