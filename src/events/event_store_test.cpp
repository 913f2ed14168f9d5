#include "events/event_store.hpp"

#include <boost/asio/post.hpp>

#include "events/event_schema.hpp"
#include "events/log_fixture.hpp"
#include "events/retention.hpp"

namespace papi::events {
using namespace testing_log;

using EventStoreTest = LogFixture;

TEST_F(EventStoreTest, a_database_of_the_first_version_is_taken_over_with_the_places_of_its_rooms) {
  {
    auto database = sqlite::Database::open(path);
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->migrate("events", std::span(event_schema).first(1)));
    database->prepare("INSERT INTO sessions VALUES (1,'a','e1','Ann','70','connected','',1,5,6,3,99)").run();
    database->prepare("INSERT INTO sessions VALUES (2,'b','e2','','71','connected','',0,5,6,0,0)").run();
    database->prepare("INSERT INTO sessions VALUES (3,'c','e3','carl','72','ended','',0,5,6,0,0)").run();
    database->prepare("INSERT INTO room_cursors VALUES ('ann','73','t-1')").run();
    database->prepare("INSERT INTO room_cursors VALUES ('#71','71','t-2')").run();
  }
  auto database = open(path);
  const auto sessions = EventStore::load_sessions(database, 10);
  ASSERT_TRUE(sessions);
  ASSERT_EQ(sessions->size(), 3u);
  EXPECT_EQ(sessions->at(0).cursor, "t-1");
  EXPECT_EQ(sessions->at(0).room_id, "73");
  EXPECT_EQ(sessions->at(0).last_offset, 3u);
  EXPECT_EQ(sessions->at(1).cursor, "t-2");
  EXPECT_EQ(sessions->at(2).cursor, "");
}

TEST_F(EventStoreTest, a_deletion_that_was_cut_short_is_finished_and_its_session_is_not_seen_again) {
  {
    Running running(open(path), path, log);
    StoredSession mine = session(), other = session();
    other.key = 2, other.id = "other", other.epoch = "e2";
    ASSERT_TRUE(running.save(mine));
    ASSERT_TRUE(running.save(other));
    ASSERT_TRUE(
        append(running.executor(), {running.log_of(mine), running.log_of(other)}, comments(1, 1'200)));
  }
  {
    auto database = open(path);
    database.prepare("UPDATE sessions SET state = 'deleted' WHERE key = 1").run();  // as a crash leaves it
    const auto sessions = EventStore::load_sessions(database, 10);
    ASSERT_TRUE(sessions);
    ASSERT_EQ(sessions->size(), 1u);
    EXPECT_EQ(sessions->at(0).id, "other");
  }
  {
    Running running(open(path), path, log);
    const Executor executor = running.executor();
    Retainer retainer(running.store, executor, clock, Retention(), std::chrono::hours(1));
    auto over = net::co_spawn(executor, retainer.run(), net::use_future);
    const auto keys = [&] {
      return *net::co_spawn(executor, running.store.session_keys(executor), net::use_future).get();
    };
    while (keys().size() > 1) {
    }
    net::post(executor, [&retainer] { retainer.stop(); });
    over.get();
  }
  auto database = open(path);
  auto left = database.prepare("SELECT session_key, count(*) FROM events GROUP BY session_key");
  ASSERT_TRUE(left.step());
  EXPECT_EQ(left.integer(0), 2);
  EXPECT_EQ(left.integer(1), 1'200);
  EXPECT_FALSE(left.step());
}

}  // namespace papi::events
