#include "engagement/engagement_routes.hpp"

#include "access/permissions.hpp"
#include "engagement/leaderboard.hpp"
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

Task<Result<Response>> get_stats(const EngagementDependencies& deps, Exchange& exchange) {
  CO_TRY(const events::SessionPosition session, co_await find_session(deps, exchange));
  CO_TRY(const Stats stats, co_await deps.engagement.stats(exchange.executor, session.key,
                                                           deps.clock.now_ms(), exchange.quota_key()));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("session_id", exchange.params.values[0]);
  out.field("epoch", session.epoch);
  out.field("offset", session.last_offset.value());
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

Task<Result<Response>> get_leaderboard(const EngagementDependencies& deps, Exchange& exchange) {
  http::QueryReader parameters(exchange.request);
  const RankBy by = read_rank_by(parameters);
  const std::int64_t limit = parameters.integer("limit", 10, 1, 1'000);
  const std::int64_t window_seconds = parameters.integer("window", 0, 0, 86'400);
  if (auto fault = parameters.fault()) co_return std::move(*fault);
  CO_TRY(const events::SessionPosition session, co_await find_session(deps, exchange));
  RankingQuery query;
  query.session_key = session.key;
  query.by = by;
  query.limit = static_cast<std::size_t>(limit);
  query.caller = exchange.quota_key();
  std::optional<UnixMs> since;
  if (window_seconds > 0) since = deps.clock.now_ms() - window_seconds * 1000;
  CO_TRY(const Ranking ranking,
         co_await leaderboard(deps.engagement, exchange.executor, std::move(query), since));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("session_id", exchange.params.values[0]);
  out.field("by", parameters.text("by").value_or("comments"));
  out.field("unit", by == RankBy::gifts ? "diamonds" : by == RankBy::likes ? "taps" : "events");
  if (window_seconds > 0) out.field("window_seconds", window_seconds);
  out.open_array("leaderboard");
  std::int64_t rank = 0;
  for (const Ranked& person : ranking) {
    out.open();
    out.field("rank", ++rank);
    out.field("score", person.score);
    out.open("user");
    out.id_field("id", static_cast<std::int64_t>(person.user_id.value()));
    out.field("username", person.username);
    out.field("nickname", person.nickname);
    out.field("avatar_url", person.avatar_url);
    if (person.user_id != events::UserId()) out.field("picture", deps.pictures.path_of(person.user_id));
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
  if (viewers.n > 0) {
    out.field("viewers_peak", viewers.peak);
    out.field("viewers_mean", mean(viewers));
  }
  out.close();
}

Task<Result<Response>> get_timeline(const EngagementDependencies& deps, Exchange& exchange) {
  http::QueryReader parameters(exchange.request);
  const std::int64_t bucket_seconds = parameters.integer("bucket", 60, 10, 86'400);
  if (bucket_seconds % 10 != 0) parameters.reject("bucket", "must be a multiple of 10 seconds");
  TimelineQuery query;
  query.bucket = std::chrono::seconds(bucket_seconds);
  query.since = parameters.time("since", query.since);
  query.until = parameters.time("until", query.until);
  query.caller = exchange.quota_key();
  if (auto fault = parameters.fault()) co_return std::move(*fault);
  CO_TRY(const events::SessionPosition session, co_await find_session(deps, exchange));
  query.session_key = session.key;
  CO_TRY(const Timeline timeline, co_await deps.engagement.timeline(exchange.executor, std::move(query)));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("session_id", exchange.params.values[0]);
  out.field("bucket_seconds", bucket_seconds);
  out.open_array("buckets");
  for (const Bucket& one : timeline.buckets) write_bucket(out, one);
  out.close_array();
  out.field("more", timeline.more);
  out.close();
  co_return Response(std::move(json));
}

}  // namespace

Task<Result<events::SessionPosition>> find_session(const EngagementDependencies& deps,
                                                   const Exchange& exchange) {
  const auto session =
      co_await deps.sessions.position(exchange.params.values[0], events::Viewer(exchange.caller));
  if (!session) co_return Error(ErrorCode::not_found, "There is no session of that id");
  co_return *session;
}

std::vector<http::Route> engagement_routes(const EngagementDependencies& deps) {
  using http::Method;
  const auto with = [deps](Task<Result<Response>> (*handler)(const EngagementDependencies&, Exchange&)) {
    return http::TaskHandler([deps, handler](Exchange& exchange) { return handler(deps, exchange); });
  };
  std::vector<http::Route> routes;
  routes.push_back({.method = Method::get,
                    .path = "/sessions/{id}/stats",
                    .permission = permission::read,
                    .summary = "Figures of a session",
                    .handler = with(get_stats),
                    .session_scoped = true,
                    .scoped_credentials = true});
  routes.push_back({.method = Method::get,
                    .path = "/sessions/{id}/leaderboard",
                    .permission = permission::read,
                    .summary = "Who comments, gives, likes or shares most",
                    .handler = with(get_leaderboard),
                    .session_scoped = true,
                    .scoped_credentials = true,
                    .query = {"by", "limit", "window"}});
  routes.push_back({.method = Method::get,
                    .path = "/sessions/{id}/timeline",
                    .permission = permission::read,
                    .summary = "Figures over time",
                    .handler = with(get_timeline),
                    .session_scoped = true,
                    .scoped_credentials = true,
                    .query = {"bucket", "since", "until"}});
  routes.push_back(export_route(deps));
  return routes;
}

}  // namespace papi::engagement
