#pragma once

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "engagement/totals.hpp"
#include "platform/base/error.hpp"
#include "platform/base/task.hpp"

namespace papi::engagement {

using events::Sum;

struct Stats {
  std::map<std::string, Sum, std::less<>> sums;         // by kind: an event type, or a kind of totals.hpp
  std::map<std::string, Sum, std::less<>> last_minute;  // of the spans that reach into it; without peaks
  std::int64_t unique_users = 0;
  std::int64_t viewers_now = 0;
  UnixMs first_span = 0, last_span = 0;  // start of the first and last span; 0: no events
};

enum class RankBy { comments, gifts, likes, shares };

struct RankingQuery {
  events::SessionKey session_key;
  RankBy by = RankBy::comments;
  std::size_t limit = 10;
  std::string caller;  // the key or user that waits for the result; empty: the service itself
};
struct Ranked {
  events::UserId user_id;
  std::string username, nickname, avatar_url;
  std::int64_t score = 0;
};
using Ranking = std::vector<Ranked>;

struct RecentRankingQuery {
  RankingQuery ranking;
  UnixMs since = 0;
  std::size_t max_events = 2'000'000;  // how many events are looked at
};
struct RecentRanking {
  Ranking people;
  bool too_large = false;  // more than max_events had to be looked at; then `people` is empty
};

struct TimelineQuery {
  events::SessionKey session_key;
  std::chrono::milliseconds bucket{60'000};           // a multiple of events::span_length
  UnixMs since = 0;                                   // the timeline has the spans that start from here …
  UnixMs until = std::numeric_limits<UnixMs>::max();  // … to here, both included
  std::size_t max_buckets = 10'000;
  std::string caller;  // as RankingQuery::caller
};
struct Bucket {
  UnixMs starts_at = 0;  // a multiple of TimelineQuery::bucket
  std::map<std::string, Sum, std::less<>> sums;
};
struct Timeline {
  std::vector<Bucket> buckets;  // in the order of time; those without events are left out
  bool more = false;            // there are more than max_buckets
};

/// Answers questions about the events of a session.
///
/// It reads what events::EventStore has stored: the totals that were appended with the events, and, for
/// recent_ranking(), the events themselves, because no sum is kept of an arbitrary time. So an
/// EngagementStore belongs to an EventStore and reads the same database. An answer includes every append that
/// had returned before the question. A session that is deleted, or that does not exist, has no sums.
///
/// All operations may be called from any thread and resume on `executor`, which is that of the caller. They
/// fail with UNAVAILABLE if too many of them wait. Callers take turns.
class EngagementStore {
 public:
  /// How many consecutive events older than the beginning of a recent ranking end its search. Events are in
  /// the order of their arrival, which is the order of their times except for a backlog or a late event.
  static constexpr int older_in_a_row = 2'000;

  EngagementStore() = default;
  EngagementStore(const EngagementStore&) = delete;
  EngagementStore& operator=(const EngagementStore&) = delete;
  virtual ~EngagementStore() = default;

  virtual Task<Result<Stats>> stats(Executor executor, events::SessionKey session_key, UnixMs now,
                                    std::string caller) = 0;
  /// Returns the people with the highest scores above 0 over the whole session. Of equal scores, the lower
  /// user id is first.
  virtual Task<Result<Ranking>> ranking(Executor executor, RankingQuery query) = 0;
  /// As ranking(), over the events from `since` on. It looks at the events from the newest backwards, in
  /// steps between which other callers have their turn.
  virtual Task<Result<RecentRanking>> recent_ranking(Executor executor, RecentRankingQuery query) = 0;
  virtual Task<Result<Timeline>> timeline(Executor executor, TimelineQuery query) = 0;
};

}  // namespace papi::engagement
