#include "auth/account_service.hpp"

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <thread>

#include "auth/founding.hpp"
#include "auth/lease.hpp"
#include "auth/password.hpp"
#include "auth/tickets.hpp"
#include "auth/upkeep.hpp"
#include "platform/base/random.hpp"
#include "platform/base/sha256.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::auth {
namespace {

using namespace std::chrono_literals;

const Secret good("violet tram 7");

struct AccountTest : testing::Test {
  AccountTest() { start(); }
  ~AccountTest() override {
    stop();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }

  static TokenSigner test_signer() {
    TokenKeys keys;
    keys.signing = Secret(std::string(32, 's'));
    keys.verifying.push_back(keys.signing);
    return TokenSigner(std::move(keys));
  }
  struct Running {
    Running(const std::string& path, Logger& log, const Clock& clock, const AccountOptions& options,
            std::size_t waiting_hashes)
        : threads(1), signer(test_signer()), pool(2, waiting_hashes) {
      auto database = sqlite::Database::open(path);
      EXPECT_TRUE(store::prepare(*database));
      EXPECT_TRUE(AuditTrail::prepare(*database));
      auto readers_opened = sqlite::Readers::open(path, 1, log);
      readers = std::move(*readers_opened);
      book.emplace(std::vector<EnvironmentKey>(), *readers);
      book->load(*database);
      writer.emplace(std::move(*database), sqlite::Durability::batched, log);
      audit.emplace(threads.executor(0), *writer, *readers, log, clock);
      service.emplace(AccountParts{*writer, *readers, *book, signer, pool, *audit, log, clock}, options);
      threads.start();
      recording = net::co_spawn(threads.executor(0), audit->run(), net::use_future);
    }
    ~Running() {
      net::post(threads.executor(0), [this] { audit->stop(); });
      recording.get();
      threads.stop();
    }
    IoThreads threads;
    TokenSigner signer;
    WorkPool pool;
    std::unique_ptr<sqlite::Readers> readers;
    std::optional<IdentityBook> book;
    std::optional<sqlite::Writer> writer;
    std::optional<AuditTrail> audit;
    std::optional<AccountService> service;
    std::future<void> recording;
  };
  void start() { running.emplace(path, log, clock, options, waiting_hashes); }
  void stop() { running.reset(); }
  AccountService& service() { return *running->service; }
  Executor executor() { return running->threads.executor(0); }
  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(executor(), std::move(task), net::use_future).get();
  }

  http::Exchange& exchange(const http::Caller& caller = {}) {
    exchanges.push_back(std::make_unique<http::Exchange>(request, executor()));
    exchanges.back()->caller = caller;
    return *exchanges.back();
  }
  User make(const char* name, Role role = Role::user) {
    auto user = run(service().create(exchange(), {name, "a@b.example", good, role}));
    EXPECT_TRUE(user);
    return user ? *user : User();
  }
  http::Caller caller(const User& user) {
    http::Caller caller;
    caller.id = user.id, caller.username = user.username, caller.permissions = user.permissions;
    return caller;
  }
  auto login(const char* name, const Secret& password) {
    return run(service().login(exchange(), name, password));
  }
  bool valid(const TokenPair& pair) {
    const auto claims = running->signer.verify(pair.access.reveal(), TokenType::access, clock.now_ms());
    return claims && !running->book->now()->is_revoked(claims->family());
  }
  /// Everything that the record has, as `kind:success:subject`.
  std::vector<std::string> record() {
    stop(), start();
    AuditQuery query;
    query.kinds = audit_kinds("all");
    std::vector<std::string> out;
    const auto page = run(running->audit->read(executor(), query));
    for (const AuditRecord& entry : page->recent)
      out.push_back(std::string(to_string(entry.kind)) + (entry.success ? " ok " : " no ") + entry.subject);
    return out;
  }

  std::string path = testing::TempDir() + "accounts_" + random_hex(6) + ".db";
  ManualClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  AccountOptions options;
  std::size_t waiting_hashes = 100;
  http::Request request;
  std::optional<Running> running;
  std::vector<std::unique_ptr<http::Exchange>> exchanges;
};

