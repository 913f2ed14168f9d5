// The contract suite of the profiles, on PostgreSQL and through pgbouncer.

#include "profiles/postgres_profile_store.hpp"

#include "profiles/profile_store_contract.hpp"
#include "tests/postgres_store_fixture.hpp"

namespace papi::profiles {
namespace {

template <bool pooled>
class PostgresProfiles : public postgres::StoreEngine<ProfileStore, PostgresProfileStore, pooled> {
 public:
  std::size_t pictures() {
    return static_cast<std::size_t>(this->database_.number("SELECT count(*) FROM {schema}.profile_images"));
  }

  void change(std::string sql) {
    constexpr std::string_view update = "UPDATE ";
    this->database_.run(
        postgres::Statement(sql, this->database_.schema().qualify(sql.insert(update.size(), "{schema}."))));
  }
};

TEST(PostgresProfileErasure, notes_the_files_that_keep_the_dead_rows) {
  postgres::StoreFixture database{false};
  PostgresProfileStore store(database.writer(), database.pool(), database.schema());
  const auto noted = [&] {
    return database.number(
        "SELECT count(*) FROM {schema}.erased_tables WHERE name IN ('profiles', 'profile_images')");
  };
  const auto erase = [&](const std::string& name) {
    return net::co_spawn(database.executor(), store.erase(database.executor(), name), net::use_future)
        .get()
        .value();
  };
  EXPECT_FALSE(erase("ann"));
  EXPECT_EQ(noted(), 0);
  database.run(postgres::Statement(
      "add", database.schema().qualify("WITH image AS (INSERT INTO {schema}.profile_images (hash, type, "
                                       "width, height, bytes) VALUES ('h', 1, 1, 1, '') RETURNING hash) "
                                       "INSERT INTO {schema}.profiles (username, nickname, source, priority, "
                                       "image_hash, created_at, cached_at, expires_at, look_again_at) "
                                       "SELECT 'ann', '', 1, 1, hash, 0, 0, 0, 0 FROM image")));
  EXPECT_TRUE(erase("ann"));
  EXPECT_EQ(noted(), 2);
}

INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, ProfileStoreContract, PostgresProfiles<false>);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, ProfileStoreContract, PostgresProfiles<true>);

}  // namespace
}  // namespace papi::profiles
