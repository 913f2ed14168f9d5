#pragma once

#include <string_view>

namespace papi::live {

/// The states of a session and of its room (docs/events.md).
enum class RoomState { connecting, waiting, connected, reconnecting, disconnected, ended, failed };

std::string_view to_string(RoomState state);
/// Returns the state of that name, or `disconnected` if no state has it.
RoomState parse_state(std::string_view name);

/// Returns whether a session in this state follows its room, or will do so without a new /connect.
constexpr bool is_running(RoomState state) {
  return state == RoomState::connecting || state == RoomState::waiting || state == RoomState::connected ||
         state == RoomState::reconnecting;
}
/// Returns whether /connect stops waiting in this state.
constexpr bool is_settled(RoomState state) {
  return state != RoomState::connecting && state != RoomState::reconnecting;
}

}  // namespace papi::live
