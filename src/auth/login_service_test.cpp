#include "auth/login_service.hpp"

#include "auth/account_fixture.hpp"
#include "auth/bootstrap.hpp"
#include "auth/password.hpp"
#include "auth/sqlite_lock_out.hpp"
#include "tests/eventually.hpp"

namespace papi::auth {
namespace {

using LoginServiceTest = AccountTest;

TEST_F(LoginServiceTest, a_user_logs_in_by_name_in_any_case_and_only_with_the_password) {
  make("Ann");
  EXPECT_EQ(run(users().create(nobody(), {"ANN", "x@y.example", good, Role::user})).error().code,
            ErrorCode::conflict);
  const auto pair = login("ann", good);
  ASSERT_TRUE(pair);
  EXPECT_TRUE(valid(*pair));
  EXPECT_EQ(pair->expires_in, 1h);
  const auto wrong = login("ann", Secret("violet tram 8"));
  const auto unknown = login("nobody", good);
  ASSERT_FALSE(wrong);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(wrong.error().code, ErrorCode::authentication_failed);
  EXPECT_EQ(wrong.error().message, unknown.error().message);
}

TEST_F(LoginServiceTest, five_failures_lock_a_name_for_a_quarter_of_an_hour_whether_or_not_it_exists) {
  make("ann");
  for (const char* name : {"ann", "nobody"}) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(login(name, Secret("wrong")).error().details(), ErrorDetails());
    const auto locked = login(name, good);
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().details().retry_after, 900s);
  }
  stop();
  start();
  EXPECT_FALSE(login("ann", good)) << "also over a restart";
  clock.advance(15min);
  EXPECT_FALSE(login("ann", Secret("wrong")));
  EXPECT_TRUE(login("ann", good)) << "a lock that ended leaves no failures behind";
  for (int i = 0; i < 4; ++i) login("ann", Secret("wrong"));
  EXPECT_TRUE(login("ann", good));
  for (int i = 0; i < 4; ++i) login("ann", Secret("wrong"));
  EXPECT_TRUE(login("ann", good)) << "failures in a row, not in all";
  const auto seen = record();
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "lockout no ann"), 1);
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "lockout no … (6 bytes)"), 1);
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "login ok ann"), 3);
}

TEST_F(LoginServiceTest,
       a_lock_never_lasts_longer_than_a_quarter_of_an_hour_from_now_if_the_clock_was_set_back) {
  make("ann");
  clock.advance(24h * 400);
  for (int i = 0; i < 5; ++i) login("ann", Secret("wrong"));
  clock.advance(-24h * 400);
  const auto locked = login("ann", good);
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().details().retry_after, 900s);
  clock.advance(10min);
  EXPECT_EQ(login("ann", good).error().details().retry_after, 300s) << "it counts down";
  clock.advance(5min - 1ms);
  EXPECT_FALSE(login("ann", good));
  clock.advance(1ms);
  EXPECT_TRUE(login("ann", good));
}

TEST_F(LoginServiceTest, many_guesses_at_once_are_no_more_than_five_in_a_row) {
  make("ann");
  std::vector<std::future<Result<TokenPair>>> guesses;
  for (int i = 0; i < 30; ++i) {
    guesses.push_back(
        net::co_spawn(executor(), logins().login(nobody(), "ann", Secret("guess")), net::use_future));
  }
  int looked_at = 0;
  for (auto& guess : guesses) looked_at += guess.get().error().details() == ErrorDetails() ? 1 : 0;
  EXPECT_EQ(looked_at, 5);
}

TEST_F(LoginServiceTest, a_login_that_began_before_the_password_was_changed_does_not_end_well) {
  const User ann = make("ann");
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::vector<std::future<Result<bool>>> held;
  for (int i = 0; i < 2; ++i) {  // occupies every thread of the pool
    std::function<bool()> hold = [released] {
      released.wait();
      return true;
    };
    held.push_back(net::co_spawn(executor(), running->pool.run<bool>(executor(), hold), net::use_future));
  }
  auto pending = net::co_spawn(executor(), logins().login(nobody(), "ann", good), net::use_future);
  auto other = sqlite::Database::open(path);
  const auto counted = [&] {
    auto row = other->prepare("SELECT failures FROM login_failures");
    return row.step();
  };
  EXPECT_TRUE(test::eventually(counted)) << "the old hash has not been read";
  store::set_password(*other, ann, hash_password(Secret("olive bridge 3")), clock.now_ms());
  release.set_value();
  EXPECT_EQ(pending.get().error().code, ErrorCode::authentication_failed);
  for (auto& one : held) one.get();
  EXPECT_TRUE(login("ann", Secret("olive bridge 3")));
}

