// The contract suite of the people seen, on PostgreSQL and through pgbouncer.

#include "profiles/postgres_seen_people_store.hpp"

#include "profiles/seen_people_store_contract.hpp"
#include "tests/postgres_store_fixture.hpp"

namespace papi::profiles {
namespace {

template <bool pooled>
using PostgresPeople = postgres::StoreEngine<SeenPeopleStore, PostgresSeenPeopleStore, pooled>;

TEST(PostgresPeopleErasure, notes_the_file_that_keeps_the_dead_rows) {
  postgres::StoreFixture database{false};
  PostgresSeenPeopleStore store(database.writer(), database.pool(), database.schema());
  const auto noted = [&] {
    return database.number("SELECT count(*) FROM {schema}.erased_tables WHERE name = 'people'");
  };
  const auto erase = [&] {
    const std::vector<events::UserId> ids{events::UserId(7)};
    EXPECT_TRUE(
        net::co_spawn(database.executor(), store.erase(database.executor(), ids), net::use_future).get());
  };
  erase();
  EXPECT_EQ(noted(), 0);
  database.run(postgres::Statement(
      "add", database.schema().qualify("INSERT INTO {schema}.people VALUES (7, 0, 'ann', 'Ann')")));
  erase();
  EXPECT_EQ(noted(), 1);
}

INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, SeenPeopleStoreContract, PostgresPeople<false>);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, SeenPeopleStoreContract, PostgresPeople<true>);

}  // namespace
}  // namespace papi::profiles
