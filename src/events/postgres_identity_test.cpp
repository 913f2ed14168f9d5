#include "events/postgres_identity.hpp"

#include <filesystem>
#include <fstream>

#include "tests/postgres_fixture.hpp"
#include "tests/postgres_schema.hpp"

namespace papi::events {
namespace {

PlaceFacts unbroken() {
  PlaceFacts facts;
  facts.now = DatabasePlace{"7712", "00000001", 500, 16'385, 16'411};
  facts.stored = DatabasePlace{"7712", "00000001", 400, 16'385, 16'411};
  facts.has_events = true;
  return facts;
}

struct PlaceRow {
  const char* name;
  void (*change)(PlaceFacts&);
  const char* reason;  // contained in the reason; empty: the sessions keep their epochs
};

const PlaceRow place_rows[] = {
    {"another start", [](PlaceFacts&) {}, ""},
    {"nothing written in between", [](PlaceFacts& f) { f.stored->wal_position = 500; }, ""},
    {"a new database",
     [](PlaceFacts& f) {
       f.stored.reset();
       f.has_events = false;
     },
     ""},
    {"the identity was deleted", [](PlaceFacts& f) { f.stored.reset(); }, "events and no identity"},
    {"no events, another database",
     [](PlaceFacts& f) {
       f.has_events = false;
       f.now.database_oid = 1;
     },
     "database's oid was 16385 and is 1:"},
    {"another cluster", [](PlaceFacts& f) { f.now.system_id = "8"; },
     "system identifier was 7712 and is 8: the database was moved to another server"},
    {"a promoted standby", [](PlaceFacts& f) { f.now.timeline = "00000002"; },
     "timeline was 00000001 and is 00000002: a standby was promoted"},
    {"an older timeline", [](PlaceFacts& f) { f.stored->timeline = "00000002"; }, "is 00000001"},
    {"a dump restored with --clean", [](PlaceFacts& f) { f.now.events_oid = 16'500; },
     "oid of the table events was 16411 and is 16500"},
    {"a dump loaded into the same tables", [](PlaceFacts& f) { f.row_is_original = false; },
     "rows of the database were loaded"},
    {"the WAL went back", [](PlaceFacts& f) { f.now.wal_position = 399; },
     "WAL position was 400 and is 399: the server's write-ahead log was reset"},
    {"a role that may never ask",
     [](PlaceFacts& f) {
       f.now.system_id = f.now.timeline = f.stored->system_id = f.stored->timeline = "";
       f.now.wal_position = f.stored->wal_position = 0;
     },
     ""},
    {"a role that may ask from now on",
     [](PlaceFacts& f) {
       f.stored->system_id = f.stored->timeline = "";
       f.stored->wal_position = 0;
     },
     ""},
    {"a role that may not ask for the system any more", [](PlaceFacts& f) { f.now.system_id = ""; },
     "may not ask for it any more"},
    {"a role that may not ask for the WAL any more",
     [](PlaceFacts& f) {
       f.now.timeline = "";
       f.now.wal_position = 0;
     },
     "may not ask for it any more"},
};

TEST(PostgresIdentityRules, keep_epochs_exactly_where_the_history_is_unbroken) {
  for (const PlaceRow& row : place_rows) {
    PlaceFacts facts = unbroken();
    row.change(facts);
    const auto reason = reason_for_new_epochs(facts);
    EXPECT_EQ(reason.has_value(), *row.reason != '\0') << row.name << ": " << reason.value_or("kept");
    if (!reason) continue;
    EXPECT_NE(reason->find(row.reason), std::string::npos) << row.name << ": " << *reason;
  }
}

/// Each test runs on the server itself and through pgbouncer in transaction mode.
struct PostgresIdentity : postgres::ServerTest, testing::WithParamInterface<bool> {
  test::PostgresSchema database{GetParam()};
  postgres::Pool pool{executor(), database.target(), postgres::PoolOptions(), log, Random(1)};
  std::string log_path =
      (std::filesystem::temp_directory_path() / ("identity_test_" + std::to_string(getpid()) + ".log"))
          .string();
  LogOptions options;

  PostgresIdentity() {
    options.level = LogLevel::warning;
    options.output = -1;
    options.file_path = log_path;
    script(
        "INSERT INTO stores.sessions (key, session_id, epoch, username, room_id, state, reason, "
        "wait_until_live, created_at, last_offset) VALUES (1, 'quiz', 'e1', 'ann', '', 'ended', '', false, "
        "0, 7), (2, 'chat', 'e2', 'ben', '', 'deleted', '', false, 0, 3), (3, 'talk', 'e3', 'eve', '', "
        "'connected', '', false, 0, 0)");
  }
  ~PostgresIdentity() override {
    run(pool.stop(std::chrono::steady_clock::now() + std::chrono::seconds(10)));
    std::filesystem::remove(log_path);
  }
  void script(const std::string& sql) {
    const auto connection = connect();
    const auto done = run(connection->script(sql));
    if (!done) throw std::runtime_error(done.error().what);
  }
  /// Returns what the start logged.
  std::string settle(const std::string& fence = "SELECT 1") {
    std::filesystem::remove(log_path);
    {
      Logger logger(options, clock);
      EXPECT_TRUE(logger.open_file());
      const auto settled =
          run(settle_identity(pool, database.schema(), postgres::Statement("fence", fence), logger));
      if (!settled) return "failed: " + settled.error().message;
    }
    std::ifstream file(log_path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  std::string epochs() { return table("SELECT epoch FROM stores.sessions ORDER BY key"); }
};

}  // namespace

TEST_P(PostgresIdentity, is_noted_by_the_first_start_and_found_again_by_the_next) {
  script("UPDATE stores.sessions SET last_offset = 0");
  EXPECT_EQ(settle(), "");
  const std::string row = "SELECT system_id || timeline || database_oid || events_oid FROM stores.identity";
  const std::string noted = table(row);
  EXPECT_EQ(noted, table("SELECT (SELECT system_identifier FROM pg_control_system()) || '00000001' || "
                         "(SELECT oid FROM pg_database WHERE datname = 'papi_test') || "
                         "'stores.events'::regclass::oid"));
  script("UPDATE stores.sessions SET last_offset = 7");
  EXPECT_EQ(settle(), "");
  script("VACUUM (FULL, FREEZE) stores.identity");
  EXPECT_EQ(settle(), "") << "the row keeps its transaction";
  EXPECT_EQ(table(row), noted);
  EXPECT_EQ(epochs(), "e1 e2 e3");
}

TEST_P(PostgresIdentity, of_another_place_begins_new_epochs_once_and_says_why) {
  const struct {
    const char *sql, *reason;
  } rows[] = {
      {"DELETE FROM stores.identity", "the database has events and no identity"},
      {"UPDATE stores.identity SET written_by = pg_current_xact_id()::text::bigint & 4294967295, "
       "timeline = '00000000'",
       "the timeline was 00000000 and is 00000001"},
      {"UPDATE stores.identity SET written_by = pg_current_xact_id()::text::bigint & 4294967295, "
       "wal_position = wal_position + (1::bigint << 50)",
       "write-ahead log was reset"},
      // As pg_restore --data-only does.
      {"CREATE TEMP TABLE dump AS SELECT * FROM stores.identity; TRUNCATE stores.identity; "
       "INSERT INTO stores.identity SELECT * FROM dump",
       "the rows of the database were loaded from a dump"},
  };
  script("UPDATE stores.sessions SET last_offset = 0");
  ASSERT_EQ(settle(), "");
  script("UPDATE stores.sessions SET last_offset = 7");
  for (const auto& row : rows) {
    script(row.sql);
    script("UPDATE stores.sessions SET epoch = 'e' || key");
    const std::string logged = settle();
    EXPECT_NE(logged.find("Sessions begin new epochs"), std::string::npos) << row.sql << logged;
    EXPECT_NE(logged.find("sessions=2"), std::string::npos) << logged;
    EXPECT_NE(logged.find(row.reason), std::string::npos) << logged;
    EXPECT_EQ(table("SELECT count(DISTINCT epoch) FROM stores.sessions WHERE epoch ~ '^[0-9a-f]{16}$'"), "2");
    EXPECT_EQ(table("SELECT epoch FROM stores.sessions WHERE key = 2"), "e2") << "it is deleted";
    EXPECT_EQ(table("SELECT last_offset FROM stores.sessions WHERE key = 1"), "7");
    const std::string renewed = epochs();
    EXPECT_EQ(settle(), "") << row.sql;
    EXPECT_EQ(epochs(), renewed);
  }
}

TEST_P(PostgresIdentity, is_not_touched_by_a_start_that_fails) {
  EXPECT_EQ(settle("SELECT stores.check_lease_v1('database', 5)").substr(0, 7), "failed:");
  EXPECT_EQ(epochs(), "e1 e2 e3");
  EXPECT_EQ(table("SELECT count(*) FROM stores.identity"), "0");
}

TEST_P(PostgresIdentity, fences_what_is_written_on_another_timeline_or_under_another_lease) {
  script("INSERT INTO stores.leases VALUES ('database', 'me', 5, 'infinity')");
  const auto fault = [&](std::int64_t epoch) {
    postgres::Segment one;
    one.push_back(history_fence(database.schema(), epoch));
    const auto asked = run(pool.ask(std::move(one)));
    return asked ? std::string() : std::string(to_string(asked.error().kind)) + ": " + asked.error().what;
  };
  EXPECT_EQ(fault(5), "") << "no start has been here";
  EXPECT_EQ(fault(4).substr(0, 7), "fenced:");
  settle();
  EXPECT_EQ(fault(5), "");
  script("UPDATE stores.identity SET timeline = '00000009'");
  EXPECT_EQ(fault(5).substr(0, 7), "fenced:");
  EXPECT_NE(fault(5).find("restart the service"), std::string::npos) << fault(5);
  script("UPDATE stores.identity SET timeline = ''");
  EXPECT_EQ(fault(5), "") << "the role may not ask for it";
}

TEST_P(PostgresIdentity, new_epochs_begin_on_demand_and_not_a_second_time_at_the_start) {
  const auto begun = run(begin_new_epochs(pool, database.schema()));
  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_EQ(*begun, 2u);
  const std::string renewed = epochs();
  EXPECT_EQ(table("SELECT count(*) FROM stores.sessions WHERE epoch IN ('e1', 'e3')"), "0");
  EXPECT_EQ(settle(), "");
  EXPECT_EQ(epochs(), renewed);
}

INSTANTIATE_TEST_SUITE_P(Postgres, PostgresIdentity, testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "pooled" : "direct"; });

}  // namespace papi::events