TEST_F(AccountTest, a_user_logs_in_by_name_in_any_case_and_only_with_the_password) {
  make("Ann");
  EXPECT_EQ(run(service().create(exchange(), {"ANN", "x@y.example", good, Role::user})).error().code,
            ErrorCode::conflict);
  const auto pair = login("ann", good);
  ASSERT_TRUE(pair);
  EXPECT_TRUE(valid(*pair));
  EXPECT_EQ(pair->expires_in, 3'600);
  const auto wrong = login("ann", Secret("violet tram 8"));
  const auto unknown = login("nobody", good);
  ASSERT_FALSE(wrong);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(wrong.error().code, ErrorCode::authentication_failed);
  EXPECT_EQ(wrong.error().message, unknown.error().message);
}

TEST_F(AccountTest, five_failures_lock_a_name_for_a_quarter_of_an_hour_whether_or_not_it_exists) {
  make("ann");
  for (const char* name : {"ann", "nobody"}) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(login(name, Secret("wrong")).error().details.size(), 0u);
    const auto locked = login(name, good);
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().details.at("retry_after").as_int64(), 900);
  }
  stop(), start();
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

TEST_F(AccountTest, a_lock_never_lasts_longer_than_a_quarter_of_an_hour_from_now_if_the_clock_was_set_back) {
  make("ann");
  clock.advance(24h * 400);
  for (int i = 0; i < 5; ++i) login("ann", Secret("wrong"));
  clock.advance(-24h * 400);
  const auto locked = login("ann", good);
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().details.at("retry_after").as_int64(), 900);
  clock.advance(10min);
  EXPECT_EQ(login("ann", good).error().details.at("retry_after").as_int64(), 300) << "it counts down";
  clock.advance(5min - 1ms);
  EXPECT_FALSE(login("ann", good));
  clock.advance(1ms);
  EXPECT_TRUE(login("ann", good));
}

TEST_F(AccountTest, a_token_that_was_revoked_stays_so_when_the_clock_jumps_ahead_and_back) {
  make("ann");
  const auto pair = login("ann", good);
  auto database = sqlite::Database::open(path);
  const auto user = store::user_by_name(*database, "ann");
  store::revoke_families_of(*database, user->id, clock.now_ms());
  clock.advance(24h * 400);
  stop(), start();  // reads everything at the wrong time
  clock.advance(-24h * 400);
  EXPECT_FALSE(valid(*pair));
}

TEST_F(AccountTest, revocations_are_deleted_only_by_a_clock_that_has_proved_itself) {
  make("ann");
  ASSERT_TRUE(login("ann", good));
  auto database = sqlite::Database::open(path);
  const auto user = store::user_by_name(*database, "ann");
  ASSERT_EQ(store::revoke_families_of(*database, user->id, clock.now_ms()), 1u);
  TrustedClock trusted(clock);
  clock.advance(24h * 400);  // both clocks: no jump
  trusted.heard_platform_time(clock.now_ms(), true);
  TrustedClock doubted(clock);
  KeyUse use;
  for (TrustedClock* which : {&doubted, &trusted}) {
    Upkeep upkeep({*running->writer, *running->book, *running->audit, use, log, clock, *which}, executor(),
                  90);
    auto over = net::co_spawn(executor(), upkeep.run(), net::use_future);
    if (which == &trusted) {
      while (!store::revoked_families(*database).empty()) std::this_thread::yield();
    }
    for (int rounds = 0; rounds < 2; ++rounds) {
      store::raise_version(*database);
      const auto version = store::version(*database);
      while (running->book->version() < version) std::this_thread::yield();  // noticed by upkeep
    }
    EXPECT_EQ(store::revoked_families(*database).size(), which == &trusted ? 0u : 1u);
    net::post(executor(), [&upkeep] { upkeep.stop(); });
    over.get();
  }
}

