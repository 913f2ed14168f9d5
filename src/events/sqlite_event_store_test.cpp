// The contract suites of the stores, on SQLite, and what only SQLite has.

#include "events/sqlite_event_store.hpp"

#include "events/erasure_contract.hpp"
#include "events/event_store_contract.hpp"
#include "events/log_fixture.hpp"
#include "events/retention_contract.hpp"
#include "events/session_store_contract.hpp"
#include "events/sqlite_store_fixture.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::events {
using namespace testing_log;

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, EventStoreContract, SqliteStores);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, SessionStoreContract, SqliteStores);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, RetentionContract, SqliteStores);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, ErasureContract, SqliteStores);

namespace {

using SqliteEventStoreTest = LogFixture;

std::int64_t bytes_counted(const std::string& path) {
  auto database = sqlite::Database::open(path);
  auto row = database->prepare("SELECT bytes FROM sessions WHERE key = 1");
  return row.step() ? row.integer(0) : -1;
}
std::int64_t bytes_there(const std::string& path) {
  auto database = sqlite::Database::open(path);
  auto row = database->prepare("SELECT coalesce(sum(length(CAST(body AS BLOB))), 0) FROM events");
  return row.step() ? row.integer(0) : -1;
}

}  // namespace

TEST_F(SqliteEventStoreTest, a_database_of_the_first_version_is_taken_over_with_the_places_of_its_rooms) {
  {
    auto database = sqlite::Database::open(path);
    ASSERT_TRUE(database);
    const sqlite::Schema first{schema::embedded_sqlite_migrations().first(1)};
    ASSERT_TRUE(sqlite::migrate(*database, first));
    database->prepare("INSERT INTO sessions VALUES (1,'a','e1','Ann','70','connected','',1,5,6,3,99)").run();
    database->prepare("INSERT INTO sessions VALUES (2,'b','e2','','71','connected','',0,5,6,0,0)").run();
    database->prepare("INSERT INTO sessions VALUES (3,'c','e3','carl','72','ended','',0,5,6,0,0)").run();
    database->prepare("INSERT INTO room_cursors VALUES ('ann','73','t-1')").run();
    database->prepare("INSERT INTO room_cursors VALUES ('#71','71','t-2')").run();
  }
  auto database = open(path);
  const auto sessions = SqliteEventStore::sessions_in(database, 10);
  ASSERT_TRUE(sessions);
  ASSERT_EQ(sessions->size(), 3u);
  EXPECT_EQ(sessions->at(0).cursor, "t-1");
  EXPECT_EQ(sessions->at(0).room_id, "73");
  EXPECT_EQ(sessions->at(0).last_offset, Offset(3));
  EXPECT_EQ(sessions->at(1).cursor, "t-2");
  EXPECT_EQ(sessions->at(2).cursor, "");
}

TEST_F(SqliteEventStoreTest, bodies_that_change_between_the_look_and_the_deletion_do_not_move_the_account) {
  Running running(open(path), path, log);
  StoredSession mine = session();
  ASSERT_TRUE(running.save(mine));
  ASSERT_TRUE(append(running.executor(), {running.log_of(mine)}, comments(1, 300)));
  const Executor executor = running.executor();
  std::promise<void> release;
  const auto released = release.get_future().share();
  sqlite::Writer::Job redaction = [released](sqlite::Database& database) {
    released.wait();
    database.execute("UPDATE events SET body = '{}' WHERE \"offset\" <= 50");
    database.execute(
        "UPDATE sessions SET bytes = (SELECT sum(length(CAST(body AS BLOB))) FROM events WHERE session_key = "
        "key)");
  };
  auto redacted = net::co_spawn(executor, running.writer.write(executor, redaction), net::use_future);
  Retention limits;
  limits.max_events = 200;
  auto trimmed = net::co_spawn(executor, running.store.trim(executor, SessionKey(1), limits, clock.now_ms()),
                               net::use_future);
  // The only reader thread works in order. When it has answered this query, trim() has looked.
  std::function<int(sqlite::Database&)> nothing = [](sqlite::Database&) { return 0; };
  ASSERT_TRUE(
      net::co_spawn(executor, running.readers->read<int>(executor, std::move(nothing)), net::use_future)
          .get());
  release.set_value();
  EXPECT_TRUE(redacted.get());
  EXPECT_TRUE(trimmed.get());
  EXPECT_GT(bytes_there(path), 0);
  EXPECT_EQ(bytes_counted(path), bytes_there(path));
}

