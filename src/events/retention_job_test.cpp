#include "events/retention_job.hpp"

#include <boost/asio/post.hpp>

#include "events/log_fixture.hpp"
#include "tests/eventually.hpp"

namespace papi::events {
using namespace testing_log;

namespace {

using RetentionJobTest = LogFixture;

std::int64_t counted_bytes(const std::string& path) {
  auto database = sqlite::Database::open(path);
  auto row = database->prepare("SELECT bytes FROM sessions WHERE key = 1");
  return row.step() ? row.integer(0) : -1;
}
/// A wall clock that can be set. The steady clock stands still.
struct SetClock final : Clock {
  UnixMs now_ms() const override {
    ++asked;
    return wall.load();
  }
  std::chrono::steady_clock::time_point steady() const override { return {}; }
  mutable std::atomic<int> asked{0};
  std::atomic<UnixMs> wall{1'700'000'000'123};
};

}  // namespace

TEST_F(RetentionJobTest, a_deletion_that_was_cut_short_is_finished_and_its_session_is_not_seen_again) {
  {
    Running running(open(path), path, log);
    StoredSession mine = session(), other = session();
    other.key = SessionKey(2);
    other.id = "other";
    other.epoch = "e2";
    ASSERT_TRUE(running.save(mine));
    ASSERT_TRUE(running.save(other));
    ASSERT_TRUE(
        append(running.executor(), {running.log_of(mine), running.log_of(other)}, comments(1, 1'200)));
  }
  {
    auto database = open(path);
    database.prepare("UPDATE sessions SET state = 'deleted' WHERE key = 1").run();  // as after a crash
    const auto sessions = SqliteEventStore::sessions_in(database, 10);
    ASSERT_TRUE(sessions);
    ASSERT_EQ(sessions->size(), 1u);
    EXPECT_EQ(sessions->at(0).id, "other");
  }
  {
    Running running(open(path), path, log);
    const Executor executor = running.executor();
    TrustedClock trusted(clock);
    RetentionJob retention_job(RetentionJob::Dependencies{running.store, executor, clock, trusted, log},
                               Retention(), std::chrono::hours(1));
    auto over = net::co_spawn(executor, retention_job.run(), net::use_future);
    const auto keys = [&] {
      return *net::co_spawn(executor, running.store.session_keys(executor), net::use_future).get();
    };
    while (keys().size() > 1) {
    }
    net::post(executor, [&retention_job] { retention_job.stop(); });
    over.get();
  }
  auto database = open(path);
  auto left = database.prepare("SELECT session_key, count(*) FROM events GROUP BY session_key");
  ASSERT_TRUE(left.step());
  EXPECT_EQ(left.integer(0), 2);
  EXPECT_EQ(left.integer(1), 1'200);
  EXPECT_FALSE(left.step());
}

TEST_F(RetentionJobTest, keeps_the_limits_of_every_session_in_as_many_steps_as_it_takes) {
  Running running(open(path), path, log);
  StoredSession second = session();
  second.key = SessionKey(2);
  second.id = "other";
  second.epoch = "e2";
  ASSERT_TRUE(running.save(session()) && running.save(second));
  ASSERT_TRUE(append(running.executor(), {running.log_of(session())}, comments(1'000, 1'100)));
  ASSERT_TRUE(append(running.executor(), {running.log_of(second)}, comments(1'000, 3)));
  const auto number = [this](const char* sql) {
    auto database = sqlite::Database::open(path);
    auto row = database->prepare(sql);
    return row.step() ? row.integer(0) : -1;
  };
  Retention two;
  two.max_events = 2;
  const Executor executor = running.executor();
  ManualClock manual;
  TrustedClock trusted(manual);
  RetentionJob job(RetentionJob::Dependencies{running.store, executor, manual, trusted, log}, two,
                   std::chrono::hours(1));
  auto over = net::co_spawn(executor, job.run(), net::use_future);
  EXPECT_TRUE(test::eventually([&] { return number("SELECT count(*) FROM events") <= 4; }));
  net::post(executor, [&job] { job.stop(); });
  over.get();
  EXPECT_EQ(number("SELECT min(\"offset\") FROM events WHERE session_key = 1"), 1'099);
  EXPECT_EQ(number("SELECT min(\"offset\") FROM events WHERE session_key = 2"), 2);
}

TEST_F(RetentionJobTest, a_wall_clock_that_jumped_deletes_nothing_by_age_and_goes_on_by_number) {
  constexpr UnixMs day = 86'400'000;
  Running running(open(path), path, log);
  StoredSession mine = session();
  ASSERT_TRUE(running.save(mine));
  ASSERT_TRUE(append(running.executor(), {running.log_of(mine)}, comments(1, 1'200)));
  const Executor executor = running.executor();
  SetClock set;
  TrustedClock trusted(set);
  Retention limits;
  limits.max_age = std::chrono::days(90);
  limits.max_events = 1'000;
  RetentionJob retention_job(RetentionJob::Dependencies{running.store, executor, set, trusted, log}, limits,
                             std::chrono::milliseconds(1));
  set.wall += 400 * day;
  auto over = net::co_spawn(executor, retention_job.run(), net::use_future);
  const auto left = [&] {
    auto database = sqlite::Database::open(path);
    auto row = database->prepare("SELECT count(*) FROM events");
    return row.step() ? row.integer(0) : -1;
  };
  while (left() > 1'000) {
  }
  const int asked = set.asked;
  while (set.asked < asked + 100) {  // several more sweeps
  }
  EXPECT_EQ(left(), 1'000);
  trusted.heard_platform_time(set.wall, true);  // TikTok confirms that 400 days have passed
  while (left() > 0) {
  }
  net::post(executor, [&retention_job] { retention_job.stop(); });
  over.get();
  EXPECT_EQ(counted_bytes(path), 0);
}

TEST_F(RetentionJobTest, only_the_platforms_time_tells_whether_a_clock_is_right_at_the_start) {
  constexpr UnixMs hour = 3'600'000;
  for (const bool right : {true, false}) {
    Running running(open(path), path, log);
    StoredSession mine = session();
    ASSERT_TRUE(running.save(mine));
    const Executor executor = running.executor();
    SetClock set;
    TrustedClock trusted(set);
    // The time of these events is that of the wall clock, as it is for streak ends that the service adds.
    PreparedEvents ends = comments(right ? 1 : 3, 2);
    UpstreamPosition position;
    position.room = right ? "ann" : "bert";
    position.platform_time = set.wall - (right ? hour : hour + 1);
    ASSERT_TRUE(append(executor, {running.log_of(mine)}, ends, position));
    position.platform_time = 1;
    ASSERT_TRUE(append(executor, {running.log_of(mine)}, comments(9, 1), position)) << "it stays the newest";
    if (!right)
      sqlite::Database::open(path)->prepare("DELETE FROM upstream_positions WHERE room='ann'").run();
    RetentionJob retention_job(RetentionJob::Dependencies{running.store, executor, set, trusted, log},
                               Retention(), std::chrono::hours(1));
    auto over = net::co_spawn(executor, retention_job.run(), net::use_future);
    EXPECT_TRUE(test::eventually([&] { return trusted.doubt() != TrustedClock::Doubt::nothing_stored; }));
    EXPECT_EQ(trusted.doubt(), right ? TrustedClock::Doubt::none : TrustedClock::Doubt::far_from_stored);
    net::post(executor, [&retention_job] { retention_job.stop(); });
    over.get();
  }
}

}  // namespace papi::events
