#pragma once

#include "events/session_totals.hpp"

namespace papi::engagement {

/// Kinds of sums besides the event types: finished gift streaks with their diamonds, the gifts in these
/// streaks, and the like total that the room shows.
inline constexpr std::string_view streaks_kind = "streaks";
inline constexpr std::string_view gifts_kind = "gifts_given";
inline constexpr std::string_view like_total_kind = "like_total";

/// Returns what the events add to the sums of their session, by person and by span of ten seconds. The events
/// must have just been encoded, because events that are read back have no `source`. All figures can be
/// recomputed from the event log with this function.
events::SessionTotals totals_of(std::span<const events::EventPtr> events);

}  // namespace papi::engagement
