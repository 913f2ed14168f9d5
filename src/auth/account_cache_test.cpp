#include "auth/account_cache.hpp"

#include "auth/account_fixture.hpp"
#include "auth/bootstrap.hpp"
#include "auth/sqlite_token_rows.hpp"
#include "platform/base/promise.hpp"
#include "platform/base/sha256.hpp"

namespace papi::auth {
namespace {

/// Passes snapshots on from a real store. It can hold them back after they are read, and fail.
class SnapshotStore final : public AccountStore {
 public:
  explicit SnapshotStore(AccountStore& store) : store_(store) {}

  /// The next snapshot is read, which sets `read`, and its reader gets it when `until` is set.
  void hold(Promise<bool> until, std::promise<void>& read) {
    held_ = until;
    read_ = &read;
  }
  void fail(bool failing) { failing_ = failing; }

  Task<Result<std::shared_ptr<const AccountSnapshot>>> snapshot(
      Executor executor, const std::vector<EnvironmentKey>& environment,
      std::shared_ptr<const AccountSnapshot> before) override {
    if (failing_) co_return Error(ErrorCode::database, "no database");
    auto read = co_await store_.snapshot(executor, environment, std::move(before));
    const auto held = std::exchange(held_, std::nullopt);
    if (held) {
      read_->set_value();
      co_await held->get();
    }
    co_return read;
  }
  Task<Result<std::optional<User>>> user(Executor executor, std::string id) override {
    return store_.user(executor, std::move(id));
  }
  Task<Result<std::optional<User>>> user_by_name(Executor executor, std::string username) override {
    return store_.user_by_name(executor, std::move(username));
  }
  Task<Result<UserPage>> users(Executor executor, UserQuery query) override {
    return store_.users(executor, std::move(query));
  }
  Task<Result<std::optional<ApiKey>>> key(Executor executor, std::string id) override {
    return store_.key(executor, std::move(id));
  }
  Task<Result<KeyPage>> keys(Executor executor, KeyQuery query) override {
    return store_.keys(executor, std::move(query));
  }
  Task<Result<StreamTokenPage>> stream_tokens(Executor executor, StreamTokenQuery query) override {
    return store_.stream_tokens(executor, std::move(query));
  }
  Task<Result<AccountVersions>> versions(Executor executor) override { return store_.versions(executor); }

 private:
  Task<Result<void>> run(Executor, Work<void>) override {
    const Error error(ErrorCode::internal, "this store changes nothing");
    co_return error;
  }

  AccountStore& store_;
  std::optional<Promise<bool>> held_;
  std::promise<void>* read_ = nullptr;
  bool failing_ = false;
};

struct AccountCacheTest : AccountTest {
  AccountCacheTest() : store(*running->store), cache(environment_keys(Secret("key of dev"), {}, log), store) {
    EXPECT_TRUE(run(cache.refresh(executor())));
  }
  bool knows(const char* username) const { return cache.current()->user_called(username) != nullptr; }

  SnapshotStore store;
  AccountCache cache;
};

TEST_F(AccountCacheTest, shows_after_a_refresh_everything_that_was_committed_before_it) {
  EXPECT_FALSE(knows("ann"));
  const User ann = make("ann");
  const auto made = run(keys().make(actor(ann), ann, NewKey{"k", std::nullopt, std::nullopt}));
  ASSERT_TRUE(made);
  EXPECT_FALSE(knows("ann")) << "it looks only if it is told to";
  const std::int64_t before = cache.version();
  EXPECT_TRUE(run(cache.refresh(executor())));
  EXPECT_TRUE(knows("ann"));
  EXPECT_EQ(cache.current()->key_by_hash(made->key.hash)->owner->id, ann.id);
  EXPECT_EQ(cache.current()->key_by_hash(made->key.hash), cache.current()->key_by_id(made->key.id));
  EXPECT_GT(cache.version(), before);
  EXPECT_EQ(cache.version(), cache.current()->version());
}

TEST_F(AccountCacheTest, notices_a_login_that_another_process_has_revoked) {
  make("ann");
  const auto pair = login("ann", good);
  const auto claims = running->signer.verify(pair->access.reveal(), TokenType::access, clock.now_ms());
  EXPECT_TRUE(run(cache.refresh(executor())));
  EXPECT_FALSE(cache.current()->is_revoked(claims->family()));
  auto database = sqlite::Database::open(path);
  EXPECT_EQ(store::revoke_families_of(*database, claims->subject, clock.now_ms()), 1u);
  EXPECT_TRUE(run(cache.refresh(executor())));
  EXPECT_TRUE(cache.current()->is_revoked(claims->family()));
}

TEST_F(AccountCacheTest, a_snapshot_stays_as_it_was_for_those_who_hold_it) {
  const auto before = cache.current();
  make("ann");
  EXPECT_TRUE(run(cache.refresh(executor())));
  EXPECT_EQ(before->user_called("ann"), nullptr);
  const auto same = cache.current();
  EXPECT_TRUE(run(cache.refresh(executor())));
  EXPECT_EQ(cache.current(), same) << "nothing has changed";
}

TEST_F(AccountCacheTest, a_refresh_that_fails_changes_nothing) {
  make("ann");
  const auto before = cache.current();
  store.fail(true);
  EXPECT_EQ(run(cache.refresh(executor())).error().code, ErrorCode::database);
  EXPECT_EQ(cache.current(), before);
  store.fail(false);
  EXPECT_TRUE(run(cache.refresh(executor())));
  EXPECT_TRUE(knows("ann"));
}

TEST_F(AccountCacheTest, of_two_refreshes_the_newer_snapshot_stays_whichever_ends_first) {
  make("ann");
  const Promise<bool> released(executor());
  std::promise<void> read;
  store.hold(released, read);
  auto slow = net::co_spawn(executor(), cache.refresh(executor()), net::use_future);
  read.get_future().wait();
  make("bob");
  EXPECT_TRUE(run(cache.refresh(executor())));
  EXPECT_TRUE(knows("bob"));
  const std::int64_t newer = cache.version();
  released.set(true);
  EXPECT_TRUE(slow.get());
  EXPECT_TRUE(knows("ann") && knows("bob"));
  EXPECT_EQ(cache.version(), newer);
}

TEST_F(AccountCacheTest, users_of_the_settings_are_in_every_snapshot) {
  for (const char* name : {"ann", "bob"}) {
    const auto known = cache.current()->key_by_hash(sha256_hex("key of dev"));
    ASSERT_NE(known, nullptr);
    EXPECT_EQ(known->owner->username, "dev");
    EXPECT_TRUE(known->owner->from_environment);
    EXPECT_EQ(cache.current()->user_called("DEV"), known->owner);
    make(name);
    EXPECT_TRUE(run(cache.refresh(executor())));
  }
}

TEST_F(AccountCacheTest, a_key_has_no_more_than_its_owner_and_ends_at_its_time) {
  User owner;
  owner.permissions = bit_of(permission::read) | bit_of(permission::write);
  CachedKey known;
  known.key.permissions = bit_of(permission::read) | bit_of(permission::admin);
  known.key.expires_at = 1'000;
  known.owner = std::make_shared<User>(owner);
  EXPECT_EQ(known.permissions(), bit_of(permission::read));
  EXPECT_TRUE(known.valid_at(999));
  EXPECT_FALSE(known.valid_at(1'000));
  known.key.active = false;
  EXPECT_FALSE(known.valid_at(999));
  known.key.active = true;
  owner.active = false;
  known.owner = std::make_shared<User>(owner);
  EXPECT_FALSE(known.valid_at(999));
}

}  // namespace
}  // namespace papi::auth
