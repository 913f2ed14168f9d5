#pragma once

#include <optional>
#include <string>

#include "events/ids.hpp"
#include "live/room_facts.hpp"
#include "live/room_state.hpp"
#include "platform/base/error.hpp"

namespace papi::live {

inline constexpr const char* connecting_reason = "Looking for the live room";
inline constexpr const char* restarted_reason = "The service was restarted";

/// The status of a room. Each of its sessions gets a copy, adapted to the session.
struct RoomStatus {
  RoomState state = RoomState::connecting;
  std::string reason;
  std::optional<UnixMs> next_try;
  events::RoomId room_id;
  std::optional<Error> error;        // if the room failed: the answer of /connect
  bool waits_for_signature = false;  // other rooms are first
  std::optional<RoomFacts> facts;
};

}  // namespace papi::live
