#pragma once

// What every AccountStore promises, about one caller. account_race_contract.hpp: about callers at the same
// time.

#include <stdexcept>

#include "auth/account_cache.hpp"
#include "auth/account_store_fixture.hpp"

namespace papi::auth {

template <class Engine>
class AccountStoreContract : public AccountStoreFixture<Engine> {};
TYPED_TEST_SUITE_P(AccountStoreContract);

TYPED_TEST_P(AccountStoreContract, what_was_written_is_committed_when_the_caller_resumes) {
  const auto before = this->run(this->store().versions(this->executor()));
  const User ann = this->add("Ann", Role::admin);
  const auto by_id = this->run(this->store().user(this->executor(), ann.id));
  const auto by_name = this->run(this->store().user_by_name(this->executor(), "aNN"));
  ASSERT_TRUE(by_id && *by_id && by_name && *by_name);
  EXPECT_EQ((*by_id)->username, "Ann");
  EXPECT_EQ((*by_id)->permissions, every_permission);
  EXPECT_EQ((*by_name)->id, ann.id);
  const auto after = this->run(this->store().versions(this->executor()));
  EXPECT_EQ(after->stored, before->stored + 1) << "each change of a user raises the version";
  EXPECT_FALSE(*this->run(this->store().user(this->executor(), "u_none")));
}

TYPED_TEST_P(AccountStoreContract, an_error_takes_back_everything_and_is_returned_as_it_is) {
  const auto before = this->run(this->store().versions(this->executor()));
  NewUser ann;
  ann.user = fresh_user("ann", "", Role::user, 1);
  AuditRecord record;
  record.subject = "ann";
  AccountStore::Work<bool> work = [ann, record](AccountTransaction& accounts) -> Task<Result<bool>> {
    CO_TRY(const bool added, co_await accounts.add_user(ann));
    CO_CHECK(co_await accounts.record(record));
    CO_TRY(const std::optional<User> own, co_await accounts.user_by_id(ann.user.id));
    co_return Error(ErrorCode::conflict, added && own ? "seen within" : "not seen within");
  };
  const auto done = this->template transact<bool>(work);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::conflict);
  EXPECT_EQ(done.error().message, "seen within");
  EXPECT_FALSE(*this->run(this->store().user(this->executor(), ann.user.id)));
  EXPECT_EQ(this->run(this->store().versions(this->executor()))->stored, before->stored);
  EXPECT_TRUE(this->engine().audit_subjects().empty());
  this->add("ann");
}

TYPED_TEST_P(AccountStoreContract, an_exception_takes_back_everything) {
  NewUser ann;
  ann.user = fresh_user("ann", "", Role::user, 1);
  AccountStore::Work<bool> work = [ann](AccountTransaction& accounts) -> Task<Result<bool>> {
    CO_TRY(const bool added, co_await accounts.add_user(ann));
    if (added) throw std::runtime_error("a bug");
    co_return added;
  };
  try {
    EXPECT_FALSE(this->template transact<bool>(work));
  } catch (const std::runtime_error&) {
  }
  EXPECT_FALSE(*this->run(this->store().user(this->executor(), ann.user.id)));
  this->add("ann");
}

TYPED_TEST_P(AccountStoreContract, a_change_and_its_audit_record_are_stored_together) {
  const User ann = this->add("ann");
  AuditRecord record;
  record.subject = "ann was disabled";
  AccountStore::Work<void> work = [ann, record](AccountTransaction& accounts) -> Task<Result<void>> {
    User off = ann;
    off.active = false;
    CO_CHECK(co_await accounts.update_user(off));
    co_return co_await accounts.record(record);
  };
  ASSERT_TRUE(this->template transact<void>(work));
  EXPECT_FALSE((*this->run(this->store().user(this->executor(), ann.id)))->active);
  EXPECT_EQ(this->engine().audit_subjects(), std::vector<std::string>{"ann was disabled"});
}

TYPED_TEST_P(AccountStoreContract, a_new_password_ends_the_tokens_and_the_lock_out_of_its_user) {
  const User ann = this->add("ann");
  AccountStore::Work<bool> work = [ann](AccountTransaction& accounts) -> Task<Result<bool>> {
    TokenFamily family;
    family.id = "f", family.user_id = ann.id, family.expires_at = TestFixture::noon + 1'000;
    CO_CHECK(co_await accounts.save_family(family));
    const LockOut rule{1, std::chrono::minutes(1)};
    const std::string name = "ANN", hash = "another";
    CO_TRY(const LoginAttempt first, co_await accounts.reserve_attempt(name, rule, TestFixture::noon));
    CO_CHECK(co_await accounts.set_password(ann, hash, TestFixture::noon));
    CO_TRY(const LoginAttempt second, co_await accounts.reserve_attempt(name, rule, TestFixture::noon));
    CO_TRY(const std::optional<TokenFamily> left, co_await accounts.lock_family(family.id));
    CO_TRY(const std::string stored, co_await accounts.password_hash_of(ann.id));
    co_return first.locked_until > 0 && !second.locked && !left && stored == hash;
  };
  EXPECT_EQ(this->template transact<bool>(work).value(), true);
}

