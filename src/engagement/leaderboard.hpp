#pragma once

#include <optional>

#include "engagement/engagement_store.hpp"

namespace papi::engagement {

/// Returns who has the highest scores: over the whole session, or over the events from `since` on. Fails with
/// VALIDATION_ERROR if the time since then holds more events than may be looked at.
Task<Result<Ranking>> leaderboard(EngagementStore& store, Executor executor, RankingQuery query,
                                  std::optional<UnixMs> since);

}  // namespace papi::engagement
