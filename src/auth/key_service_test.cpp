#include "auth/key_service.hpp"

#include "auth/account_fixture.hpp"
#include "auth/authorization_guards.hpp"
#include "platform/base/sha256.hpp"

namespace papi::auth {
namespace {

using KeyServiceTest = AccountTest;

TEST_F(KeyServiceTest, a_key_never_exceeds_its_owner_nor_the_key_that_made_it) {
  const User ann = make("ann");
  const auto owner = running->cache->current()->user(ann.id);
  Actor reader = actor(ann);
  reader.permissions = bit_of(permission::read);
  NewKey wanted{"overlay", bit_of(permission::connect), std::nullopt};
  EXPECT_EQ(run(keys().make(reader, *owner, wanted)).error().code, ErrorCode::insufficient_permissions);
  wanted.permissions = every_permission;
  EXPECT_EQ(run(keys().make(actor(ann), *owner, wanted)).error().code, ErrorCode::insufficient_permissions);
  wanted.permissions.reset();
  const auto made = run(keys().make(actor(ann), *owner, wanted));
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->secret.reveal().starts_with("pk_"));
  EXPECT_EQ(made->secret.reveal().size(), 46u);
  EXPECT_EQ(made->key.expires_at - made->key.created_at, 90LL * 86'400'000);
  const auto known = [&] {
    return running->cache->current()->key_by_hash(sha256_hex(made->secret.reveal()));
  };
  EXPECT_EQ(known()->permissions(), permissions_of(Role::user));
  KeyGuard guard(*running->cache, clock, made->key.id, permission::connect, false);
  EXPECT_TRUE(guard.still_valid());
  UserChange less;
  less.role = Role::readonly;
  EXPECT_TRUE(run(users().change(nobody(), ann.id, less)));
  EXPECT_EQ(known()->permissions(), permissions_of(Role::readonly)) << "at the moment of use";
  EXPECT_FALSE(guard.still_valid());
  EXPECT_TRUE(guard.for_permission(permission::read)->still_valid());
  const User bob = make("bob");
  EXPECT_EQ(run(keys().revoke(actor(bob), made->key.id)).error().code, ErrorCode::not_found);
  Actor nothing = actor(*running->cache->current()->user(ann.id));
  nothing.permissions = 0;
  EXPECT_EQ(run(keys().revoke(nothing, made->key.id)).error().code, ErrorCode::insufficient_permissions);
  const Actor now_less = actor(*running->cache->current()->user(ann.id));
  EXPECT_TRUE(run(keys().revoke(now_less, made->key.id))) << "it is worth no more than they are";
  EXPECT_FALSE(known());
  EXPECT_FALSE(guard.for_permission(permission::read)->still_valid());
}

TEST_F(KeyServiceTest, a_key_that_a_key_has_made_ends_with_it) {
  const User ann = make("ann");
  const auto owner = running->cache->current()->user(ann.id);
  const auto parent = run(keys().make(actor(ann), *owner, {"parent", std::nullopt, std::chrono::days(1)}));
  Actor by_parent = actor(ann);
  by_parent.key_id = parent->key.id;
  const auto child = run(keys().make(by_parent, *owner, {"child", std::nullopt, std::chrono::days(3'650)}));
  Actor by_child = actor(ann);
  by_child.key_id = child->key.id;
  const auto grandchild =
      run(keys().make(by_child, *owner, {"grandchild", std::nullopt, std::chrono::days(30)}));
  const auto by_token = run(keys().make(actor(ann), *owner, {"other", std::nullopt, std::chrono::days(30)}));
  const auto works = [&](const Result<MadeKey>& made) {
    const auto known = running->cache->current()->key_by_id(made->key.id);
    return known && known->valid_at(clock.now_ms());
  };
  EXPECT_EQ(grandchild->key.expires_at, parent->key.expires_at);
  for (const auto* made : {&parent, &child, &grandchild, &by_token}) EXPECT_TRUE(works(*made));
  EXPECT_TRUE(run(keys().revoke(actor(ann), parent->key.id)));
  for (const auto* made : {&parent, &child, &grandchild}) EXPECT_FALSE(works(*made));
  EXPECT_TRUE(works(by_token));
}

TEST_F(KeyServiceTest, what_a_rotated_key_has_opened_ends_with_its_overlap) {
  const User ann = make("ann");
  const auto made = run(keys().make(actor(ann), *running->cache->current()->user(ann.id), {"k", {}, {}}));
  const KeyGuard guard(*running->cache, clock, made->key.id, permission::read, false);
  EXPECT_TRUE(guard.still_valid());
  {
    auto database = sqlite::Database::open(path);
    store::shorten_key(*database, made->key.id, clock.now_ms() + 3'600'000);
  }
  EXPECT_TRUE(run(running->cache->refresh(executor())));
  clock.advance(1h - 1ms);
  EXPECT_TRUE(guard.still_valid());
  clock.advance(1ms);
  EXPECT_FALSE(guard.still_valid());
}

TEST_F(KeyServiceTest, keys_have_a_number_and_an_end) {
  const User ann = make("ann");
  const auto owner = running->cache->current()->user(ann.id);
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(run(keys().make(actor(ann), *owner, {"k", std::nullopt, std::chrono::days(1)})));
  EXPECT_EQ(run(keys().make(actor(ann), *owner, {"k", std::nullopt, std::chrono::days(1)})).error().code,
            ErrorCode::conflict);
  const auto key = run(keys().keys({ann.id, std::numeric_limits<std::int64_t>::max(), 10}))->keys.front();
  const auto known = running->cache->current()->key_by_id(key.id);
  EXPECT_TRUE(known->valid_at(clock.now_ms()));
  clock.advance(24h);
  EXPECT_FALSE(known->valid_at(clock.now_ms()));
  EXPECT_TRUE(run(keys().make(actor(ann), *owner, {"k", std::nullopt, std::chrono::days(1)})));
}

TEST_F(KeyServiceTest, a_rotated_key_keeps_its_name_its_permissions_and_the_key_above_it) {
  const User ann = make("ann");
  const auto parent = run(keys().make(actor(ann), ann, {"parent", std::nullopt, std::chrono::days(1)}));
  Actor by_parent = actor(ann);
  by_parent.key_id = parent->key.id;
  const auto child =
      run(keys().make(by_parent, ann, {"child", bit_of(permission::read), std::chrono::days(30)}));
  Actor operators;
  operators.permissions = every_permission;
  KeyRotation rotation;
  rotation.overlap = 1h;
  rotation.lifetime = std::chrono::days(30);
  const auto next = run(keys().rotate(operators, child->key.id, rotation, {}));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->key.name, "child");
  EXPECT_EQ(next->key.permissions, bit_of(permission::read));
  EXPECT_EQ(next->key.parent_id, parent->key.id);
  EXPECT_EQ(next->key.expires_at, parent->key.expires_at) << "and its end";
  const auto works = [&](const MadeKey& made) {
    const auto known = running->cache->current()->key_by_id(made.key.id);
    return known && known->valid_at(clock.now_ms());
  };
  EXPECT_TRUE(works(*child)) << "for an hour more";
  clock.advance(1h);
  EXPECT_FALSE(works(*child));
  EXPECT_TRUE(works(*next));
  EXPECT_EQ(run(keys().rotate(operators, "k_none", rotation, {})).error().code, ErrorCode::not_found);
  rotation.overlap = 0h;
  const auto last = run(keys().rotate(operators, next->key.id, rotation, {}));
  ASSERT_TRUE(last);
  EXPECT_FALSE(works(*next)) << "at once";
  EXPECT_TRUE(run(keys().revoke(operators, parent->key.id)));
  EXPECT_FALSE(works(*last));
  EXPECT_EQ(run(keys().rotate(operators, last->key.id, rotation, {})).error().code, ErrorCode::conflict);
}

TEST_F(KeyServiceTest, a_rotation_keeps_to_the_number_of_keys_and_counts_both_during_an_overlap) {
  const User ann = make("ann");
  std::vector<MadeKey> made;
  for (int i = 0; i < 10; ++i)
    made.push_back(*run(keys().make(actor(ann), ann, {"k", std::nullopt, std::chrono::days(1)})));
  Actor operators;
  operators.permissions = every_permission;
  KeyRotation rotation;
  rotation.overlap = 1h;
  const std::string id = made.front().key.id;
  const auto refused = run(keys().rotate(operators, id, rotation, {}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_EQ(refused.error().message,
            "At most 10 active keys a user (API_KEY_MAX_PER_USER): revoke one first");
  const auto stored = run(running->store->key(executor(), id));
  ASSERT_TRUE(stored && *stored);
  EXPECT_TRUE((*stored)->active);
  EXPECT_EQ((*stored)->expires_at, made.front().key.expires_at) << "nothing has changed";
  rotation.overlap = 0h;
  EXPECT_TRUE(run(keys().rotate(operators, id, rotation, {}))) << "one ends and one begins";
  EXPECT_TRUE(run(keys().revoke(operators, made[1].key.id)));
  rotation.overlap = 1h;
  EXPECT_TRUE(run(keys().rotate(operators, made[2].key.id, rotation, {}))) << "there is room for both";
  EXPECT_EQ(run(keys().make(actor(ann), ann, {"k", std::nullopt, std::chrono::days(1)})).error().code,
            ErrorCode::conflict);
}

TEST_F(KeyServiceTest, a_key_of_a_user_of_the_settings_is_rotated_while_the_setting_exists) {
  Actor operators;
  operators.permissions = every_permission;
  User dev;
  dev.id = "env_dev";
  dev.username = "dev";
  dev.from_environment = true;
  dev.permissions = permissions_of(Role::service);
  const auto made = run(keys().make(operators, dev, {"bot", bit_of(permission::read), std::chrono::days(1)}));
  ASSERT_TRUE(made);
  const KeyRotation rotation;
  const auto gone = run(keys().rotate(operators, made->key.id, rotation, {}));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().message, "The key's user is gone");
  const auto next = run(keys().rotate(operators, made->key.id, rotation, {dev}));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->key.user_id, "env_dev");
  EXPECT_EQ(next->key.name, "bot");
  EXPECT_EQ(next->key.permissions, bit_of(permission::read));
  EXPECT_EQ(run(keys().rotate(operators, made->key.id, rotation, {dev})).error().code, ErrorCode::not_found)
      << "it has ended";
  for (int i = 0; i < 9; ++i)
    EXPECT_TRUE(run(keys().make(operators, dev, {"k", std::nullopt, std::chrono::days(1)})));
  KeyRotation with_overlap;
  with_overlap.overlap = 1h;
  EXPECT_EQ(run(keys().rotate(operators, next->key.id, with_overlap, {dev})).error().code,
            ErrorCode::conflict);
}

TEST_F(KeyServiceTest, a_key_whose_maker_has_ended_makes_none) {
  const User ann = make("ann");
  const auto parent = run(keys().make(actor(ann), ann, {"parent", std::nullopt, std::chrono::days(1)}));
  Actor by_parent = actor(ann);
  by_parent.key_id = parent->key.id;
  EXPECT_TRUE(run(keys().revoke(actor(ann), parent->key.id)));
  EXPECT_EQ(run(keys().make(by_parent, ann, {"child", std::nullopt, std::chrono::days(1)})).error().code,
            ErrorCode::authentication_failed);
  by_parent.key_id = "k_env_dev_0123";
  EXPECT_TRUE(run(keys().make(by_parent, ann, {"child", std::nullopt, std::chrono::days(1)})))
      << "a key of the settings has no row";
}

TEST_F(KeyServiceTest, a_user_who_was_deleted_meanwhile_gets_no_key_and_one_of_the_settings_has_a_limit) {
  make("root1", Role::admin);
  const User ann = make("ann");
  Actor admin;
  admin.permissions = every_permission;
  EXPECT_TRUE(run(users().remove(admin, ann.id)));
  EXPECT_EQ(run(keys().make(admin, ann, {"k", std::nullopt, std::chrono::days(1)})).error().code,
            ErrorCode::not_found);
  User dev;
  dev.id = "env_dev";
  dev.username = "dev";
  dev.from_environment = true;
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(run(keys().make(admin, dev, {"k", std::nullopt, std::chrono::days(1)})));
  EXPECT_EQ(run(keys().make(admin, dev, {"k", std::nullopt, std::chrono::days(1)})).error().code,
            ErrorCode::conflict);
}

}  // namespace
}  // namespace papi::auth
