#include "tests/postgres_fixture.hpp"

namespace papi::postgres {

struct PostgresCopyIn : ServerTest {
  PostgresCopyIn() { make_table("copy_in(a bigint, b text)"); }
  std::unique_ptr<Connection> connection = connect();

  Reply<std::uint64_t> copy(std::string_view data, const std::string& sql = "COPY copy_in FROM STDIN") {
    return run(connection->copy_in(sql, data));
  }
};

TEST_F(PostgresCopyIn, stores_many_rows_in_the_transaction_that_is_open) {
  const auto small = copy("1\tone\n2\t\\N\n");
  ASSERT_TRUE(small) << small.error().what;
  EXPECT_EQ(*small, 2u);
  EXPECT_EQ(table("SELECT a || coalesce(b, '-') FROM copy_in ORDER BY a"), "1one 2-");

  std::string large;  // more than the buffers of both sides hold
  for (int i = 0; i < 100'000; ++i) large += "7\t" + std::string(100, 'x') + "\n";
  ASSERT_TRUE(query(*connection, "BEGIN"));
  const auto stored = copy(large);
  ASSERT_TRUE(stored) << stored.error().what;
  EXPECT_EQ(*stored, 100'000u);
  ASSERT_TRUE(query(*connection, "ROLLBACK"));
  EXPECT_EQ(table("SELECT count(*) FROM copy_in"), "2");
  const auto none = copy("");
  ASSERT_TRUE(none) << none.error().what;
  EXPECT_EQ(*none, 0u);
}

TEST_F(PostgresCopyIn, a_refused_row_stores_nothing_and_leaves_the_connection) {
  std::string data = "1\tone\nx\ttwo\n";
  for (int i = 0; i < 50'000; ++i) data += "7\t" + std::string(100, 'x') + "\n";  // which is still sent
  const auto refused = copy(data);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().sqlstate, "22P02");
  EXPECT_EQ(refused.error().kind, FaultKind::refused);
  EXPECT_TRUE(connection->idle());
  EXPECT_EQ(table("SELECT count(*) FROM copy_in"), "0");
  const auto missing = copy("", "COPY no_such_table FROM STDIN");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().sqlstate, "42P01");
  EXPECT_TRUE(connection->idle());
}

TEST_F(PostgresCopyIn, another_statement_closes_the_connection) {
  const auto other = copy("", "SELECT 1");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, FaultKind::unusable);
  EXPECT_FALSE(connection->open());
  const auto closed = copy("1\tone\n");
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().kind, FaultKind::away);
}

}  // namespace papi::postgres
