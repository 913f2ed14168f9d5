#pragma once

// What every AccountStore promises to callers that use it at the same time.

#include <algorithm>

#include "auth/account_store_fixture.hpp"

namespace papi::auth {

template <class Engine>
class AccountRaceContract : public AccountStoreFixture<Engine> {};
TYPED_TEST_SUITE_P(AccountRaceContract);

TYPED_TEST_P(AccountRaceContract, of_callers_at_once_who_want_a_name_one_gets_it) {
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

TYPED_TEST_P(AccountRaceContract, guesses_at_once_are_no_more_than_the_lock_out_allows) {
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

TYPED_TEST_P(AccountRaceContract, a_refresh_token_that_many_present_at_once_is_rotated_once) {
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

TYPED_TEST_P(AccountRaceContract, keys_made_at_once_are_no_more_than_the_limit) {
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

TYPED_TEST_P(AccountRaceContract, admins_who_are_disabled_at_once_leave_one) {
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

TYPED_TEST_P(AccountRaceContract, of_callers_at_once_who_revoke_a_key_one_has_done_it) {
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

REGISTER_TYPED_TEST_SUITE_P(AccountRaceContract, of_callers_at_once_who_want_a_name_one_gets_it,
                            guesses_at_once_are_no_more_than_the_lock_out_allows,
                            a_refresh_token_that_many_present_at_once_is_rotated_once,
                            keys_made_at_once_are_no_more_than_the_limit,
                            admins_who_are_disabled_at_once_leave_one,
                            of_callers_at_once_who_revoke_a_key_one_has_done_it);

}  // namespace papi::auth