TEST_F(AccountTest, a_refresh_token_is_no_retry_of_a_lost_answer_because_the_clock_was_set_back) {
  make("ann");
  const auto first = login("ann", good);
  clock.advance(24h);
  const auto second = run(service().refresh(exchange(), first->refresh));
  ASSERT_TRUE(second);
  clock.advance(-24h);
  EXPECT_FALSE(run(service().refresh(exchange(), first->refresh)));
  EXPECT_FALSE(valid(*second));
}

TEST(SocketTickets, setting_the_wall_clock_neither_ends_nor_prolongs_one) {
  struct Clocks final : Clock {
    UnixMs now_ms() const override { return wall; }
    std::chrono::steady_clock::time_point steady() const override { return uptime; }
    UnixMs wall = 1'700'000'000'000;
    std::chrono::steady_clock::time_point uptime{1h};
  } clocks;
  Tickets tickets(clocks);
  http::Caller caller;
  caller.id = "u1";
  auto one = tickets.issue(caller, {"s"});
  auto two = tickets.issue(caller, {"s"});
  ASSERT_TRUE(one && two);
  clocks.wall += 400 * 86'400'000LL;
  clocks.uptime += 60s - 1ms;
  EXPECT_TRUE(tickets.redeem(*one));
  clocks.wall -= 800 * 86'400'000LL;
  clocks.uptime += 1ms;
  EXPECT_FALSE(tickets.redeem(*two));
}

TEST(SocketTickets, a_used_one_is_known_as_such_for_as_long_as_it_would_have_lived) {
  ManualClock clock;
  Tickets tickets(clock);
  http::Caller caller;
  caller.id = "u1";
  const auto one = tickets.issue(caller, {});
  ASSERT_TRUE(one);
  EXPECT_FALSE(tickets.was_used(*one));
  EXPECT_TRUE(tickets.redeem(*one));
  EXPECT_FALSE(tickets.redeem(*one));
  EXPECT_TRUE(tickets.was_used(*one));
  EXPECT_FALSE(tickets.was_used("tk_another"));
  clock.advance(60s);
  EXPECT_FALSE(tickets.was_used(*one));
}

TEST_F(AccountTest, many_guesses_at_once_are_no_more_than_five_in_a_row) {
  make("ann");
  std::vector<std::future<Result<TokenPair>>> guesses;
  for (int i = 0; i < 30; ++i) {
    guesses.push_back(
        net::co_spawn(executor(), service().login(exchange(), "ann", Secret("guess")), net::use_future));
  }
  int looked_at = 0;
  for (auto& guess : guesses) looked_at += guess.get().error().details.empty() ? 1 : 0;
  EXPECT_EQ(looked_at, 5);
}

TEST_F(AccountTest, a_refresh_token_works_once_and_a_second_use_ends_all_tokens_of_its_login) {
  make("ann");
  const auto first = login("ann", good);
  const auto other = login("ann", good);
  const auto second = run(service().refresh(exchange(), first->refresh));
  ASSERT_TRUE(second);
  EXPECT_NE(second->refresh.reveal(), first->refresh.reveal());
  clock.advance(9s);
  const auto again = run(service().refresh(exchange(), first->refresh));  // the answer was lost
  ASSERT_TRUE(again);
  EXPECT_EQ(again->refresh.reveal(), second->refresh.reveal());
  clock.advance(2s);
  EXPECT_FALSE(run(service().refresh(exchange(), first->refresh)));
  EXPECT_FALSE(run(service().refresh(exchange(), second->refresh)))
      << "the thief's, or ours: nobody can tell";
  EXPECT_FALSE(valid(*second));
  EXPECT_TRUE(valid(*other)) << "another login is not concerned";
  EXPECT_FALSE(run(service().refresh(exchange(), other->access))) << "an access token refreshes nothing";
  stop(), start();
  EXPECT_FALSE(valid(*second)) << "also over a restart";
}

