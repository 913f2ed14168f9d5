// The contract suite of the engagement store, on SQLite, and the steps of its search.

#include "engagement/sqlite_engagement_store.hpp"

#include "engagement/engagement_store_contract.hpp"
#include "engagement/recent_ranking_contract.hpp"
#include "events/sqlite_store_fixture.hpp"

namespace papi::engagement {
namespace {

class SqliteEngagement : public events::SqliteStores {
 public:
  SqliteEngagement() { store_.emplace(readers()); }
  EngagementStore& engagement() { return *store_; }
  void restart(bool keep_events = true) {
    store_.reset();
    SqliteStores::restart(keep_events);
    store_.emplace(readers());
  }

 private:
  std::optional<SqliteEngagementStore> store_;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, EngagementStoreContract, SqliteEngagement);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, RecentRankingContract, SqliteEngagement);

TEST(RecentScan, looks_at_20000_events_in_a_step_and_ends_in_a_run_of_older_ones) {
  events::SqliteStores stores;
  auto database = sqlite::Database::open(stores.path());
  auto row = database->prepare(
      "INSERT INTO events(session_key, \"offset\", id, type, timestamp_ms, user_id, username, amount, body)"
      " VALUES (1, ?1, ?1, 'like', ?2, 7, '', 1, '')");
  database->execute(
      "INSERT INTO sessions(key, session_id, epoch, username, room_id, state, reason, wait_until_live,"
      " created_at) VALUES (1, 's', 'e1', 'ann', '7', '', '', 0, 1)");
  database->execute("BEGIN");
  for (std::int64_t i = 1; i <= 45'000; ++i) row.bind(1, i).bind(2, start + i).run();
  database->execute("COMMIT");
  const auto steps = [&](UnixMs since, std::size_t max_events) {
    RecentRankingQuery query;
    query.ranking.session_key = events::SessionKey(1);
    query.ranking.by = RankBy::likes;
    query.since = since;
    query.max_events = max_events;
    RecentScan scan(query);
    int count = 1;
    while (scan.step(*database)) ++count;
    return count;
  };
  EXPECT_EQ(steps(start + 3'001, 2'000'000), 3) << "20,000 + 20,000, then 2,000 and the run of older ones";
  EXPECT_EQ(steps(0, 2'000'000), 3) << "20,000 + 20,000 + 5,000";
  EXPECT_EQ(steps(0, 20'000), 2) << "one more than may be looked at";
  EXPECT_EQ(steps(0, 19'999), 1);
  EXPECT_EQ(steps(start + 45'001, 2'000'000), 1);
}

}  // namespace papi::engagement
