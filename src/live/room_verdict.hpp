#pragma once

// What TikTok's public pages say about a username (docs/webcast-protocol.md §1.2, §1.3, §1.5). The readers
// are functions of status, body and redirect.

#include <optional>
#include <string_view>

#include "live/room_facts.hpp"
#include "live/room_reference.hpp"
#include "platform/base/error.hpp"

namespace papi::live {

/// The verdict of one source. A caller gets a different answer for each kind.
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
  events::RoomId room_id = {};
  RoomFacts facts = {};
};

/// A room that is live now.
struct FoundRoom {
  events::RoomId room_id = {};
  RoomFacts facts = {};
};

/// Reads an answer with the live page (docs/webcast-protocol.md §1.2). `redirect` is its Location header.
RoomVerdict read_live_page(long status, std::string_view html, std::string_view redirect = {});
/// Reads an answer of api-live (docs/webcast-protocol.md §1.3).
RoomVerdict read_api_live(long status, std::string_view body);
/// Reads webcast/room/info (docs/webcast-protocol.md §1.6). Returns only whether the room is restricted, else
/// `unclear`.
RoomVerdict read_room_info(long status, std::string_view body);
/// Reads webcast/room/check_alive. Returns whether `room_id` is live, or nullopt if the answer does not say.
std::optional<bool> read_check_alive(std::string_view body, events::RoomId room_id);

/// Combines the verdicts of both sources. If either says "live", the room is live. A restriction is more
/// exact than "offline", and "offline" is more exact than a block. A person does not exist only if both
/// sources say so, because TikTok gives the same answer to callers that it restricts.
Result<FoundRoom> combine(const RoomVerdict& page, const RoomVerdict& api, const RoomReference& reference);

/// Returns the error of a restricted room, or nullopt for any other verdict.
std::optional<Error> restriction_error(RoomVerdict::Kind kind, const RoomReference& reference);

}  // namespace papi::live