TYPED_TEST_P(AccountStoreContract, pages_show_everything_once_and_in_order) {
  std::vector<std::string> names, ids;
  for (const char* name : {"eve", "bob", "ann"}) names.push_back(this->add(name).username);
  const auto owner = *this->run(this->store().user_by_name(this->executor(), "bob"));
  for (int i = 0; i < 3; ++i) ids.insert(ids.begin(), this->add_key(*owner).id);
  std::vector<std::string> seen_names, seen_ids;
  UserQuery users;
  users.limit = 2;
  for (bool more = true; more;) {
    const auto page = this->run(this->store().users(this->executor(), users));
    EXPECT_EQ(page->total, 3);
    for (const User& user : page->users) seen_names.push_back(user.username);
    more = page->more;
    users.after_created_at = page->users.back().created_at, users.after_id = page->users.back().id;
  }
  EXPECT_EQ(seen_names, names) << "the oldest first";
  KeyQuery keys;
  keys.limit = 2, keys.user_id = owner->id;
  for (bool more = true; more;) {
    const auto page = this->run(this->store().keys(this->executor(), keys));
    EXPECT_EQ(page->total, 3);
    for (const ApiKey& key : page->keys) seen_ids.push_back(key.id);
    more = page->next.has_value();
    keys.before = page->next.value_or(0);
  }
  EXPECT_EQ(seen_ids, ids) << "the newest first";
}

TYPED_TEST_P(AccountStoreContract, a_snapshot_has_what_works_and_follows_each_change) {
  const std::vector<EnvironmentKey> environment;
  std::shared_ptr<const AccountSnapshot> known = std::make_shared<AccountSnapshot>();
  const auto refresh = [&] {
    auto next = this->run(this->store().snapshot(this->executor(), environment, known));
    ASSERT_TRUE(next) << next.error().message;
    known = *std::move(next);
  };
  const auto change = [&](AccountStore::Work<void> work) {
    ASSERT_TRUE(this->template transact<void>(std::move(work)));
    const auto before = known;
    refresh();
    EXPECT_NE(known, before);
  };
  const User ann = this->add("Ann"), ben = this->add("ben"), carl = this->add("carl");
  const ApiKey first = this->add_key(ann);
  ApiKey child = fresh_key(ben, "child", ben.permissions, std::chrono::days(9), TestFixture::noon).key;
  child.parent_id = first.id;  // it ends with the key that made it
  ApiKey grandchild =
      fresh_key(carl, "grandchild", carl.permissions, std::chrono::days(9), TestFixture::noon).key;
  grandchild.parent_id = child.id;
  refresh();
  EXPECT_EQ(known->user_called("aNN")->id, ann.id);
  EXPECT_EQ(known->key_by_hash(first.hash)->owner->username, "Ann");
  const auto same = known;
  refresh();
  EXPECT_EQ(known, same) << "nothing has changed";

  change([child](AccountTransaction& accounts) { return accounts.add_key(child); });
  change([grandchild](AccountTransaction& accounts) { return accounts.add_key(grandchild); });
  EXPECT_EQ(known->key_by_id(grandchild.id)->key.expires_at, first.expires_at);
  User off = ben;
  off.active = false;
  change([off](AccountTransaction& accounts) { return accounts.update_user(off); });
  EXPECT_FALSE(known->user(ben.id)->active);
  change([id = first.id](AccountTransaction& accounts) {
    return accounts.shorten_key(id, TestFixture::noon + 5);
  });
  for (const ApiKey& key : {first, child, grandchild})
    EXPECT_EQ(known->key_by_id(key.id)->key.expires_at, TestFixture::noon + 5) << key.name;
  change([id = first.id](AccountTransaction& accounts) -> Task<Result<void>> {
    CO_TRY([[maybe_unused]] const bool revoked, co_await accounts.revoke_key(id));
    co_return Result<void>();
  });
  for (const ApiKey& key : {first, child, grandchild})
    EXPECT_EQ(known->key_by_id(key.id), nullptr) << key.name << " ends with the first key";

  TokenFamily family;
  family.id = "f1", family.user_id = carl.id, family.expires_at = TestFixture::noon + 10;
  AccountStore::Work<void> save = [family](AccountTransaction& accounts) {
    return accounts.save_family(family);
  };
  ASSERT_TRUE(this->template transact<void>(save));
  change([](AccountTransaction& accounts) -> Task<Result<void>> {
    CO_TRY([[maybe_unused]] const bool revoked, co_await accounts.revoke_family("f1", TestFixture::noon));
    co_return Result<void>();
  });
  EXPECT_TRUE(known->is_revoked("f1"));
  change([](AccountTransaction& accounts) -> Task<Result<void>> {
    CO_TRY([[maybe_unused]] const std::size_t count, co_await accounts.clear_revoked());
    co_return Result<void>();
  });
  EXPECT_FALSE(known->is_revoked("f1")) << "what is not listed by name is read too";
  change([id = ann.id](AccountTransaction& accounts) -> Task<Result<void>> {
    CO_TRY([[maybe_unused]] const bool gone, co_await accounts.delete_user(id, TestFixture::noon));
    co_return Result<void>();
  });
  EXPECT_EQ(known->user(ann.id), nullptr);
  EXPECT_EQ(known->user_called("ann"), nullptr);
}

