#pragma once

// What every AccountStore promises, as tests. A storage engine runs them with a class `Engine`:
//   AccountStore& store(std::size_t caller);     of an empty storage; callers with different numbers may use
//                                                it at the same time
//   std::vector<std::string> audit_subjects();   of all records in the audit trail, oldest first
//   void set_change_kinds(std::int64_t kind);    gives all stored changes this number as their kind

#include <gtest/gtest.h>

#include <barrier>
#include <boost/asio/use_future.hpp>
#include <future>
#include <stdexcept>

#include "auth/account_cache.hpp"
#include "auth/account_rules.hpp"
#include "auth/account_store.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::auth {

template <class Engine>
class AccountStoreContract : public testing::Test {
 protected:
  static constexpr std::size_t callers = 8;
  static constexpr UnixMs noon = 1'700'000'000'000;

  AccountStoreContract() : threads_(callers) { threads_.start(); }

  template <class Value>
  Result<Value> transact(AccountStore::Work<Value> work) {
    AccountStore& store = engine_.store(0);
    return run(store.template transact<Value>(executor(), std::move(work)));
  }
  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(executor(), std::move(task), net::use_future).get();
  }
  Executor executor() { return threads_.executor(0); }
  AccountStore& store() { return engine_.store(0); }

  /// Runs work_of(0), work_of(1), … at the same time, each on a thread of its own.
  template <class Value>
  std::vector<Result<Value>> race(const std::function<AccountStore::Work<Value>(std::size_t)>& work_of,
                                  std::size_t count = callers) {
    std::barrier<> start(static_cast<std::ptrdiff_t>(count));
    std::vector<std::future<Result<Value>>> running;
    for (std::size_t i = 0; i < count; ++i) {
      running.push_back(
          net::co_spawn(threads_.executor(i), begin<Value>(start, i, work_of(i)), net::use_future));
    }
    std::vector<Result<Value>> results;
    for (auto& one : running) results.push_back(one.get());
    return results;
  }

  User add(const std::string& name, Role role = Role::user) {
    NewUser user;
    user.user = fresh_user(name, name + "@example.org", role, noon + next_++);
    user.password_hash = "hash of " + name;
    AccountStore::Work<bool> work = [user](AccountTransaction& accounts) { return accounts.add_user(user); };
    EXPECT_EQ(transact<bool>(work).value(), true) << name;
    return user.user;
  }
  ApiKey add_key(const User& owner) {
    const ApiKey key = fresh_key(owner, "k", owner.permissions, std::chrono::days(1), noon).key;
    AccountStore::Work<void> work = [key](AccountTransaction& accounts) { return accounts.add_key(key); };
    EXPECT_TRUE(transact<void>(work));
    return key;
  }
  Engine& engine() { return engine_; }

 private:
  template <class Value>
  Task<Result<Value>> begin(std::barrier<>& start, std::size_t caller, AccountStore::Work<Value> work) {
    const Executor executor = co_await net::this_coro::executor;
    start.arrive_and_wait();
    co_return co_await engine_.store(caller).template transact<Value>(executor, std::move(work));
  }

  IoThreads threads_;  // outlives the engine, whose threads still touch it after they have answered
  Engine engine_;
  UnixMs next_ = 0;
};

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

TYPED_TEST_P(AccountStoreContract, of_callers_at_once_who_want_a_name_one_gets_it) {
  for (int round = 0; round < 10; ++round) {
    const auto results = this->template race<bool>([&](std::size_t caller) -> AccountStore::Work<bool> {
      NewUser user;
      user.user = fresh_user((caller % 2 == 0 ? "ann" : "ANN") + std::to_string(round), "", Role::user, 1);
      return [user](AccountTransaction& accounts) { return accounts.add_user(user); };
    });
    int added = 0;
    for (const auto& result : results) added += result.value() ? 1 : 0;
    ASSERT_EQ(added, 1) << "round " << round;
  }
}

