#pragma once

#include <unordered_map>

#include "engagement/engagement_store.hpp"
#include "platform/sqlite/readers.hpp"

namespace papi::engagement {

/// Answers from the tables of events::SqliteEventStore: `session_people`, `session_spans` and `session_now`,
/// which hold the totals, and `events`. Runs on the reader threads.
class SqliteEngagementStore final : public EngagementStore {
 public:
  explicit SqliteEngagementStore(sqlite::Readers& readers) : readers_(readers) {}

  Task<Result<Stats>> stats(Executor executor, events::SessionKey session_key, UnixMs now,
                            std::string caller) override;
  Task<Result<Ranking>> ranking(Executor executor, RankingQuery query) override;
  Task<Result<RecentRanking>> recent_ranking(Executor executor, RecentRankingQuery query) override;
  Task<Result<Timeline>> timeline(Executor executor, TimelineQuery query) override;

 private:
  sqlite::Readers& readers_;
};

/// The search of a recent ranking. Each step takes some milliseconds of a reader thread.
class RecentScan {
 public:
  static constexpr std::int64_t events_per_step = 20'000;

  explicit RecentScan(const RecentRankingQuery& query) : query_(query) {}
  /// Looks at the next events. Returns false if there is no more to look at. Throws DatabaseFault.
  bool step(sqlite::Database& database);
  bool too_large() const { return looked_at_ > static_cast<std::int64_t>(query_.max_events); }
  /// Returns the people with the highest scores. Throws DatabaseFault.
  Ranking top(sqlite::Database& database) const;

 private:
  const RecentRankingQuery query_;
  std::int64_t below_ = std::numeric_limits<std::int64_t>::max();  // the next offset is smaller
  std::int64_t looked_at_ = 0;
  int older_ = 0;  // consecutive events that are older than `since`
  std::unordered_map<std::int64_t, std::int64_t> scores_;
};

}  // namespace papi::engagement