TYPED_TEST_P(AccountStoreContract, after_a_change_of_an_unknown_kind_a_snapshot_has_everything) {
  const std::vector<EnvironmentKey> environment;
  std::shared_ptr<const AccountSnapshot> known = std::make_shared<AccountSnapshot>();
  const auto refresh = [&] {
    auto next = this->run(this->store().snapshot(this->executor(), environment, known));
    ASSERT_TRUE(next) << next.error().message;
    known = *std::move(next);
  };
  for (const int kind : {2, 256, -1}) {
    const std::string before = "before" + std::to_string(kind), after = "after" + std::to_string(kind);
    this->add(before);
    refresh();
    EXPECT_NE(known->user_called(before), nullptr);
    this->add(after);
    this->engine().set_change_kinds(kind);
    refresh();
    EXPECT_NE(known->user_called(after), nullptr) << kind;
  }
}

TYPED_TEST_P(AccountStoreContract, a_name_or_id_with_bytes_that_no_row_has_finds_nothing) {
  const User ann = this->add("ann");
  const ApiKey key = this->add_key(ann);
  TokenFamily family;
  family.id = "f1", family.user_id = ann.id, family.expires_at = TestFixture::noon;
  AccountStore::Work<void> save = [family](AccountTransaction& accounts) {
    return accounts.save_family(family);
  };
  ASSERT_TRUE(this->template transact<void>(save));
  for (const std::string& tail : {std::string("\0", 1), std::string("\xff")}) {
    EXPECT_FALSE(this->run(this->store().user(this->executor(), ann.id + tail)).value());
    EXPECT_FALSE(this->run(this->store().user_by_name(this->executor(), "ann" + tail)).value());
    EXPECT_FALSE(this->run(this->store().key(this->executor(), key.id + tail)).value());
    KeyQuery keys;
    keys.user_id = ann.id + tail, keys.limit = 10;
    const auto page = this->run(this->store().keys(this->executor(), keys));
    EXPECT_EQ(page.value().keys.size(), 0u);
    EXPECT_EQ(page.value().total, 0);
    AccountStore::Work<std::string> look = [&](AccountTransaction& accounts) -> Task<Result<std::string>> {
      std::string found;
      CO_CHECK(co_await accounts.lock_user(ann.id + tail));
      CO_TRY(const auto by_name, co_await accounts.user_by_name("ann" + tail));
      CO_TRY(const auto by_id, co_await accounts.user_by_id(ann.id + tail));
      CO_TRY(const auto key_by_id, co_await accounts.key_by_id(key.id + tail));
      CO_TRY(const auto locked, co_await accounts.lock_family("f1" + tail));
      CO_TRY(const bool key_revoked, co_await accounts.revoke_key(key.id + tail));
      CO_TRY(const bool family_revoked, co_await accounts.revoke_family("f1" + tail, TestFixture::noon));
      CO_TRY(const bool deleted, co_await accounts.delete_user(ann.id + tail, TestFixture::noon));
      for (const bool any : {by_name.has_value(), by_id.has_value(), key_by_id.has_value(),
                             locked.has_value(), key_revoked, family_revoked, deleted})
        found += any ? '1' : '0';
      co_return found;
    };
    EXPECT_EQ(this->template transact<std::string>(look).value(), "0000000");
  }
}

REGISTER_TYPED_TEST_SUITE_P(AccountStoreContract, what_was_written_is_committed_when_the_caller_resumes,
                            an_error_takes_back_everything_and_is_returned_as_it_is,
                            an_exception_takes_back_everything,
                            a_change_and_its_audit_record_are_stored_together,
                            a_new_password_ends_the_tokens_and_the_lock_out_of_its_user,
                            pages_show_everything_once_and_in_order,
                            a_snapshot_has_what_works_and_follows_each_change,
                            after_a_change_of_an_unknown_kind_a_snapshot_has_everything,
                            a_name_or_id_with_bytes_that_no_row_has_finds_nothing);

}  // namespace papi::auth
