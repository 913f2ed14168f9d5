#pragma once

#include <string>
#include <vector>

#include "events/event_store.hpp"

namespace papi::live {

/// Where a room's upstream begins, and which of the sessions that begin with it go on without a hole.
struct StartPosition {
  events::UpstreamPosition from;  // an empty cursor: no session has a position
  std::vector<bool> continues;    // in the order of the sessions; true also of a session without a past
};

/// Chooses the position for sessions that begin to follow one room together. The room's saved position is the
/// right one if a session stands there: the sessions that ran when the program ended do. Otherwise nobody
/// followed the room since these sessions left it, and the position of the one that left it last is used.
StartPosition choose_start(const std::vector<events::SessionPast>& pasts);

}  // namespace papi::live
