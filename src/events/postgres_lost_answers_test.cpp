// The stores on PostgreSQL when the answer to a commit is lost, and what the database itself does to shares.

#include "events/event_fixture.hpp"
#include "events/postgres_event_store.hpp"
#include "events/postgres_share_store.hpp"
#include "tests/postgres_fixture.hpp"
#include "tests/postgres_schema.hpp"
#include "tests/tcp_proxy.hpp"

namespace papi::events {
using namespace testing_log;

namespace {

/// The writer's connection goes through a proxy that can cut it; the pool's does not.
struct PostgresLostAnswers : postgres::ServerTest {
  test::PostgresSchema database{false};
  test::TcpProxy proxy{server.port()};
  postgres::Pool pool{executor(), database.target(), postgres::PoolOptions(), log, Random(1)};
  postgres::Writer writer{executor(), target_of(server.url_at(proxy.port())), database.writer_options(), log,
                          Random(2)};
  PostgresEventStore store{writer, pool, database.schema(), true};
  PostgresShareStore shares{writer, database.schema()};

  ~PostgresLostAnswers() override {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    run(writer.stop(deadline));
    run(pool.stop(deadline));
  }
  SessionKey create(const std::string& id, SessionKey replaced = {}) {
    StoredSession made = session();
    made.id = id;
    const auto created = run(store.create_session(executor(), made, replaced));
    EXPECT_TRUE(created);
    return created ? created->key : SessionKey();
  }
  auto append(std::vector<StoredBatch> batches, const std::string& cursor) {
    UpstreamPosition position;
    position.room = "ann";
    position.room_id = "70";
    position.cursor = cursor;
    return store.append(executor(), std::move(batches), position);
  }
  std::string offsets() {
    return table("SELECT session_key || ':' || \"offset\" FROM stores.events ORDER BY 1");
  }
  void script(const std::string& sql) {
    const auto connection = connect();
    const auto done = run(connection->script(sql));
    ASSERT_TRUE(done) << done.error().what;
  }
};

}  // namespace

TEST_F(PostgresLostAnswers, of_an_append_say_what_is_stored_and_store_it_once) {
  const auto one = create("one"), two = create("two");
  proxy.cut_answer_after(0);
  const auto lost = run(append({batch_of(one, numbered_comments(1, 2)), batch_of(two, {})}, "t-1"));
  ASSERT_TRUE(lost) << lost.error().message;
  EXPECT_EQ(proxy.cuts(), 1);
  EXPECT_TRUE(lost->stored);
  EXPECT_EQ(lost->last_offsets, (std::vector<Offset>{Offset(2), Offset(0)}));
  EXPECT_EQ(lost->left_out, (std::vector<bool>{false, false}));
  proxy.cut_next_request();  // never arrived
  const auto again = run(append({batch_of(one, numbered_comments(3, 1))}, "t-2"));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(proxy.cuts(), 2);
  EXPECT_EQ(again->last_offsets, (std::vector<Offset>{Offset(2)})) << "before the batch";
  const std::string key = std::to_string(one.value());
  EXPECT_EQ(offsets(), key + ":1 " + key + ":2 " + key + ":3");
}

TEST_F(PostgresLostAnswers, of_jobs_without_events_do_not_deceive_the_others_of_their_group) {
  const auto one = create("one");
  proxy.cut_answer_after(0);
  // One group: a position without events, a new session and events.
  const auto position = start(append({batch_of(one, {})}, "t-7"));
  StoredSession made = session();
  made.id = "two";
  const auto created = start(store.create_session(executor(), made, SessionKey()));
  const auto events = start(append({batch_of(one, numbered_comments(1, 2))}, "t-8"));
  run_until([&] { return position->has_value() && created->has_value() && events->has_value(); });
  EXPECT_GE(proxy.cuts(), 1);
  for (const auto* answer : {&**position, &**events}) {
    ASSERT_TRUE(*answer) << answer->error().message;
    EXPECT_TRUE((*answer)->stored);
  }
  ASSERT_TRUE(**created) << (**created).error().message;
  EXPECT_TRUE((**created)->first_log);
  EXPECT_EQ(table("SELECT session_id FROM stores.sessions ORDER BY key"), "one two");
  const std::string key = std::to_string(one.value());
  EXPECT_EQ(offsets(), key + ":1 " + key + ":2");
}

TEST_F(PostgresLostAnswers, of_a_session_that_replaces_another_leave_one_of_them) {
  const auto old = create("quiz");
  const SessionShare share{"u_bob", 5};
  std::vector<std::string> none;
  ASSERT_TRUE(run(shares.add(executor(), old, share, none)));
  proxy.cut_answer_after(0);
  const auto fresh = create("quiz", old);
  EXPECT_EQ(proxy.cuts(), 1);
  EXPECT_GT(fresh, old);
  EXPECT_EQ(table("SELECT state || key FROM stores.sessions ORDER BY key"),
            "deleted" + std::to_string(old.value()) + ' ' + std::to_string(fresh.value()));
  EXPECT_EQ(table("SELECT session_key || reader FROM stores.session_shares"),
            std::to_string(fresh.value()) + "u_bob");
}

TEST_F(PostgresLostAnswers, shares_end_with_their_user_or_key_and_with_the_owner_of_their_session) {
  StoredSession made = session();
  made.owner = "u_ann";
  const auto created = run(store.create_session(executor(), made, SessionKey()));
  ASSERT_TRUE(created);
  std::vector<std::string> none;
  for (const char* reader : {"u_bob", "k_1", "k_2", "u_carl"}) {
    const SessionShare share{reader, 5};
    ASSERT_TRUE(run(shares.add(executor(), created->key, share, none)));
  }
  script(
      "INSERT INTO stores.users (id, username, name_key, email, role, password, active, created_at) SELECT "
      "id, id, "
      "id, '', 'user', '', true, 1 FROM unnest(ARRAY['u_ann', 'u_bob']) AS u(id); "
      "INSERT INTO stores.api_keys (id, user_id, name, hash, preview, permissions, created_at, expires_at, "
      "active) "
      "SELECT id, 'u_ann', id, id, '', 1, 1, 9, true FROM unnest(ARRAY['k_1', 'k_2']) AS k(id)");
  const auto readers = [&] { return table("SELECT reader FROM stores.session_shares ORDER BY reader"); };
  script("UPDATE stores.api_keys SET active = false WHERE id = 'k_1'");
  EXPECT_EQ(readers(), "k_2 u_bob u_carl");
  script("DELETE FROM stores.api_keys WHERE id = 'k_2'");
  EXPECT_EQ(readers(), "u_bob u_carl");
  script("DELETE FROM stores.users WHERE id = 'u_bob'");
  EXPECT_EQ(readers(), "u_carl");
  script("DELETE FROM stores.users WHERE id = 'u_ann'");
  EXPECT_EQ(readers(), "") << "the owner of the session";
}

}  // namespace papi::events
