// What an erasure leaves in the files of the database, and how it is removed.

#include "events/postgres_dead_rows.hpp"

#include <filesystem>
#include <fstream>

#include "events/event_fixture.hpp"
#include "events/postgres_event_store.hpp"
#include "tests/postgres_fixture.hpp"
#include "tests/postgres_schema.hpp"

namespace papi::events {
using namespace testing_log;

namespace {

/// Each test runs on the server itself and through pgbouncer in transaction mode.
struct PostgresDeadRowsTest : postgres::ServerTest, testing::WithParamInterface<bool> {
  test::PostgresSchema database{GetParam()};
  postgres::Pool pool{executor(), database.target(), postgres::PoolOptions(), log, Random(1)};
  postgres::Writer writer{executor(), database.target(), database.writer_options(), log, Random(2)};
  PostgresEventStore store{writer, pool, database.schema(), true};
  PostgresDeadRows dead_rows{writer, pool, database.schema()};
  PostgresDeadRows::Options three_tries{3, postgres::milliseconds(5), postgres::milliseconds(60'000)};
  PostgresDeadRows impatient{writer, pool, database.schema(), three_tries};
  SessionKey key;

  // Texts that no other test has.
  static constexpr const char* name = "zoe.dead.rows";
  static constexpr const char* nickname = "Zoe Of The Dead Rows";

  PostgresDeadRowsTest() {
    // Other tests have left rows in the files.
    const auto connection = connect();
    const std::string tables =
        column(*connection,
               "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'stores'::regnamespace");
    std::istringstream names(tables);
    for (std::string table_name; names >> table_name;)
      script(*connection, "VACUUM FULL stores." + table_name);
    const StoredSession made = session();
    const auto created = run(store.create_session(executor(), made, SessionKey()));
    if (!created) throw std::runtime_error(created.error().message);
    key = created->key;
  }
  ~PostgresDeadRowsTest() override {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    run(writer.stop(deadline));
    run(pool.stop(deadline));
  }
  /// A gift of the person, with an open streak and sums.
  void append(std::uint64_t offset) {
    Event event = event_of(offset, Comment{"hello", "en", {}, {}, {}});
    event.user->username = name;
    event.user->nickname = nickname;
    StoredBatch batch;
    batch.session_key = key;
    batch.events.push_back(numbered(offset, event));
    batch.streaks.push_back({"streak", std::string(batch.events[0]->json())});
    batch.totals.people.resize(1);
    PersonTotals& person = batch.totals.people[0];
    person.user_id = event.user->id;
    person.username = name;
    person.nickname = nickname;
    person.comments = 1;
    std::vector<StoredBatch> batches{batch};
    const UpstreamPosition nowhere;
    const auto stored = run(store.append(executor(), std::move(batches), nowhere));
    ASSERT_TRUE(stored) << stored.error().message;
    ASSERT_TRUE(stored->stored);
  }
  std::size_t erase(const std::string& username) {
    const auto erased = run(store.erase_person(executor(), username, ""));
    EXPECT_TRUE(erased) << erased.error().message;
    return erased ? *erased : 0;
  }
  Result<std::size_t> remove() { return run(dead_rows.remove(executor())); }
  Result<std::size_t> try_to_remove() { return run(impatient.remove(executor())); }
  void script(postgres::Connection& connection, const std::string& sql) {
    const auto done = run(connection.script(sql));
    if (!done) throw std::runtime_error(done.error().what);
  }
  std::string noted() { return table("SELECT name FROM stores.erased_tables ORDER BY name"); }
  std::string partition() {
    return table("SELECT tableoid::regclass FROM stores.events LIMIT 1")
        .substr(std::string("stores.").size());
  }
  /// Each table of the schema and its file.
  std::string files() {
    return table(
        "SELECT relname || ':' || pg_relation_filenode(oid) FROM pg_class WHERE relkind = 'r' AND "
        "relnamespace = 'stores'::regnamespace AND relname <> 'vacuum_probe' ORDER BY relname");
  }
  /// How many files of the database, other than its WAL, hold one of the person's names.
  int files_with_names() {
    server.as_superuser("CHECKPOINT");
    namespace fs = std::filesystem;
    const fs::path data = fs::path(server.certificate()).parent_path() / "data";
    int found = 0;
    for (const auto& entry : fs::recursive_directory_iterator(data)) {
      std::error_code gone;
      if (!entry.is_regular_file(gone) || entry.path().string().find("/pg_wal/") != std::string::npos)
        continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
      found += bytes.find(name) != bytes.npos || bytes.find(nickname) != bytes.npos;
    }
    return found;
  }
};

}  // namespace

TEST_P(PostgresDeadRowsTest, leave_the_files_of_the_tables_that_an_erasure_changed) {
  for (std::uint64_t offset = 1; offset <= 40; ++offset) append(offset);
  {
    // Samples of the values would stay in pg_statistic.
    const auto connection = connect();
    script(*connection, "ANALYZE stores.events; ANALYZE stores.open_streaks; ANALYZE stores.session_people");
  }
  EXPECT_EQ(files_with_names(), 3) << "events, streaks and sums, and no samples";
  EXPECT_EQ(noted(), "");
  EXPECT_EQ(erase(name), 40u);
  const std::string changed = partition() + " open_streaks session_people";
  EXPECT_EQ(noted(), changed);
  EXPECT_GT(files_with_names(), 0) << "the test sees what the erasure leaves";

  const std::string before = files();
  // As after a crash: what is to do stands in the database.
  PostgresDeadRows after_start(writer, pool, database.schema());
  const auto removed = run(after_start.remove(executor()));
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(*removed, 3u);
  EXPECT_EQ(files_with_names(), 0);
  EXPECT_EQ(noted(), "");
  std::istringstream old_files(before), new_files(files());
  std::string rewritten;
  for (std::string was, is; old_files >> was && new_files >> is;) {
    if (was != is) rewritten += (rewritten.empty() ? "" : " ") + is.substr(0, is.find(':'));
  }
  EXPECT_EQ(rewritten, changed);
  append(41);
}

TEST_P(PostgresDeadRowsTest, of_an_unknown_person_cost_nothing) {
  append(1);
  const std::string before = files();
  EXPECT_EQ(erase("nobody"), 0u);
  EXPECT_EQ(noted(), "");
  EXPECT_EQ(remove().value(), 0u);
  EXPECT_EQ(files(), before);
}

TEST_P(PostgresDeadRowsTest, of_events_that_retention_deleted_are_removed_too) {
  append(1);
  append(2);
  Retention retention;
  retention.max_events = 1;
  const auto trimmed = run(store.trim(executor(), key, retention, event_time));
  ASSERT_TRUE(trimmed);
  const std::string changed = partition() + " open_streaks session_people";
  {
    const auto connection = connect();
    script(*connection, "DELETE FROM stores.events");
  }
  EXPECT_EQ(erase(name), 0u);
  EXPECT_EQ(noted(), changed);
  EXPECT_EQ(remove().value(), 3u);
  EXPECT_EQ(files_with_names(), 0);
}

TEST_P(PostgresDeadRowsTest, stay_while_an_older_transaction_sees_them_and_the_error_says_which) {
  append(1);
  std::string superuser = server.socket_url();
  superuser.replace(superuser.find("papi@"), 5, "postgres@");
  const struct {
    std::string url;
    const char* message;
  } rows[] = {
      {server.url("sslmode=disable&application_name=report"),
       " of role papi (report), in a transaction since "},
      {superuser, "GRANT pg_read_all_stats TO papi shows them"},
  };
  std::uint64_t offset = 2;
  for (const auto& row : rows) {
    append(offset++);
    const auto reader = connect(row.url);
    script(*reader, "BEGIN ISOLATION LEVEL REPEATABLE READ");
    ASSERT_TRUE(query(*reader, "SELECT count(*) FROM pg_class"));
    erase(name);
    const std::string before = files();
    const auto refused = try_to_remove();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    EXPECT_NE(refused.error().message.find("older than the erasure can still see it"), std::string::npos);
    EXPECT_NE(refused.error().message.find(row.message), std::string::npos) << refused.error().message;
    EXPECT_EQ(files(), before) << "nothing was written in vain";
    script(*reader, "COMMIT");
    const auto removed = remove();
    ASSERT_TRUE(removed) << removed.error().message;
    EXPECT_EQ(*removed, 3u);
    EXPECT_EQ(files_with_names(), 0);
  }
}

TEST_P(PostgresDeadRowsTest, stay_in_a_table_that_is_locked_and_nobody_waits_behind_the_try) {
  append(1);
  erase(name);
  const std::string changed = noted();
  const auto holder = connect();
  script(*holder, "BEGIN; LOCK TABLE stores." + partition() + " IN ACCESS SHARE MODE");
  PostgresDeadRows::Options patient = three_tries;
  patient.tries = 1'000'000;
  PostgresDeadRows waiting(writer, pool, database.schema(), patient);
  const auto under_way = start(waiting.remove(executor()));
  for (std::uint64_t offset = 2; offset <= 20; ++offset) append(offset);
  EXPECT_FALSE(under_way->has_value());
  waiting.stop();
  run_until([&] { return under_way->has_value(); });
  EXPECT_FALSE(**under_way);

  const auto refused = try_to_remove();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_NE(refused.error().message.find("another transaction has had it locked at each of 3 tries"),
            std::string::npos)
      << refused.error().message;
  EXPECT_EQ(noted(), changed) << "the next call goes on";
  script(*holder, "COMMIT");
  EXPECT_EQ(remove().value(), 3u);
  EXPECT_EQ(noted(), "");
}

TEST_P(PostgresDeadRowsTest, of_tables_of_another_owner_are_an_error_for_the_operator) {
  append(1);
  erase(name);
  server.as_superuser(
      "ALTER TABLE stores.session_people OWNER TO postgres; "
      "GRANT ALL ON stores.session_people TO papi");
  const auto refused = remove();
  server.as_superuser("ALTER TABLE stores.session_people OWNER TO papi");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::database);
  EXPECT_NE(refused.error().message.find("only the owner of table stores.session_people"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(remove().value(), 3u);
}

INSTANTIATE_TEST_SUITE_P(Postgres, PostgresDeadRowsTest, testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "pooled" : "direct"; });

}  // namespace papi::events