TEST_F(AccountTest, a_login_does_not_live_for_ever_however_often_it_is_refreshed) {
  make("ann");
  auto pair = login("ann", good);
  int days = 0;
  while (pair && days < 100) {
    clock.advance(24h * 6);
    days += 6;
    pair = run(service().refresh(exchange(), pair->refresh));
  }
  EXPECT_EQ(days, 30);
}

TEST_F(AccountTest, logout_disabling_and_a_new_password_end_tokens) {
  const User admin = make("root1", Role::admin);
  const User ann = make("ann");
  auto pair = login("ann", good);
  http::Caller me = caller(ann);
  me.token_id = running->signer.verify(pair->access.reveal(), TokenType::access, clock.now_ms())->id;
  EXPECT_TRUE(run(service().logout(exchange(me))));
  EXPECT_FALSE(valid(*pair));
  pair = login("ann", good);
  EXPECT_FALSE(run(service().change_own_password(exchange(me), Secret("wrong"), Secret("olive bridge 3"))));
  EXPECT_TRUE(valid(*pair));
  EXPECT_TRUE(run(service().change_own_password(exchange(me), good, Secret("olive bridge 3"))));
  EXPECT_FALSE(valid(*pair));
  EXPECT_FALSE(login("ann", good));
  pair = login("ann", Secret("olive bridge 3"));
  ASSERT_TRUE(pair);
  UserChange off;
  off.active = false;
  EXPECT_TRUE(run(service().change(exchange(caller(admin)), ann.id, off)));
  EXPECT_FALSE(valid(*pair));
  EXPECT_FALSE(login("ann", Secret("olive bridge 3")));
}

TEST_F(AccountTest, the_last_admin_stays) {
  const User admin = make("root1", Role::admin);
  UserChange off;
  off.active = false;
  EXPECT_EQ(run(service().change(exchange(caller(admin)), admin.id, off)).error().code, ErrorCode::conflict);
  EXPECT_EQ(run(service().remove(exchange(caller(admin)), admin.id)).error().code, ErrorCode::conflict);
  const User second = make("root2", Role::admin);
  EXPECT_TRUE(run(service().change(exchange(caller(second)), admin.id, off)));
}

TEST_F(AccountTest, a_key_never_exceeds_its_owner_nor_the_key_that_made_it) {
  const User ann = make("ann");
  const auto owner = running->book->now()->user(ann.id);
  http::Caller reader = caller(ann);
  reader.permissions = http::bit_of(Permission::read);
  NewKey wanted{"overlay", http::bit_of(Permission::connect), std::nullopt};
  EXPECT_EQ(run(service().make_key(exchange(reader), owner, wanted)).error().code,
            ErrorCode::insufficient_permissions);
  wanted.permissions = every_permission;
  EXPECT_EQ(run(service().make_key(exchange(caller(ann)), owner, wanted)).error().code,
            ErrorCode::insufficient_permissions);
  wanted.permissions.reset();
  const auto made = run(service().make_key(exchange(caller(ann)), owner, wanted));
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->secret.reveal().starts_with("pk_"));
  EXPECT_EQ(made->secret.reveal().size(), 46u);
  EXPECT_EQ(made->key.expires_at - made->key.created_at, 90LL * 86'400'000);
  const auto known = [&] { return running->book->now()->key_by_hash(sha256_hex(made->secret.reveal())); };
  EXPECT_EQ(known()->permissions(), permissions_of(Role::user));
  KeyLease lease(*running->book, clock, made->key.id, Permission::connect, false);
  EXPECT_TRUE(lease.holds());
  UserChange less;
  less.role = Role::readonly;
  EXPECT_TRUE(run(service().change(exchange(), ann.id, less)));
  EXPECT_EQ(known()->permissions(), permissions_of(Role::readonly)) << "at the moment of use";
  EXPECT_FALSE(lease.holds());
  EXPECT_TRUE(lease.narrowed_to(Permission::read)->holds());
  const User bob = make("bob");
  EXPECT_EQ(run(service().revoke_key(exchange(caller(bob)), made->key.id)).error().code,
            ErrorCode::not_found);
  http::Caller nothing = caller(*running->book->now()->user(ann.id));
  nothing.permissions = 0;
  EXPECT_EQ(run(service().revoke_key(exchange(nothing), made->key.id)).error().code,
            ErrorCode::insufficient_permissions);
  const http::Caller now_less = caller(*running->book->now()->user(ann.id));
  EXPECT_TRUE(run(service().revoke_key(exchange(now_less), made->key.id)))
      << "it is worth no more than they are";
  EXPECT_FALSE(known());
  EXPECT_FALSE(lease.narrowed_to(Permission::read)->holds());
}

