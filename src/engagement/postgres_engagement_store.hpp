#pragma once

#include <optional>
#include <unordered_map>

#include "engagement/engagement_store.hpp"
#include "platform/postgres/pool.hpp"
#include "platform/postgres/schema.hpp"

namespace papi::engagement {

/// Answers from the tables of events::PostgresEventStore: `session_people`, `session_spans` and
/// `session_now`, which hold the totals, and `events`. Everything that it uses must outlive it.
class PostgresEngagementStore final : public EngagementStore {
 public:
  PostgresEngagementStore(postgres::Pool& pool, const postgres::Schema& schema)
      : pool_(pool), schema_(schema) {}

  Task<Result<Stats>> stats(Executor executor, events::SessionKey session_key, UnixMs now,
                            std::string caller) override;
  Task<Result<Ranking>> ranking(Executor executor, RankingQuery query) override;
  Task<Result<RecentRanking>> recent_ranking(Executor executor, RecentRankingQuery query) override;
  Task<Result<Timeline>> timeline(Executor executor, TimelineQuery query) override;

 private:
  using Scores = std::unordered_map<std::int64_t, std::int64_t>;  // by user id
  /// Adds up the scores of the recent events. Returns nullopt if there are too many events.
  Task<Result<std::optional<Scores>>> recent_scores(RecentRankingQuery query);

  postgres::Pool& pool_;
  const postgres::Schema schema_;
};

}  // namespace papi::engagement
