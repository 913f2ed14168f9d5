#include "engagement/leaderboard.hpp"

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>

namespace papi::engagement {
namespace {

/// Answers at once, and keeps the last question.
struct FixedStore final : EngagementStore {
  Task<Result<Stats>> stats(Executor, events::SessionKey, UnixMs, std::string) override { co_return Stats(); }
  Task<Result<Ranking>> ranking(Executor, RankingQuery query) override {
    whole = std::move(query);
    co_return Ranking(1);
  }
  Task<Result<RecentRanking>> recent_ranking(Executor, RecentRankingQuery query) override {
    recent = std::move(query);
    RecentRanking answer;
    answer.too_large = too_large;
    if (!too_large) answer.people.resize(2);
    co_return answer;
  }
  Task<Result<Timeline>> timeline(Executor, TimelineQuery) override { co_return Timeline(); }

  bool too_large = false;
  std::optional<RankingQuery> whole;
  std::optional<RecentRankingQuery> recent;
};

Result<Ranking> ask(FixedStore& store, std::optional<UnixMs> since) {
  net::io_context context(1);
  RankingQuery query;
  query.session_key = events::SessionKey(3);
  query.by = RankBy::gifts;
  query.limit = 7;
  query.caller = "k_1";
  auto answer = net::co_spawn(context.get_executor(),
                              leaderboard(store, context.get_executor(), query, since), net::use_future);
  context.run();
  return answer.get();
}

}  // namespace

TEST(Leaderboard, is_of_the_whole_session_or_of_the_time_that_is_asked_for) {
  FixedStore store;
  EXPECT_EQ(ask(store, std::nullopt)->size(), 1u);
  ASSERT_TRUE(store.whole);
  EXPECT_EQ(store.whole->limit, 7u);
  EXPECT_FALSE(store.recent);
  EXPECT_EQ(ask(store, 500)->size(), 2u);
  ASSERT_TRUE(store.recent);
  EXPECT_EQ(store.recent->since, 500);
  EXPECT_EQ(store.recent->ranking.session_key, events::SessionKey(3));
  EXPECT_EQ(store.recent->ranking.caller, "k_1");
  EXPECT_EQ(store.recent->max_events, 2'000'000u);
}

TEST(Leaderboard, refuses_a_window_that_is_too_large_by_name) {
  FixedStore store;
  store.too_large = true;
  const auto refused = ask(store, 500);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::validation);
  EXPECT_EQ(refused.error().message, "window: holds more than 2000000 events; ask for a shorter one");
}

}  // namespace papi::engagement
