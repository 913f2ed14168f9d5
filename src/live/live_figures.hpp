#pragma once

#include <array>
#include <cstdint>

#include "live/room_state.hpp"
#include "live/sign_budget.hpp"
#include "platform/base/enum_count.hpp"

namespace papi::live {

/// How many there are of each kind at one moment, for metrics.
struct LiveFigures {
  std::array<std::uint64_t, enum_count<RoomState>()> sessions{};  // by state
  std::array<std::uint64_t, enum_count<RoomState>()> rooms{};     // by state of the upstream connection
  std::uint64_t subscribers = 0;
  SignBudgetView sign_budget;
  std::uint64_t sign_waiting = 0;  // rooms that wait for a signature
};

}  // namespace papi::live
