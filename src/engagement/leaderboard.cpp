#include "engagement/leaderboard.hpp"

namespace papi::engagement {

Task<Result<Ranking>> leaderboard(EngagementStore& store, Executor executor, RankingQuery query,
                                  std::optional<UnixMs> since) {
  if (!since) co_return co_await store.ranking(executor, std::move(query));
  RecentRankingQuery recent_query;
  recent_query.ranking = std::move(query);
  recent_query.since = *since;
  const std::size_t most = recent_query.max_events;
  CO_TRY(RecentRanking recent, co_await store.recent_ranking(executor, std::move(recent_query)));
  if (recent.too_large) {
    co_return invalid("window", "holds more than " + std::to_string(most) + " events; ask for a shorter one");
  }
  co_return std::move(recent.people);
}

}  // namespace papi::engagement
