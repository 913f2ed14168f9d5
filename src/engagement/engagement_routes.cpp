#include "engagement/engagement_routes.hpp"

#include "platform/base/json_writer.hpp"
#include "platform/http/query_reader.hpp"

namespace papi::engagement {
namespace {

using events::EventType;
using http::Exchange;
using http::Response;

using Sums = std::map<std::string, Sum, std::less<>>;

Sum sum_of(const Sums& sums, std::string_view kind) {
  const auto found = sums.find(kind);
  return found == sums.end() ? Sum() : found->second;
}
std::int64_t events_in(const Sums& sums) {
  std::int64_t total = 0;
  for (std::size_t i = 0; i < events::event_type_count; ++i)
    total += sum_of(sums, events::to_string(static_cast<EventType>(i))).n;
  return total;
}
void write_by_type(JsonWriter& out, const Sums& sums, bool with_zero) {
  for (std::size_t i = 0; i < events::event_type_count; ++i) {
    const auto name = events::to_string(static_cast<EventType>(i));
    const Sum sum = sum_of(sums, name);
    if (sum.n > 0 || with_zero) out.field(name, sum.n);
  }
}
std::int64_t mean(const Sum& sum) { return sum.n == 0 ? 0 : (sum.amount + sum.n / 2) / sum.n; }

void write_stats(JsonWriter& out, const Stats& stats) {
  out.field("events", events_in(stats.sums));
  out.open("by_type");
  write_by_type(out, stats.sums, true);
  out.close();
  out.field("unique_users", stats.unique_users);
  const Sum streaks = sum_of(stats.sums, streaks_kind);
  out.open("gifts");
  out.field("streaks", streaks.n);
  out.field("count", sum_of(stats.sums, gifts_kind).amount);
  out.field("diamonds", streaks.amount);
  out.close();
  out.open("likes");
  out.field("taps", sum_of(stats.sums, "like").amount);
  out.field("total", sum_of(stats.sums, like_total_kind).peak);
  out.close();
  const Sum viewers = sum_of(stats.sums, "viewers");
  out.open("viewers");
  out.field("now", stats.viewers_now);
  out.field("peak", viewers.peak);
  out.field("mean", mean(viewers));
  out.close();
  out.open("last_minute");
  out.field("events", events_in(stats.last_minute));
  out.field("comments", sum_of(stats.last_minute, "comment").n);
  out.field("likes", sum_of(stats.last_minute, "like").amount);
  out.field("diamonds", sum_of(stats.last_minute, streaks_kind).amount);
  out.close();
  if (stats.first_span > 0) {
    out.field("first_event_at", rfc3339(stats.first_span));
    out.field("last_event_at", rfc3339(stats.last_span));
  }
}

Task<Result<Response>> get_stats(const EngagementParts& parts, Exchange& exchange) {
  CO_TRY(const events::SessionPosition session, co_await find_session(parts, exchange));
  std::function<Stats(sqlite::Database&)> query = [key = session.key,
                                                   now = parts.clock.now_ms()](sqlite::Database& database) {
    return read_stats(database, key, now);
  };
  CO_TRY(const Stats stats,
         co_await parts.store.readers().read<Stats>(exchange.executor, std::move(query), exchange.taker()));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("session_id", exchange.params.values[0]);
  out.field("epoch", session.epoch);
  out.field("offset", session.last_offset);
  write_stats(out, stats);
  out.close();
  co_return Response(std::move(json));
}

RankBy read_rank_by(http::QueryReader& parameters) {
  const std::string by = parameters.text("by").value_or("comments");
  if (by == "gifts") return RankBy::gifts;
  if (by == "likes") return RankBy::likes;
  if (by == "shares") return RankBy::shares;
  if (by != "comments") parameters.reject("by", "must be comments, gifts, likes or shares");
  return RankBy::comments;
}

using Ranking = std::vector<Ranked>;

Task<Result<Ranking>> read_whole_ranking(const EngagementParts& parts, Exchange& exchange, std::int64_t key,
                                         RankBy by, int limit) {
  std::function<Ranking(sqlite::Database&)> query = [key, by, limit](sqlite::Database& database) {
    return read_ranking(database, key, by, limit);
  };
  co_return co_await parts.store.readers().read<Ranking>(exchange.executor, std::move(query),
                                                         exchange.taker());
}

/// In steps, so that others have their turn between them.
Task<Result<Ranking>> read_any_ranking(const EngagementParts& parts, Exchange& exchange, std::int64_t key,
                                       RankBy by, std::optional<UnixMs> since, int limit) {
  if (!since) co_return co_await read_whole_ranking(parts, exchange, key, by, limit);
  const auto recent = std::make_shared<RecentRanking>(key, by, *since);
  for (bool more = true; more;) {
    std::function<bool(sqlite::Database&)> step = [recent](sqlite::Database& database) {
      return recent->step(database);
    };
    CO_TRY(more,
           co_await parts.store.readers().read<bool>(exchange.executor, std::move(step), exchange.taker()));
  }
  if (recent->too_large()) {
    co_return invalid("window", "holds more than " + std::to_string(RecentRanking::max_rows) +
                                    " events; ask for a shorter one");
  }
  std::function<Ranking(sqlite::Database&)> top = [recent, limit](sqlite::Database& database) {
    return recent->top(database, limit);
  };
  co_return co_await parts.store.readers().read<Ranking>(exchange.executor, std::move(top), exchange.taker());
}

Task<Result<Response>> get_leaderboard(const EngagementParts& parts, Exchange& exchange) {
  http::QueryReader parameters(exchange.request);
  const RankBy by = read_rank_by(parameters);
  const std::int64_t limit = parameters.integer("limit", 10, 1, 1'000);
  const std::int64_t window = parameters.integer("window", 0, 0, 86'400);
  if (auto fault = parameters.fault()) co_return std::move(*fault);
  CO_TRY(const events::SessionPosition session, co_await find_session(parts, exchange));
  std::optional<UnixMs> since;
  if (window > 0) since = parts.clock.now_ms() - window * 1000;
  CO_TRY(const Ranking ranking,
         co_await read_any_ranking(parts, exchange, session.key, by, since, static_cast<int>(limit)));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("session_id", exchange.params.values[0]);
  out.field("by", parameters.text("by").value_or("comments"));
  out.field("unit", by == RankBy::gifts ? "diamonds" : by == RankBy::likes ? "taps" : "events");
  if (window > 0) out.field("window_seconds", window);
  out.open_array("leaderboard");
  std::int64_t rank = 0;
  for (const Ranked& person : ranking) {
    out.open();
    out.field("rank", ++rank);
    out.field("score", person.score);
    out.open("user");
    out.id_field("id", person.user_id);
    out.field("username", person.username);
    out.field("nickname", person.nickname);
    out.field("avatar_url", person.avatar_url);
    if (person.user_id != 0)
      out.field("picture", parts.pictures.path_of(static_cast<std::uint64_t>(person.user_id)));
    out.close();
    out.close();
  }
  out.close_array();
  out.close();
  co_return Response(std::move(json));
}

void write_bucket(JsonWriter& out, const Bucket& bucket) {
  out.open();
  out.field("starts_at", rfc3339(bucket.starts_at));
  out.field("starts_at_ms", bucket.starts_at);
  out.field("events", events_in(bucket.sums));
  out.open("by_type");
  write_by_type(out, bucket.sums, false);
  out.close();
  out.field("likes", sum_of(bucket.sums, "like").amount);
  out.field("diamonds", sum_of(bucket.sums, streaks_kind).amount);
  const Sum viewers = sum_of(bucket.sums, "viewers");
  if (viewers.n > 0) out.field("viewers_peak", viewers.peak), out.field("viewers_mean", mean(viewers));
  out.close();
}

Task<Result<Response>> get_timeline(const EngagementParts& parts, Exchange& exchange) {
  constexpr int max_buckets = 10'000;
  http::QueryReader parameters(exchange.request);
  const std::int64_t bucket = parameters.integer("bucket", 60, 10, 86'400);
  if (bucket % 10 != 0) parameters.reject("bucket", "must be a multiple of 10 seconds");
  const UnixMs since = parameters.time("since", 0);
  const UnixMs until = parameters.time("until", std::numeric_limits<UnixMs>::max());
  if (auto fault = parameters.fault()) co_return std::move(*fault);
  CO_TRY(const events::SessionPosition session, co_await find_session(parts, exchange));
  using Buckets = std::vector<Bucket>;
  std::function<Buckets(sqlite::Database&)> query = [key = session.key, bucket, since,
                                                     until](sqlite::Database& database) {
    return read_timeline(database, key, bucket * 1000, since, until, max_buckets + 1);
  };
  CO_TRY(Buckets buckets,
         co_await parts.store.readers().read<Buckets>(exchange.executor, std::move(query), exchange.taker()));
  const bool more = buckets.size() > static_cast<std::size_t>(max_buckets);
  if (more) buckets.pop_back();
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("session_id", exchange.params.values[0]);
  out.field("bucket_seconds", bucket);
  out.open_array("buckets");
  for (const Bucket& one : buckets) write_bucket(out, one);
  out.close_array();
  out.field("more", more);
  out.close();
  co_return Response(std::move(json));
}

}  // namespace

Task<Result<events::SessionPosition>> find_session(const EngagementParts& parts, const Exchange& exchange) {
  const auto session =
      co_await parts.sessions.position(exchange.params.values[0], events::Viewer(exchange.caller));
  if (!session) co_return Error(ErrorCode::not_found, "There is no session of that id");
  co_return *session;
}

std::vector<http::Route> engagement_routes(const EngagementParts& parts) {
  using http::Method;
  using http::Permission;
  const auto with = [parts](Task<Result<Response>> (*handler)(const EngagementParts&, Exchange&)) {
    return http::TaskHandler([parts, handler](Exchange& exchange) { return handler(parts, exchange); });
  };
  std::vector<http::Route> routes;
  routes.push_back(
      {Method::get, "/sessions/{id}/stats", Permission::read, "Figures of a session", with(get_stats)});
  routes.push_back({Method::get, "/sessions/{id}/leaderboard", Permission::read,
                    "Who comments, gives, likes or shares most", with(get_leaderboard)});
  routes.back().query = {"by", "limit", "window"};
  routes.push_back(
      {Method::get, "/sessions/{id}/timeline", Permission::read, "Figures over time", with(get_timeline)});
  routes.back().query = {"bucket", "since", "until"};
  for (auto& route : routes) route.owned = true;
  routes.push_back(export_route(parts));
  return routes;
}

}  // namespace papi::engagement