TEST_F(LoginServiceTest, guesses_of_one_address_leave_room_for_those_of_another) {
  make("ann");
  waiting_hashes = 6;
  stop();
  start();
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::vector<std::future<Result<bool>>> held;
  for (int i = 0; i < 2; ++i) {  // occupies every thread of the pool
    std::function<bool()> hold = [released] {
      released.wait();
      return true;
    };
    held.push_back(net::co_spawn(executor(), running->pool.run<bool>(executor(), hold), net::use_future));
  }
  const auto guess = [&](const char* from, const std::string& name) {
    Actor client;
    client.client_address = from;
    return net::co_spawn(executor(), logins().login(client, name, good), net::use_future);
  };
  const char* near_one = "198.51.100.1";
  const char* far_one = "192.0.2.1";
  std::vector<std::future<Result<TokenPair>>> guesses;
  for (int i = 0; i < 4; ++i) guesses.push_back(guess(far_one, "guess" + std::to_string(i)));
  const auto refused = [](std::future<Result<TokenPair>>& one) {
    return one.wait_for(0s) == std::future_status::ready;
  };
  EXPECT_TRUE(test::eventually([&] { return std::any_of(guesses.begin(), guesses.end(), refused); }));
  auto ann = guess(near_one, "ann");
  release.set_value();
  EXPECT_TRUE(ann.get());
  int unavailable = 0;
  for (auto& one : guesses) unavailable += one.get().error().code == ErrorCode::unavailable;
  EXPECT_EQ(unavailable, 1) << "one address has half of the queue";
  for (auto& one : held) one.get();
}

TEST_F(LoginServiceTest, what_could_not_be_checked_is_no_failure) {
  make("ann");
  auto database = sqlite::Database::open(path);
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(store::reserve_attempt(*database, "ann", LockOut(), clock.now_ms()).locked);
    store::refund_attempt(*database, "ann");
  }
  EXPECT_TRUE(login("ann", good));
}

TEST_F(LoginServiceTest, several_right_logins_at_once_are_several_logins) {
  make("ann");
  std::vector<std::future<Result<TokenPair>>> attempts;
  for (int i = 0; i < 8; ++i)
    attempts.push_back(net::co_spawn(executor(), logins().login(nobody(), "ann", good), net::use_future));
  for (auto& one : attempts) EXPECT_TRUE(one.get());
}

TEST_F(LoginServiceTest, what_is_typed_as_a_username_and_is_none_is_kept_as_a_hash_and_shown_by_two_letters) {
  make("ann");
  for (const std::string& typed : {std::string("My Secret Sentence!"), std::string("Summer-2024x"),
                                   std::string("hunter2"), std::string(100'000, 'x'), std::string("ANN")})
    EXPECT_FALSE(login(typed.c_str(), Secret("not her password")));
  const auto seen = record();
  for (const char* row :
       {"authentication no … (19 bytes)", "authentication no Su… (12 bytes)", "authentication no … (7 bytes)",
        "authentication no … (100000 bytes)", "authentication no ann"})
    EXPECT_EQ(std::count(seen.begin(), seen.end(), row), 1) << row;
  for (const std::string& row : seen) {
    for (const char* part : {"Secret", "Summer", "hunter"})
      EXPECT_EQ(row.find(part), std::string::npos) << row;
  }
  auto database = sqlite::Database::open(path);
  auto rows = database->prepare("SELECT name_key FROM login_failures");
  int count = 0;
  for (; rows.step(); ++count) EXPECT_EQ(rows.text(0).size(), 65u) << rows.text(0);
  EXPECT_EQ(count, 5);
}

TEST_F(LoginServiceTest, what_everybody_knows_lets_in_near_callers_only) {
  stop();
  {
    auto database = sqlite::Database::open(path);
    SqliteConnectionAccountStore store(*database);
    const FirstAdmin demo{"admin", Secret(), true};
    const RunHere::Make<Result<void>> make = [&](Executor executor) {
      return bootstrap_admin(executor, store, demo, log, clock.now_ms());
    };
    EXPECT_TRUE(RunHere::without_waiting<Result<void>>(make));
  }
  start();
  const Secret known{std::string(demo_password)};
  EXPECT_EQ(login("admin", known).error().message, "Invalid username or password");
  near = true;
  EXPECT_TRUE(login("admin", known));
}

}  // namespace
}  // namespace papi::auth
