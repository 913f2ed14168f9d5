#include "auth/user_service.hpp"

#include "auth/account_fixture.hpp"
#include "auth/authorization_guards.hpp"

namespace papi::auth {
namespace {

using UserServiceTest = AccountTest;

TEST_F(UserServiceTest, logout_disabling_and_a_new_password_end_tokens) {
  const User admin = make("root1", Role::admin);
  const User ann = make("ann");
  auto pair = login("ann", good);
  Actor me = actor(ann);
  me.token_id = running->signer.verify(pair->access.reveal(), TokenType::access, clock.now_ms())->id;
  EXPECT_TRUE(run(tokens().logout(me)));
  EXPECT_FALSE(valid(*pair));
  pair = login("ann", good);
  EXPECT_FALSE(run(logins().change_own_password(me, Secret("wrong"), Secret("olive bridge 3"))));
  EXPECT_TRUE(valid(*pair));
  EXPECT_TRUE(run(logins().change_own_password(me, good, Secret("olive bridge 3"))));
  EXPECT_FALSE(valid(*pair));
  EXPECT_FALSE(login("ann", good));
  pair = login("ann", Secret("olive bridge 3"));
  ASSERT_TRUE(pair);
  UserChange off;
  off.active = false;
  EXPECT_TRUE(run(users().change(actor(admin), ann.id, off)));
  EXPECT_FALSE(valid(*pair));
  EXPECT_FALSE(login("ann", Secret("olive bridge 3")));
}

TEST_F(UserServiceTest, the_last_admin_stays) {
  const User admin = make("root1", Role::admin);
  UserChange off;
  off.active = false;
  EXPECT_EQ(run(users().change(actor(admin), admin.id, off)).error().code, ErrorCode::conflict);
  EXPECT_EQ(run(users().remove(actor(admin), admin.id)).error().code, ErrorCode::conflict);
  const User second = make("root2", Role::admin);
  EXPECT_TRUE(run(users().change(actor(second), admin.id, off)));
}

TEST_F(UserServiceTest, who_sees_all_as_an_admin_sees_it_for_as_long_as_they_are_one) {
  make("root1", Role::admin);
  const User ann = make("ann", Role::admin);
  const auto made = run(keys().make(actor(ann), *running->cache->current()->user(ann.id), {"k", {}, {}}));
  const KeyGuard own(*running->cache, clock, made->key.id, permission::connect, false);
  const KeyGuard others(*running->cache, clock, made->key.id, permission::connect, true);
  UserChange less;
  less.role = Role::user;
  EXPECT_TRUE(run(users().change(nobody(), ann.id, less)));
  EXPECT_TRUE(own.still_valid());
  EXPECT_FALSE(others.still_valid());
  EXPECT_FALSE(others.for_permission(permission::read)->still_valid());
}

TEST_F(UserServiceTest, what_another_process_changes_is_noticed_by_its_version) {
  const User ann = make("ann");
  {
    auto database = sqlite::Database::open(path);
    User changed = ann;
    changed.active = false;
    store::update_user(*database, changed);
  }
  EXPECT_TRUE(running->cache->current()->user(ann.id)->active);
  EXPECT_TRUE(run(running->cache->refresh(executor())));
  EXPECT_FALSE(running->cache->current()->user(ann.id)->active);
}

TEST_F(UserServiceTest, the_record_can_be_added_to_and_nothing_else) {
  make("ann");
  stop();
  auto database = sqlite::Database::open(path);
  EXPECT_THROW(database->execute("UPDATE audit_log SET reason = ''"), sqlite::DatabaseFault);
  AuditRecord recent;
  recent.at = SystemClock().now_ms();
  store::add_audit_record(*database, recent);
  EXPECT_THROW(database->execute("DELETE FROM audit_log WHERE at > 1750000000000"), sqlite::DatabaseFault);
  database->execute("DELETE FROM audit_log WHERE at < 1750000000000");  // records of the manual clock
  start();
}

TEST_F(UserServiceTest, an_admin_who_is_disabled_already_is_not_the_last_one) {
  const User first = make("root1", Role::admin), second = make("root2", Role::admin);
  UserChange off;
  off.active = false;
  EXPECT_TRUE(run(users().change(nobody(), first.id, off)));
  EXPECT_TRUE(run(users().change(nobody(), first.id, off))) << "changes nothing";
  EXPECT_EQ(run(users().change(nobody(), second.id, off)).error().code, ErrorCode::conflict);
  EXPECT_TRUE(run(users().remove(nobody(), first.id)));
}

TEST_F(UserServiceTest, each_change_is_recorded_with_its_actor_and_a_refused_one_is_not) {
  Actor admin;
  admin.username = "root";
  admin.client_address = "192.0.2.1";
  admin.endpoint = "PATCH /auth/users/{id}";
  admin.correlation_id = "c1";
  const auto ann = run(users().create(admin, {"ann", "a@b.example", good, Role::admin}));
  UserChange all;
  all.email = "x@y.example";
  all.role = Role::admin;
  all.active = true;
  all.password = good;
  EXPECT_TRUE(run(users().change(admin, ann->id, all)));
  EXPECT_FALSE(run(users().remove(admin, ann->id)));
  EXPECT_FALSE(run(users().create(admin, {"ANN", "a@b.example", good, Role::user})));
  AuditQuery query;
  query.kinds = audit_kinds("all");
  const auto page = run(running->audit->read(executor(), query));
  ASSERT_EQ(page->recent.size(), 2u);
  const AuditRecord& changed = page->recent.front();
  EXPECT_EQ(changed.reason, "role admin enabled password set email changed");
  EXPECT_EQ(page->recent.back().reason, "created as admin");
  EXPECT_EQ(changed.at, clock.now_ms());
  EXPECT_TRUE(changed.success);
  EXPECT_EQ(changed.username + " " + changed.client_ip + " " + changed.endpoint + " " + changed.subject +
                " " + changed.correlation_id,
            "root 192.0.2.1 PATCH /auth/users/{id} ann c1");
}

}  // namespace
}  // namespace papi::auth
