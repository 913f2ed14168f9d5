#include "events/postgres_ended_logs.hpp"

#include "tests/postgres_fixture.hpp"
#include "tests/postgres_schema.hpp"

namespace papi::events {
namespace {

struct PostgresEndedLogs : postgres::ServerTest {
  test::PostgresSchema database{false};
  postgres::Pool pool{executor(), database.target(), postgres::PoolOptions(), log, Random(1)};

  ~PostgresEndedLogs() override {
    run(pool.stop(std::chrono::steady_clock::now() + std::chrono::seconds(10)));
  }
};

}  // namespace

TEST_F(PostgresEndedLogs, the_oldest_are_forgotten_at_a_start) {
  const auto connection = connect();
  const auto made = run(connection->script(
      "INSERT INTO stores.sessions (key, session_id, epoch, username, room_id, state, reason, "
      "wait_until_live, created_at) VALUES (1, 'quiz2', 'e', 'ann', '', 'ended', '', false, 0); "
      "INSERT INTO stores.ended_logs SELECT 'quiz' || n, n FROM generate_series(1, 6) AS n"));
  ASSERT_TRUE(made) << made.error().what;
  const auto known = [&] { return table("SELECT session_id FROM stores.ended_logs ORDER BY 1"); };
  ASSERT_TRUE(run(prepare_ended_logs(pool, database.schema())));
  EXPECT_EQ(known(), "quiz1 quiz2 quiz3 quiz4 quiz5 quiz6");
  ASSERT_TRUE(run(prepare_ended_logs(pool, database.schema(), 3)));
  EXPECT_EQ(known(), "quiz2 quiz4 quiz5 quiz6") << "a session with the id quiz2 exists";
  ASSERT_TRUE(run(prepare_ended_logs(pool, database.schema(), 3)));
  EXPECT_EQ(known(), "quiz2 quiz4 quiz5 quiz6");
}

}  // namespace papi::events
