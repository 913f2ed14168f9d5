#pragma once

#include <functional>
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

/// The newest ids of a log, back to the first one that `known` has: what the log has had and the other side
/// has not. Sorted. Empty if `known` has none of them: the two cannot be compared.
std::vector<std::uint64_t> ids_behind_common(const std::vector<std::uint64_t>& ids,
                                             const std::function<bool(std::uint64_t)>& known);

/// For each session the ids that it has behind the last one that it has in common with another session. They
/// may come again for the other sessions' sake. Sorted.
std::vector<std::vector<std::uint64_t>> ids_ahead(const std::vector<events::SessionPast>& pasts);

}  // namespace papi::live
