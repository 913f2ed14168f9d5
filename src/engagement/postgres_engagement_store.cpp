#include "engagement/postgres_engagement_store.hpp"

#include <algorithm>

#include "events/postgres_values.hpp"
#include "platform/base/enum_count.hpp"

namespace papi::engagement {
namespace {

using events::EventType;
using postgres::Row;
using postgres::Rows;
using postgres::Segment;

// A recent ranking reads events in steps. The first step has room for a small window and for the older events
// that end its search. Each further step is four times as large, up to a limit.
constexpr std::int64_t first_step = EngagementStore::older_in_a_row + 500;
constexpr std::int64_t largest_step = 20'000;

constexpr std::string_view column_of(RankBy by) {
  constexpr std::string_view columns[] = {"comments", "diamonds", "likes", "shares"};
  static_assert(std::size(columns) == enum_count<RankBy>());
  return columns[static_cast<int>(by)];
}
constexpr EventType type_of(RankBy by) {
  constexpr EventType types[] = {EventType::comment, EventType::gift, EventType::like, EventType::share};
  static_assert(std::size(types) == enum_count<RankBy>());
  return types[static_cast<int>(by)];
}

Ranked read_person(const Row& row) {
  Ranked ranked;
  ranked.user_id = events::UserId(events::from_stored(row.get<std::int64_t>(0)));
  ranked.username = row.get<std::string>(1);
  ranked.nickname = row.get<std::string>(2);
  ranked.avatar_url = row.get<std::string>(3);
  return ranked;
}

}  // namespace

Task<Result<Stats>> PostgresEngagementStore::stats(Executor, events::SessionKey session_key, UnixMs now,
                                                   std::string caller) {
  Segment look;
  look.emplace_back(
      "session_sums",
      schema_.qualify("SELECT kind, sum(n)::bigint, sum(amount)::bigint, max(peak), "
                      "min(starts_at), max(starts_at), coalesce(sum(n) FILTER (WHERE starts_at > "
                      "$2), 0)::bigint, coalesce(sum(amount) FILTER (WHERE starts_at > $2), "
                      "0)::bigint FROM {schema}.session_spans WHERE session_key = $1 GROUP BY kind"),
      session_key, std::int64_t{now - 60'000 - events::span_length.count()});
  look.emplace_back("count_people",
                    schema_.qualify("SELECT count(*) FROM {schema}.session_people WHERE session_key = $1"),
                    session_key);
  look.emplace_back("viewers_now",
                    schema_.qualify("SELECT viewers FROM {schema}.session_now WHERE session_key = $1"),
                    session_key);
  CO_TRY(const std::vector<Rows> rows, co_await pool_.ask(std::move(look), std::move(caller)));
  Stats stats;
  for (std::size_t i = 0; i < rows[0].size(); ++i) {
    const Row row = rows[0][i];
    const auto number = [&row](int column) { return row.get<std::int64_t>(column); };
    const std::string kind = row.get<std::string>(0);
    stats.sums[kind] = {number(1), number(2), number(3)};
    stats.last_minute[kind] = {number(6), number(7), 0};
    stats.first_span = stats.first_span == 0 ? number(4) : std::min<UnixMs>(stats.first_span, number(4));
    stats.last_span = std::max<UnixMs>(stats.last_span, number(5));
  }
  stats.unique_users = rows[1][0].get<std::int64_t>(0);
  if (!rows[2].empty()) stats.viewers_now = rows[2][0].get<std::int64_t>(0);
  co_return stats;
}

Task<Result<Ranking>> PostgresEngagementStore::ranking(Executor, RankingQuery query) {
  const std::string column(column_of(query.by));
  Segment look;
  look.emplace_back("ranking",
                    schema_.qualify("SELECT user_id, username, nickname, avatar_url, " + column +
                                    " FROM {schema}.session_people WHERE session_key = $1 AND " + column +
                                    " > 0 ORDER BY " + column + " DESC, user_id LIMIT $2"),
                    query.session_key, static_cast<std::int64_t>(query.limit));
  CO_TRY(const std::vector<Rows> rows, co_await pool_.ask(std::move(look), query.caller));
  Ranking ranking;
  for (std::size_t i = 0; i < rows[0].size(); ++i) {
    ranking.push_back(read_person(rows[0][i]));
    ranking.back().score = rows[0][i].get<std::int64_t>(4);
  }
  co_return ranking;
}

Task<Result<std::optional<PostgresEngagementStore::Scores>>> PostgresEngagementStore::recent_scores(
    RecentRankingQuery query) {
  Scores scores;
  std::int64_t below = std::numeric_limits<std::int64_t>::max();
  std::int64_t looked_at = 0;
  int older = 0;  // consecutive events that are older than `since`
  for (std::int64_t step = first_step;; step = std::min(4 * step, largest_step)) {
    // One more than may be looked at tells whether there are more.
    const std::int64_t most = std::min(step, static_cast<std::int64_t>(query.max_events) + 1 - looked_at);
    Segment look;
    look.emplace_back(
        "recent_events",
        schema_.qualify("SELECT \"offset\", timestamp_ms, CASE type WHEN $4 THEN user_id ELSE 0 "
                        "END, amount FROM {schema}.events WHERE session_key = $1 AND \"offset\" < "
                        "$2 ORDER BY \"offset\" DESC LIMIT $3"),
        query.ranking.session_key, below, most, events::stored_type(type_of(query.ranking.by)));
    CO_TRY(const std::vector<Rows> found, co_await pool_.ask(std::move(look), query.ranking.caller));
    const Rows& rows = found.front();
    for (std::size_t i = 0; i < rows.size() && older < older_in_a_row; ++i) {
      ++looked_at;
      below = rows[i].get<std::int64_t>(0);
      older = rows[i].get<std::int64_t>(1) < query.since ? older + 1 : 0;
      const auto user = rows[i].get<std::int64_t>(2);
      if (older == 0 && user != 0) scores[user] += rows[i].get<std::int64_t>(3);
    }
    if (looked_at > static_cast<std::int64_t>(query.max_events)) co_return std::optional<Scores>();
    if (static_cast<std::int64_t>(rows.size()) < most || older >= older_in_a_row)
      co_return std::optional(std::move(scores));
  }
}

Task<Result<RecentRanking>> PostgresEngagementStore::recent_ranking(Executor, RecentRankingQuery query) {
  RecentRanking recent;
  const RankingQuery ranking = query.ranking;
  CO_TRY(const std::optional<Scores> scores, co_await recent_scores(std::move(query)));
  recent.too_large = !scores;
  if (recent.too_large) co_return recent;
  std::vector<std::pair<std::int64_t, std::int64_t>> order(scores->begin(), scores->end());
  std::erase_if(order, [](const auto& entry) { return entry.second <= 0; });
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (order.size() > ranking.limit) order.resize(ranking.limit);
  std::vector<std::int64_t> ids;
  ids.reserve(order.size());
  for (const auto& entry : order) ids.push_back(entry.first);
  Segment look;
  look.emplace_back(
      "names",
      schema_.qualify("SELECT user_id, username, nickname, avatar_url FROM {schema}.session_people "
                      "WHERE session_key = $1 AND user_id = ANY ($2)"),
      ranking.session_key, ids);
  CO_TRY(const std::vector<Rows> rows, co_await pool_.ask(std::move(look), ranking.caller));
  std::unordered_map<std::int64_t, Ranked> people;
  for (std::size_t i = 0; i < rows[0].size(); ++i) {
    Ranked person = read_person(rows[0][i]);
    const std::int64_t id = events::to_stored(person.user_id.value());
    people.emplace(id, std::move(person));
  }
  for (const auto& [id, score] : order) {
    const auto known = people.find(id);
    if (known == people.end()) continue;
    recent.people.push_back(known->second);
    recent.people.back().score = score;
  }
  co_return recent;
}

Task<Result<Timeline>> PostgresEngagementStore::timeline(Executor, TimelineQuery query) {
  // A bucket has one row for each kind: the event types and the kinds of totals.hpp.
  constexpr std::int64_t rows_per_bucket = 64;
  Segment look;
  look.emplace_back("timeline",
                    schema_.qualify("SELECT starts_at - starts_at % $2 AS bucket, kind, sum(n)::bigint, "
                                    "sum(amount)::bigint, max(peak) FROM {schema}.session_spans WHERE "
                                    "session_key = $1 AND starts_at >= $3 AND starts_at <= $4 "
                                    "GROUP BY bucket, kind ORDER BY bucket LIMIT $5"),
                    query.session_key, std::int64_t{query.bucket.count()}, std::int64_t{query.since},
                    std::int64_t{query.until},
                    (static_cast<std::int64_t>(query.max_buckets) + 1) * rows_per_bucket);
  CO_TRY(const std::vector<Rows> found, co_await pool_.ask(std::move(look), query.caller));
  const Rows& rows = found.front();
  Timeline timeline;
  std::vector<Bucket>& buckets = timeline.buckets;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto starts_at = rows[i].get<std::int64_t>(0);
    if (buckets.empty() || buckets.back().starts_at != starts_at) {
      timeline.more = buckets.size() == query.max_buckets;
      if (timeline.more) break;
      buckets.push_back({starts_at, {}});
    }
    buckets.back().sums[rows[i].get<std::string>(1)] = {
        rows[i].get<std::int64_t>(2), rows[i].get<std::int64_t>(3), rows[i].get<std::int64_t>(4)};
  }
  co_return timeline;
}

}  // namespace papi::engagement
