#pragma once

#include <functional>
#include <string>
#include <vector>

#include "events/event_store.hpp"

namespace papi::live {

/// Where a room's upstream connection begins, and which of its first sessions continue without a gap.
struct StartPosition {
  events::UpstreamPosition from;  // an empty cursor: no session has a position
  std::vector<bool> continues;    // by session; also true for a session without a past
};

/// Chooses the position for sessions that begin to follow one room together.
///
/// The reference is the session whose own position equals the room's saved position: it ran when the program
/// ended. If there is none, the reference is the session that left the room last. Older positions of the same
/// stream are possible too. Such a position is usable if every session that has heard more has an event in
/// common with the session of that position, because only then does ids_ahead() know what each one has.
/// Returns the oldest usable position.
StartPosition choose_start(const std::vector<events::SessionPast>& pasts);

/// Returns the newest ids of an event log, back to the first id for which `known` is true. These are the ids
/// that the event log has and the other side lacks. Sorted. Returns an empty list if `known` is true for no
/// id, because the two cannot be compared then.
std::vector<std::uint64_t> ids_behind_common(const std::vector<std::uint64_t>& ids,
                                             const std::function<bool(std::uint64_t)>& known);

/// Returns for each session the ids that are newer than the last id that it shares with another session.
/// TikTok may send them again for the other sessions. Sorted.
std::vector<std::vector<std::uint64_t>> ids_ahead(const std::vector<events::SessionPast>& pasts);

}  // namespace papi::live