TEST_F(AccountTest, a_key_that_a_key_has_made_ends_with_it) {
  const User ann = make("ann");
  const auto owner = running->book->now()->user(ann.id);
  const auto parent = run(service().make_key(exchange(caller(ann)), owner, {"parent", std::nullopt, 1}));
  http::Caller by_parent = caller(ann);
  by_parent.key_id = parent->key.id;
  const auto child = run(service().make_key(exchange(by_parent), owner, {"child", std::nullopt, 3'650}));
  http::Caller by_child = caller(ann);
  by_child.key_id = child->key.id;
  const auto grandchild =
      run(service().make_key(exchange(by_child), owner, {"grandchild", std::nullopt, 30}));
  const auto by_token = run(service().make_key(exchange(caller(ann)), owner, {"other", std::nullopt, 30}));
  const auto works = [&](const Result<MadeKey>& made) {
    const auto known = running->book->now()->key_by_id(made->key.id);
    return known && known->valid_at(clock.now_ms());
  };
  EXPECT_EQ(grandchild->key.expires_at, parent->key.expires_at);
  for (const auto* made : {&parent, &child, &grandchild, &by_token}) EXPECT_TRUE(works(*made));
  EXPECT_TRUE(run(service().revoke_key(exchange(caller(ann)), parent->key.id)));
  for (const auto* made : {&parent, &child, &grandchild}) EXPECT_FALSE(works(*made));
  EXPECT_TRUE(works(by_token));
}

TEST_F(AccountTest, a_login_that_began_before_the_password_was_changed_does_not_end_well) {
  const User ann = make("ann");
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::vector<std::future<Result<bool>>> held;
  for (int i = 0; i < 2; ++i) {  // every thread of the pool
    std::function<bool()> hold = [released] { return released.wait(), true; };
    held.push_back(net::co_spawn(executor(), running->pool.run<bool>(executor(), hold), net::use_future));
  }
  auto pending = net::co_spawn(executor(), service().login(exchange(), "ann", good), net::use_future);
  auto other = sqlite::Database::open(path);
  const auto counted = [&] {
    auto row = other->prepare("SELECT failures FROM login_failures");
    return row.step();
  };
  while (!counted()) std::this_thread::yield();  // the old hash has been read
  store::set_password(*other, ann, hash_password(Secret("olive bridge 3")), clock.now_ms());
  release.set_value();
  EXPECT_EQ(pending.get().error().code, ErrorCode::authentication_failed);
  for (auto& one : held) one.get();
  EXPECT_TRUE(login("ann", Secret("olive bridge 3")));
}

TEST_F(AccountTest, guesses_of_one_address_leave_room_for_those_of_another) {
  make("ann");
  waiting_hashes = 6;
  stop(), start();
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::vector<std::future<Result<bool>>> held;
  for (int i = 0; i < 2; ++i) {  // every thread of the pool
    std::function<bool()> hold = [released] { return released.wait(), true; };
    held.push_back(net::co_spawn(executor(), running->pool.run<bool>(executor(), hold), net::use_future));
  }
  http::Request near, far;
  near.client_address = "198.51.100.1", far.client_address = "192.0.2.1";
  const auto guess = [&](const http::Request& from, const std::string& name) {
    exchanges.push_back(std::make_unique<http::Exchange>(from, executor()));
    return net::co_spawn(executor(), service().login(*exchanges.back(), name, good), net::use_future);
  };
  std::vector<std::future<Result<TokenPair>>> guesses;
  for (int i = 0; i < 4; ++i) guesses.push_back(guess(far, "guess" + std::to_string(i)));
  const auto refused = [](std::future<Result<TokenPair>>& one) {
    return one.wait_for(0s) == std::future_status::ready;
  };
  const auto give_up = std::chrono::steady_clock::now() + 20s;
  while (std::none_of(guesses.begin(), guesses.end(), refused) && std::chrono::steady_clock::now() < give_up)
    std::this_thread::yield();
  auto ann = guess(near, "ann");
  release.set_value();
  EXPECT_TRUE(ann.get());
  int unavailable = 0;
  for (auto& one : guesses) unavailable += one.get().error().code == ErrorCode::unavailable;
  EXPECT_EQ(unavailable, 1) << "one address has half of the queue";
  for (auto& one : held) one.get();
}

TEST_F(AccountTest, what_could_not_be_checked_is_no_failure) {
  make("ann");
  auto database = sqlite::Database::open(path);
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(store::begin_login(*database, "ann", 5, 900'000, clock.now_ms()).locked);
    store::take_login_back(*database, "ann");
  }
  EXPECT_TRUE(login("ann", good));
}

TEST_F(AccountTest, several_right_logins_at_once_are_several_logins) {
  make("ann");
  std::vector<std::future<Result<TokenPair>>> logins;
  for (int i = 0; i < 8; ++i)
    logins.push_back(net::co_spawn(executor(), service().login(exchange(), "ann", good), net::use_future));
  for (auto& one : logins) EXPECT_TRUE(one.get());
}

TEST_F(AccountTest, what_is_typed_as_a_username_and_is_none_is_kept_as_a_hash_and_shown_by_two_letters) {
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

TEST_F(AccountTest, a_revoked_token_stays_revoked_for_as_long_as_it_can_live) {
  options.refresh_seconds = 60;
  options.access_seconds = 3'600;
  stop(), start();
  const User ann = make("ann");
  const auto out = login("ann", good), kept = login("ann", good);
  http::Caller me = caller(ann);
  me.token_id = running->signer.verify(out->access.reveal(), TokenType::access, clock.now_ms())->id;
  EXPECT_TRUE(run(service().logout(exchange(me))));
  clock.advance(2min);
  {
    auto database = sqlite::Database::open(path);
    store::prune(*database, clock.now_ms());
    store::raise_version(*database);
  }
  EXPECT_TRUE(run(running->book->refresh(executor())));
  EXPECT_FALSE(valid(*out));
  EXPECT_TRUE(valid(*kept)) << "its refresh token is over, it is not";
  UserChange off;
  off.active = false;
  make("root1", Role::admin);
  EXPECT_TRUE(run(service().change(exchange(), ann.id, off)));
  EXPECT_FALSE(valid(*kept));
}

TEST_F(AccountTest, who_sees_all_as_an_admin_sees_it_for_as_long_as_they_are_one) {
  make("root1", Role::admin);
  const User ann = make("ann", Role::admin);
  const auto made =
      run(service().make_key(exchange(caller(ann)), running->book->now()->user(ann.id), {"k", {}, {}}));
  const KeyLease own(*running->book, clock, made->key.id, Permission::connect, false);
  const KeyLease others(*running->book, clock, made->key.id, Permission::connect, true);
  UserChange less;
  less.role = Role::user;
  EXPECT_TRUE(run(service().change(exchange(), ann.id, less)));
  EXPECT_TRUE(own.holds());
  EXPECT_FALSE(others.holds());
  EXPECT_FALSE(others.narrowed_to(Permission::read)->holds());
}

TEST_F(AccountTest, what_a_rotated_key_has_opened_ends_with_its_overlap) {
  const User ann = make("ann");
  const auto made =
      run(service().make_key(exchange(caller(ann)), running->book->now()->user(ann.id), {"k", {}, {}}));
  const KeyLease lease(*running->book, clock, made->key.id, Permission::read, false);
  EXPECT_TRUE(lease.holds());
  {
    auto database = sqlite::Database::open(path);
    store::shorten_key(*database, made->key.id, clock.now_ms() + 3'600'000);
  }
  EXPECT_TRUE(run(running->book->refresh(executor())));
  clock.advance(1h - 1ms);
  EXPECT_TRUE(lease.holds());
  clock.advance(1ms);
  EXPECT_FALSE(lease.holds());
}

TEST_F(AccountTest, what_everybody_knows_lets_in_near_callers_only) {
  stop();
  {
    auto database = sqlite::Database::open(path);
    EXPECT_TRUE(found_first_admin(*database, "admin", Secret(), true, log, clock.now_ms()));
  }
  start();
  const Secret known{std::string(demo_password)};
  EXPECT_EQ(login("admin", known).error().message, "Invalid username or password");
  request.from_near = true;
  EXPECT_TRUE(login("admin", known));
}

TEST_F(AccountTest, keys_have_a_number_and_an_end) {
  const User ann = make("ann");
  const auto owner = running->book->now()->user(ann.id);
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(run(service().make_key(exchange(caller(ann)), owner, {"k", std::nullopt, 1})));
  EXPECT_EQ(run(service().make_key(exchange(caller(ann)), owner, {"k", std::nullopt, 1})).error().code,
            ErrorCode::conflict);
  const auto key =
      run(service().keys(executor(), {ann.id, std::numeric_limits<std::int64_t>::max(), 10}))->keys.front();
  const auto known = running->book->now()->key_by_id(key.id);
  EXPECT_TRUE(known->valid_at(clock.now_ms()));
  clock.advance(24h);
  EXPECT_FALSE(known->valid_at(clock.now_ms()));
  EXPECT_TRUE(run(service().make_key(exchange(caller(ann)), owner, {"k", std::nullopt, 1})));
}

TEST_F(AccountTest, what_another_process_changes_is_noticed_by_its_version) {
  const User ann = make("ann");
  {
    auto database = sqlite::Database::open(path);
    User changed = ann;
    changed.active = false;
    store::update_user(*database, changed);
  }
  EXPECT_TRUE(running->book->now()->user(ann.id)->active);
  EXPECT_TRUE(run(running->book->refresh(executor())));
  EXPECT_FALSE(running->book->now()->user(ann.id)->active);
}

TEST_F(AccountTest, the_record_can_be_added_to_and_nothing_else) {
  make("ann");
  stop();
  auto database = sqlite::Database::open(path);
  EXPECT_THROW(database->execute("UPDATE audit_log SET reason = ''"), sqlite::DatabaseFault);
  AuditRecord recent;
  recent.at = SystemClock().now_ms();
  AuditTrail::append(*database, recent);
  EXPECT_THROW(database->execute("DELETE FROM audit_log WHERE at > 1750000000000"), sqlite::DatabaseFault);
  database->execute("DELETE FROM audit_log WHERE at < 1750000000000");  // the manual clock's: long ago
  start();
}

TEST_F(AccountTest, tickets_work_once_and_for_a_minute) {
  Tickets tickets(clock);
  http::Caller ann;
  ann.id = "ann";
  const auto first = tickets.issue(ann, {"quiz"}), second = tickets.issue(ann, {"quiz"});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(tickets.redeem(*first)->caller.id, "ann");
  EXPECT_FALSE(tickets.redeem(*first));
  EXPECT_FALSE(tickets.redeem("tk_guess"));
  clock.advance(60s);
  EXPECT_FALSE(tickets.redeem(*second));
  for (std::size_t i = 0; i < Tickets::max_open_per_caller; ++i) ASSERT_TRUE(tickets.issue(ann, {"quiz"}));
  EXPECT_FALSE(tickets.issue(ann, {"quiz"})) << "bounded";
  clock.advance(60s);
  EXPECT_TRUE(tickets.issue(ann, {"quiz"}));
}

}  // namespace
}  // namespace papi::auth
