#include "auth/token_service.hpp"

#include "auth/account_fixture.hpp"
#include "auth/maintenance_job.hpp"
#include "auth/sqlite_token_rows.hpp"
#include "tests/eventually.hpp"

namespace papi::auth {
namespace {

using TokenServiceTest = AccountTest;

TEST_F(TokenServiceTest, a_token_that_was_revoked_stays_so_when_the_clock_jumps_ahead_and_back) {
  make("ann");
  const auto pair = login("ann", good);
  auto database = sqlite::Database::open(path);
  const auto user = store::user_by_name(*database, "ann");
  store::revoke_families_of(*database, user->id, clock.now_ms());
  clock.advance(24h * 400);
  stop();
  start();  // reads everything while the clock is wrong
  clock.advance(-24h * 400);
  EXPECT_FALSE(valid(*pair));
}

TEST_F(TokenServiceTest, revocations_are_deleted_only_by_a_clock_that_has_proved_itself) {
  make("ann");
  ASSERT_TRUE(login("ann", good));
  auto database = sqlite::Database::open(path);
  const auto user = store::user_by_name(*database, "ann");
  ASSERT_EQ(store::revoke_families_of(*database, user->id, clock.now_ms()), 1u);
  TrustedClock trusted(clock);
  clock.advance(24h * 400);  // both clocks advance, so this is no jump
  trusted.heard_platform_time(clock.now_ms(), true);
  TrustedClock doubted(clock);
  LastUsed keys_used, stream_tokens_used;
  for (TrustedClock* which : {&doubted, &trusted}) {
    MaintenanceJob maintenance({*running->store, *running->cache, *running->audit, keys_used,
                                stream_tokens_used, log, clock, *which},
                               executor(), std::chrono::days(90));
    auto over = net::co_spawn(executor(), maintenance.run(), net::use_future);
    if (which == &trusted) {
      EXPECT_TRUE(test::eventually([&] { return store::revoked_families(*database).empty(); }));
    }
    for (int rounds = 0; rounds < 2; ++rounds) {
      store::raise_version(*database);
      const auto version = store::version(*database);
      EXPECT_TRUE(test::eventually([&] { return running->cache->version() >= version; })) << "not noticed";
    }
    EXPECT_EQ(store::revoked_families(*database).size(), which == &trusted ? 0u : 1u);
    net::post(executor(), [&maintenance] { maintenance.stop(); });
    over.get();
  }
}

TEST_F(TokenServiceTest, a_refresh_token_is_no_retry_of_a_lost_answer_because_the_clock_was_set_back) {
  make("ann");
  const auto first = login("ann", good);
  clock.advance(24h);
  const auto second = run(tokens().refresh(nobody(), first->refresh));
  ASSERT_TRUE(second);
  clock.advance(-24h);
  EXPECT_FALSE(run(tokens().refresh(nobody(), first->refresh)));
  EXPECT_FALSE(valid(*second));
}

TEST_F(TokenServiceTest, a_refresh_token_works_once_and_a_second_use_ends_all_tokens_of_its_login) {
  make("ann");
  const auto first = login("ann", good);
  const auto other = login("ann", good);
  const auto second = run(tokens().refresh(nobody(), first->refresh));
  ASSERT_TRUE(second);
  EXPECT_NE(second->refresh.reveal(), first->refresh.reveal());
  clock.advance(9s);
  const auto again = run(tokens().refresh(nobody(), first->refresh));  // as if the answer was lost
  ASSERT_TRUE(again);
  EXPECT_EQ(again->refresh.reveal(), second->refresh.reveal());
  clock.advance(2s);
  EXPECT_FALSE(run(tokens().refresh(nobody(), first->refresh)));
  EXPECT_FALSE(run(tokens().refresh(nobody(), second->refresh))) << "the thief's, or ours: nobody can tell";
  EXPECT_FALSE(valid(*second));
  EXPECT_TRUE(valid(*other)) << "another login is not concerned";
  EXPECT_FALSE(run(tokens().refresh(nobody(), other->access))) << "an access token refreshes nothing";
  stop();
  start();
  EXPECT_FALSE(valid(*second)) << "also over a restart";
}

TEST_F(TokenServiceTest, a_login_does_not_live_for_ever_however_often_it_is_refreshed) {
  make("ann");
  auto pair = login("ann", good);
  int days = 0;
  while (pair && days < 100) {
    clock.advance(24h * 6);
    days += 6;
    pair = run(tokens().refresh(nobody(), pair->refresh));
  }
  EXPECT_EQ(days, 30);
}

TEST_F(TokenServiceTest, a_revoked_token_stays_revoked_for_as_long_as_it_can_live) {
  options.refresh_lifetime = 60s;
  options.access_lifetime = 1h;
  stop();
  start();
  const User ann = make("ann");
  const auto out = login("ann", good), kept = login("ann", good);
  Actor me = actor(ann);
  me.token_id = running->signer.verify(out->access.reveal(), TokenType::access, clock.now_ms())->id;
  EXPECT_TRUE(run(tokens().logout(me)));
  clock.advance(2min);
  {
    auto database = sqlite::Database::open(path);
    store::prune(*database, clock.now_ms());
    store::raise_version(*database);
  }
  EXPECT_TRUE(run(running->cache->refresh(executor())));
  EXPECT_FALSE(valid(*out));
  EXPECT_TRUE(valid(*kept)) << "its refresh token is over, it is not";
  UserChange off;
  off.active = false;
  make("root1", Role::admin);
  EXPECT_TRUE(run(users().change(nobody(), ann.id, off)));
  EXPECT_FALSE(valid(*kept));
}

}  // namespace
}  // namespace papi::auth