TEST_F(SqliteEventStoreTest, retention_and_forgetting_at_once_leave_an_exact_account) {
  Running running(open(path), path, log);
  StoredSession mine = session();
  ASSERT_TRUE(running.save(mine));
  ASSERT_TRUE(append(running.executor(), {running.log_of(mine)}, comments(1, 6'000)));
  const Executor executor = running.executor();
  auto forgotten =
      net::co_spawn(executor, running.store.erase_person(executor, "ann.1", ""), net::use_future);
  Retention limits;
  for (limits.max_events = 5'900; limits.max_events > 0; limits.max_events -= 100) {
    const auto done =
        net::co_spawn(executor, running.store.trim(executor, SessionKey(1), limits, clock.now_ms()),
                      net::use_future)
            .get();
    ASSERT_TRUE(done);
  }
  EXPECT_TRUE(forgotten.get());
  EXPECT_EQ(bytes_counted(path), bytes_there(path));
}

TEST_F(SqliteEventStoreTest, a_deleted_session_leaves_no_row_in_any_table) {
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  ASSERT_TRUE(running.save(session()));
  StoredBatch batch = batch_of(SessionKey(1), numbered_comments(1, 20));
  batch.streaks = {{"a", "{}"}};
  batch.totals.people.resize(1);
  batch.totals.people[0].user_id = UserId(7);
  batch.totals.spans = {{1'700'000'000'000, "comment", {20, 20, 1}}};
  batch.totals.viewers = 5;
  UpstreamPosition position;
  position.room = "ann";
  position.cursor = "t-1";
  std::vector<StoredBatch> batches{batch};
  ASSERT_TRUE(
      net::co_spawn(executor, running.store.append(executor, batches, position), net::use_future).get());
  Retention limits;
  limits.max_events = 10;
  ASSERT_TRUE(
      net::co_spawn(executor, running.store.trim(executor, SessionKey(1), limits, 0), net::use_future).get());
  auto database = sqlite::Database::open(path);
  database->execute("INSERT INTO session_shares VALUES (1, 'u_bob', 1)");
  const auto rows = [&](const std::string& table) {
    auto row = database->prepare("SELECT count(*) FROM " + table);
    return row.step() ? row.integer(0) : -1;
  };
  const std::string tables[] = {"sessions",           "events",         "trimmed_events", "open_streaks",
                                "upstream_positions", "session_people", "session_spans",  "session_now",
                                "session_shares"};
  for (const std::string& table : tables) EXPECT_GT(rows(table), 0) << table;
  ASSERT_TRUE(
      net::co_spawn(executor, running.store.mark_deleted(executor, SessionKey(1), 5), net::use_future).get());
  ASSERT_TRUE(
      net::co_spawn(executor, running.store.delete_rows(executor, SessionKey(1)), net::use_future).get());
  for (const std::string& table : tables) EXPECT_EQ(rows(table), 0) << table;
}

TEST_F(SqliteEventStoreTest, keys_are_not_given_again_in_a_database_of_an_earlier_version) {
  {
    auto database = sqlite::Database::open(path);
    const sqlite::Schema before_keys{schema::embedded_sqlite_migrations().first(19)};
    ASSERT_TRUE(sqlite::migrate(*database, before_keys));
    database->execute(
        "INSERT INTO sessions(key, session_id, epoch, username, room_id, state, reason, wait_until_live,"
        " created_at) VALUES (41, 's', 'e1', 'ann', '7', '', '', 0, 1)");
  }
  Running running(open(path), path, log);
  const Executor executor = running.executor();
  const auto create = [&] {
    return net::co_spawn(executor, running.store.create_session(executor, session(), SessionKey()),
                         net::use_future)
        .get()
        ->key;
  };
  EXPECT_EQ(create(), SessionKey(42));
  auto database = sqlite::Database::open(path);
  database->execute("UPDATE sessions SET key = 50 WHERE key = 42");  // as if an earlier version had run again
  EXPECT_EQ(create(), SessionKey(51));
}

}  // namespace papi::events
