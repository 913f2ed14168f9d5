#include "platform/postgres/migrations.hpp"

#include <array>

#include "tests/postgres_fixture.hpp"

namespace papi::postgres {
namespace {

/// Each test runs on the server itself and through pgbouncer in transaction mode, in a schema of its own.
struct PostgresMigrations : ServerTest, testing::WithParamInterface<bool> {
  std::optional<test::Pooler> pooler;
  std::unique_ptr<Connection> connection;
  const Schema schema = *Schema::parse("migrated", "DB_SCHEMA");

  PostgresMigrations() {
    if (GetParam()) pooler.emplace(server);
    connection = connect(server.url_at(pooler ? pooler->port() : server.port()));
    const auto dropped = run(connection->script("DROP SCHEMA IF EXISTS migrated CASCADE"));
    if (!dropped) throw std::runtime_error(dropped.error().what);
  }
  Result<int> apply(std::span<const Migration> steps) { return run(migrate(*connection, schema, steps)); }
  std::string journal() {
    return column(*connection, "SELECT version || name FROM migrated.schema_migrations");
  }
};

constexpr std::array steps{Migration{1, "people",
                                     "CREATE TABLE {schema}.people (id bigint); "
                                     "INSERT INTO {schema}.people VALUES (7)"},
                           Migration{2, "names", "ALTER TABLE {schema}.people ADD name text DEFAULT 'ann'"},
                           Migration{3, "more", "INSERT INTO {schema}.people VALUES (8, 'ben')"}};

}  // namespace

TEST_P(PostgresMigrations, apply_what_is_missing_once_and_in_order) {
  EXPECT_EQ(apply(std::span(steps).first(1)).value(), 1);
  EXPECT_EQ(journal(), "1people");
  EXPECT_EQ(apply(steps).value(), 2);
  EXPECT_EQ(apply(steps).value(), 0);
  EXPECT_EQ(journal(), "1people 2names 3more");
  EXPECT_EQ(column(*connection, "SELECT id || name FROM migrated.people ORDER BY id"), "7ann 8ben");
}

TEST_P(PostgresMigrations, leave_nothing_of_a_step_that_fails) {
  const std::array broken{steps[0],
                          Migration{2, "broken", "INSERT INTO {schema}.people VALUES (9); SELECT 1/0"}};
  const auto failed = apply(broken);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::database);
  EXPECT_NE(failed.error().message.find("step 2 (broken): division by zero"), std::string::npos)
      << failed.error().message;
  EXPECT_EQ(journal(), "1people");
  EXPECT_EQ(column(*connection, "SELECT id FROM migrated.people"), "7");
  EXPECT_EQ(apply(steps).value(), 2) << "the corrected program goes on";
}

TEST_P(PostgresMigrations, refuse_a_database_that_is_not_ready_and_say_why) {
  ASSERT_TRUE(apply(steps));
  const auto marked = run(connection->script(
      "INSERT INTO migrated.schema_migrations VALUES (1000000, 'half a copy: finish it', '')"));
  ASSERT_TRUE(marked) << marked.error().what;
  for (const std::size_t known : {1u, 3u}) {  // an older program too
    const auto refused = apply(std::span(steps).first(known));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::database);
    EXPECT_EQ(refused.error().message,
              "The tables of schema 'migrated' cannot be made or changed: the database is not ready: half a "
              "copy: finish it");
  }
}

TEST_P(PostgresMigrations, refuse_a_newer_database_and_a_changed_step) {
  ASSERT_TRUE(apply(steps));
  const auto older = apply(std::span(steps).first(2));
  ASSERT_FALSE(older);
  EXPECT_NE(older.error().message.find("newer version"), std::string::npos) << older.error().message;
  auto changed = steps;
  changed[1].sql = "ALTER TABLE {schema}.people ADD name text DEFAULT 'eve'";
  const auto other = apply(changed);
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("step 2 (names)"), std::string::npos) << other.error().message;
  EXPECT_EQ(journal(), "1people 2names 3more");
}

TEST_P(PostgresMigrations, of_two_processes_take_turns) {
  const auto second = connect(server.url_at(pooler ? pooler->port() : server.port()));
  const auto a = start(migrate(*connection, schema, steps)), b = start(migrate(*second, schema, steps));
  run_until([&] { return a->has_value() && b->has_value(); });
  ASSERT_TRUE(**a) << (**a).error().message;
  ASSERT_TRUE(**b) << (**b).error().message;
  EXPECT_EQ((**a).value() + (**b).value(), 3);
  EXPECT_EQ(column(*connection, "SELECT id FROM migrated.people ORDER BY id"), "7 8");
}

INSTANTIATE_TEST_SUITE_P(Postgres, PostgresMigrations, testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "pooled" : "direct"; });

}  // namespace papi::postgres