TYPED_TEST_P(AccountStoreContract, guesses_at_once_are_no_more_than_the_lock_out_allows) {
  for (int round = 0; round < 10; ++round) {
    const std::string name = "ann" + std::to_string(round);
    const auto results =
        this->template race<LoginAttempt>([&](std::size_t) -> AccountStore::Work<LoginAttempt> {
          return [name](AccountTransaction& accounts) -> Task<Result<LoginAttempt>> {
            const LockOut rule{5, std::chrono::minutes(1)};
            co_return co_await accounts.reserve_attempt(name, rule, TestFixture::noon);
          };
        });
    std::vector<int> counted;
    for (const auto& result : results) {
      EXPECT_EQ(result->locked, result->locked && result->locked_until == TestFixture::noon + 60'000);
      if (!result->locked) counted.push_back(result->failures);
    }
    std::sort(counted.begin(), counted.end());
    ASSERT_EQ(counted, (std::vector<int>{1, 2, 3, 4, 5})) << "round " << round;
  }
}

TYPED_TEST_P(AccountStoreContract, a_refresh_token_that_many_present_at_once_is_rotated_once) {
  const User ann = this->add("ann");
  for (int round = 0; round < 10; ++round) {
    TokenFamily family;
    family.id = "f" + std::to_string(round), family.user_id = ann.id, family.current = family.id + ".1";
    family.created_at = family.current_at = TestFixture::noon, family.expires_at = TestFixture::noon + 60'000;
    AccountStore::Work<void> save = [family](AccountTransaction& accounts) {
      return accounts.save_family(family);
    };
    ASSERT_TRUE(this->template transact<void>(save));
    const auto results = this->template race<Refresh>([&](std::size_t caller) -> AccountStore::Work<Refresh> {
      return [family, ann, caller](AccountTransaction& accounts) -> Task<Result<Refresh>> {
        CO_TRY(const std::optional<TokenFamily> now, co_await accounts.lock_family(family.id));
        const Refresh meaning = refresh_meaning(now, ann, family.current, TestFixture::noon);
        if (meaning == Refresh::rotate) {
          const TokenFamily next = rotated(*now, family.id + ".2." + std::to_string(caller),
                                           std::chrono::minutes(1), TestFixture::noon);
          CO_CHECK(co_await accounts.save_family(next));
        }
        co_return meaning;
      };
    });
    int rotations = 0, repeats = 0;
    for (const auto& result : results) {
      rotations += *result == Refresh::rotate ? 1 : 0;
      repeats += *result == Refresh::repeat ? 1 : 0;
    }
    ASSERT_EQ(rotations, 1) << "round " << round;
    ASSERT_EQ(repeats, 7) << "round " << round;
  }
}

TYPED_TEST_P(AccountStoreContract, keys_made_at_once_are_no_more_than_the_limit) {
  for (int round = 0; round < 10; ++round) {
    const User ann = this->add("ann" + std::to_string(round));
    const auto results = this->template race<bool>([&](std::size_t) -> AccountStore::Work<bool> {
      const ApiKey key = fresh_key(ann, "k", ann.permissions, std::chrono::days(1), TestFixture::noon).key;
      return [key](AccountTransaction& accounts) -> Task<Result<bool>> {
        CO_CHECK(co_await accounts.lock_user(key.user_id));
        CO_TRY(const std::int64_t working, co_await accounts.count_keys(key.user_id, TestFixture::noon));
        if (auto refusal = key_limit_refusal(working, 3)) co_return std::move(*refusal);
        CO_CHECK(co_await accounts.add_key(key));
        co_return true;
      };
    });
    int made = 0;
    for (const auto& result : results) made += result ? 1 : 0;
    ASSERT_EQ(made, 3) << "round " << round;
    KeyQuery query;
    query.user_id = ann.id, query.limit = 10;
    EXPECT_EQ(this->run(this->store().keys(this->executor(), query))->total, 3);
  }
}

TYPED_TEST_P(AccountStoreContract, admins_who_are_disabled_at_once_leave_one) {
  for (int round = 0; round < 10; ++round) {
    std::vector<User> admins;
    for (int i = 0; i < 4; ++i)
      admins.push_back(this->add("root" + std::to_string(round) + std::to_string(i), Role::admin));
    const auto results = this->template race<bool>(
        [&](std::size_t caller) -> AccountStore::Work<bool> {
          return [admin = admins[caller]](AccountTransaction& accounts) -> Task<Result<bool>> {
            CO_CHECK(co_await accounts.lock_admins());
            CO_CHECK(co_await accounts.lock_user(admin.id));
            CO_TRY(const bool other, co_await accounts.other_admin(admin.id));
            User off = admin;
            off.active = false;
            const std::optional<User> after = off;
            if (auto refusal = last_admin_refusal(admin, after, other)) co_return std::move(*refusal);
            CO_CHECK(co_await accounts.update_user(off));
            co_return true;
          };
        },
        admins.size());
    int disabled = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
      disabled += results[i] ? 1 : 0;
      if (results[i]) continue;
      EXPECT_EQ(results[i].error().code, ErrorCode::conflict);
      AccountStore::Work<bool> erase = [id = admins[i].id](AccountTransaction& accounts) {
        return accounts.delete_user(id, TestFixture::noon);
      };
      EXPECT_EQ(this->template transact<bool>(erase).value(), true) << "for the next round";
    }
    ASSERT_EQ(disabled, 3) << "round " << round;
  }
}

TYPED_TEST_P(AccountStoreContract, of_callers_at_once_who_revoke_a_key_one_has_done_it) {
  const User ann = this->add("ann");
  for (int round = 0; round < 10; ++round) {
    const ApiKey key = this->add_key(ann);
    const auto results = this->template race<bool>([&](std::size_t) -> AccountStore::Work<bool> {
      return [id = key.id](AccountTransaction& accounts) { return accounts.revoke_key(id); };
    });
    int revoked = 0;
    for (const auto& result : results) revoked += result.value() ? 1 : 0;
    ASSERT_EQ(revoked, 1) << "round " << round;
  }
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

REGISTER_TYPED_TEST_SUITE_P(
    AccountStoreContract, a_name_or_id_with_bytes_that_no_row_has_finds_nothing,
    a_snapshot_has_what_works_and_follows_each_change,
    after_a_change_of_an_unknown_kind_a_snapshot_has_everything,
    what_was_written_is_committed_when_the_caller_resumes,
    an_error_takes_back_everything_and_is_returned_as_it_is, an_exception_takes_back_everything,
    a_change_and_its_audit_record_are_stored_together,
    a_new_password_ends_the_tokens_and_the_lock_out_of_its_user, pages_show_everything_once_and_in_order,
    of_callers_at_once_who_want_a_name_one_gets_it, guesses_at_once_are_no_more_than_the_lock_out_allows,
    a_refresh_token_that_many_present_at_once_is_rotated_once, keys_made_at_once_are_no_more_than_the_limit,
    admins_who_are_disabled_at_once_leave_one, of_callers_at_once_who_revoke_a_key_one_has_done_it);

}  // namespace papi::auth
