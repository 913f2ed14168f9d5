#include "engagement/sqlite_engagement_store.hpp"

#include <algorithm>

#include "platform/base/enum_count.hpp"

namespace papi::engagement {
namespace {

constexpr std::string_view column_of(RankBy by) {
  constexpr std::string_view columns[] = {"comments", "diamonds", "likes", "shares"};
  static_assert(std::size(columns) == enum_count<RankBy>());
  return columns[static_cast<int>(by)];
}
constexpr std::string_view type_of(RankBy by) {
  constexpr std::string_view types[] = {"comment", "gift", "like", "share"};
  static_assert(std::size(types) == enum_count<RankBy>());
  return types[static_cast<int>(by)];
}

Ranked read_person(sqlite::Statement& row, std::int64_t score) {
  Ranked ranked;
  ranked.user_id = events::UserId(static_cast<std::uint64_t>(row.integer(0)));
  ranked.username = row.text(1);
  ranked.nickname = row.text(2);
  ranked.avatar_url = row.text(3);
  ranked.score = score;
  return ranked;
}

Stats read_stats(sqlite::Database& database, events::SessionKey session_key, UnixMs now) {
  Stats stats;
  auto sums = database.prepare(
      "SELECT kind, sum(n), sum(amount), max(peak), min(starts_at), max(starts_at),"
      " sum(CASE WHEN starts_at > ?2 THEN n ELSE 0 END), sum(CASE WHEN starts_at > ?2 THEN amount ELSE 0 END)"
      " FROM session_spans WHERE session_key = ?1 GROUP BY kind");
  sums.bind(1, session_key).bind(2, now - 60'000 - events::span_length.count());
  while (sums.step()) {
    const std::string kind(sums.text(0));
    stats.sums[kind] = {sums.integer(1), sums.integer(2), sums.integer(3)};
    stats.last_minute[kind] = {sums.integer(6), sums.integer(7), 0};
    const UnixMs first = sums.integer(4);
    stats.first_span = stats.first_span == 0 ? first : std::min(stats.first_span, first);
    stats.last_span = std::max<UnixMs>(stats.last_span, sums.integer(5));
  }
  auto people = database.prepare("SELECT count(*) FROM session_people WHERE session_key = ?1");
  people.bind(1, session_key);
  if (people.step()) stats.unique_users = people.integer(0);
  auto viewers = database.prepare("SELECT viewers FROM session_now WHERE session_key = ?1");
  viewers.bind(1, session_key);
  if (viewers.step()) stats.viewers_now = viewers.integer(0);
  return stats;
}

Ranking read_ranking(sqlite::Database& database, const RankingQuery& query) {
  const std::string column(column_of(query.by));
  auto rows = database.prepare("SELECT user_id, username, nickname, avatar_url, " + column +
                               " FROM session_people WHERE session_key = ?1 AND " + column +
                               " > 0 ORDER BY " + column + " DESC, user_id LIMIT ?2");
  rows.bind(1, query.session_key).bind(2, static_cast<std::int64_t>(query.limit));
  Ranking ranking;
  while (rows.step()) ranking.push_back(read_person(rows, rows.integer(4)));
  return ranking;
}

Timeline read_timeline(sqlite::Database& database, const TimelineQuery& query) {
  auto rows = database.prepare(
      "SELECT starts_at - starts_at % ?2 AS bucket, kind, sum(n), sum(amount), max(peak) FROM session_spans"
      " WHERE session_key = ?1 AND starts_at >= ?3 AND starts_at <= ?4 GROUP BY bucket, kind ORDER BY "
      "bucket");
  rows.bind(1, query.session_key).bind(2, query.bucket.count()).bind(3, query.since).bind(4, query.until);
  Timeline timeline;
  std::vector<Bucket>& buckets = timeline.buckets;
  while (rows.step()) {
    if (buckets.empty() || buckets.back().starts_at != rows.integer(0)) {
      timeline.more = buckets.size() == query.max_buckets;
      if (timeline.more) break;
      buckets.push_back({rows.integer(0), {}});
    }
    buckets.back().sums[std::string(rows.text(1))] = {rows.integer(2), rows.integer(3), rows.integer(4)};
  }
  return timeline;
}

}  // namespace

bool RecentScan::step(sqlite::Database& database) {
  auto rows = database.prepare(
      "SELECT \"offset\", timestamp_ms, type, user_id, amount FROM events"
      " WHERE session_key = ?1 AND \"offset\" < ?2 ORDER BY \"offset\" DESC LIMIT ?3");
  // One more than may be looked at tells whether there are more.
  const std::int64_t most =
      std::min(events_per_step, static_cast<std::int64_t>(query_.max_events) + 1 - looked_at_);
  rows.bind(1, query_.ranking.session_key).bind(2, below_).bind(3, most);
  std::int64_t read = 0;
  while (older_ < EngagementStore::older_in_a_row && rows.step()) {
    ++read;
    below_ = rows.integer(0);
    older_ = rows.integer(1) < query_.since ? older_ + 1 : 0;
    if (older_ == 0 && rows.text(2) == type_of(query_.ranking.by) && rows.integer(3) != 0)
      scores_[rows.integer(3)] += rows.integer(4);
  }
  looked_at_ += read;
  return read == most && older_ < EngagementStore::older_in_a_row && !too_large();
}

Ranking RecentScan::top(sqlite::Database& database) const {
  std::vector<std::pair<std::int64_t, std::int64_t>> order(scores_.begin(), scores_.end());
  std::erase_if(order, [](const auto& entry) { return entry.second <= 0; });
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (order.size() > query_.ranking.limit) order.resize(query_.ranking.limit);
  Ranking ranking;
  for (const auto& [user_id, score] : order) {
    auto person = database.prepare(
        "SELECT user_id, username, nickname, avatar_url FROM session_people WHERE session_key = ?1 AND "
        "user_id = ?2");
    person.bind(1, query_.ranking.session_key).bind(2, user_id);
    if (person.step()) ranking.push_back(read_person(person, score));
  }
  return ranking;
}

Task<Result<Stats>> SqliteEngagementStore::stats(Executor executor, events::SessionKey session_key,
                                                 UnixMs now, std::string caller) {
  std::function<Stats(sqlite::Database&)> job = [session_key, now](sqlite::Database& database) {
    return read_stats(database, session_key, now);
  };
  co_return co_await readers_.read<Stats>(executor, std::move(job), std::move(caller));
}

Task<Result<Ranking>> SqliteEngagementStore::ranking(Executor executor, RankingQuery query) {
  std::string caller = query.caller;
  std::function<Ranking(sqlite::Database&)> job = [query = std::move(query)](sqlite::Database& database) {
    return read_ranking(database, query);
  };
  co_return co_await readers_.read<Ranking>(executor, std::move(job), std::move(caller));
}

Task<Result<RecentRanking>> SqliteEngagementStore::recent_ranking(Executor executor,
                                                                  RecentRankingQuery query) {
  const std::string caller = query.ranking.caller;
  const auto scan = std::make_shared<RecentScan>(query);
  for (bool more = true; more;) {
    std::function<bool(sqlite::Database&)> step = [scan](sqlite::Database& database) {
      return scan->step(database);
    };
    CO_TRY(more, co_await readers_.read<bool>(executor, std::move(step), caller));
  }
  RecentRanking recent;
  recent.too_large = scan->too_large();
  if (recent.too_large) co_return recent;
  std::function<Ranking(sqlite::Database&)> top = [scan](sqlite::Database& database) {
    return scan->top(database);
  };
  CO_TRY(recent.people, co_await readers_.read<Ranking>(executor, std::move(top), caller));
  co_return recent;
}

Task<Result<Timeline>> SqliteEngagementStore::timeline(Executor executor, TimelineQuery query) {
  std::string caller = query.caller;
  std::function<Timeline(sqlite::Database&)> job = [query = std::move(query)](sqlite::Database& database) {
    return read_timeline(database, query);
  };
  co_return co_await readers_.read<Timeline>(executor, std::move(job), std::move(caller));
}

}  // namespace papi::engagement
