#include "live/room_state.hpp"

#include <algorithm>
#include <iterator>

#include "platform/base/enum_count.hpp"

namespace papi::live {
namespace {

constexpr std::string_view state_names[] = {"connecting",   "waiting", "connected", "reconnecting",
                                            "disconnected", "ended",   "failed"};
static_assert(std::size(state_names) == enum_count<RoomState>());

}  // namespace

std::string_view to_string(RoomState state) { return state_names[static_cast<std::size_t>(state)]; }

RoomState parse_state(std::string_view name) {
  const auto* const found = std::find(std::begin(state_names), std::end(state_names), name);
  return found == std::end(state_names) ? RoomState::disconnected
                                        : static_cast<RoomState>(found - std::begin(state_names));
}

}  // namespace papi::live
