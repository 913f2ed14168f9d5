#pragma once

// What every AccountStore promises of stream tokens and sign-in codes, as tests. The class `Engine` is that
// of account_store_contract.hpp.

#include "auth/account_store_contract.hpp"

namespace papi::auth {

template <class Engine>
class StreamTokenContract : public AccountStoreContract<Engine> {
 protected:
  static constexpr UnixMs noon = AccountStoreContract<Engine>::noon;

  StreamToken add_stream_token(const std::string& user_id, const std::string& name,
                               std::chrono::seconds lifetime = longest_token) {
    const NewStreamToken wanted{name, {"quiz", "game"}, {}, {}, lifetime};
    const StreamToken token = fresh_stream_token(user_id, wanted, noon).token;
    store_token(token);
    return token;
  }
  void store_token(const StreamToken& token) {
    AccountStore::Work<void> work = [token](AccountTransaction& accounts) {
      return accounts.add_stream_token(token);
    };
    EXPECT_TRUE(this->template transact<void>(work));
  }
  bool remove(const std::string& id) {
    AccountStore::Work<bool> work = [id](AccountTransaction& accounts) {
      return accounts.delete_stream_token(id);
    };
    return this->template transact<bool>(work).value();
  }
  std::int64_t count(const std::string& user_id, UnixMs now) {
    AccountStore::Work<std::int64_t> work = [user_id, now](AccountTransaction& accounts) {
      return accounts.count_stream_tokens(user_id, now);
    };
    return this->template transact<std::int64_t>(work).value();
  }
  std::optional<StreamToken> find(const std::string& id) {
    using Found = std::optional<StreamToken>;
    AccountStore::Work<Found> work = [id](AccountTransaction& accounts) {
      return accounts.stream_token_by_id(id);
    };
    return this->template transact<Found>(work).value();
  }
  StreamTokenPage page(StreamTokenQuery query) {
    return this->run(this->store().stream_tokens(this->executor(), query)).value();
  }
  bool prune(UnixMs now) {
    AccountStore::Work<bool> work = [now](AccountTransaction& accounts) { return accounts.prune(now); };
    return this->template transact<bool>(work).value();
  }
  std::shared_ptr<const AccountSnapshot> snapshot(std::shared_ptr<const AccountSnapshot> before) {
    return this->run(this->store().snapshot(this->executor(), nobody_else_, std::move(before))).value();
  }

  void add_code(const std::string& hash, const std::string& user_id, UnixMs expires_at) {
    SignInCode code;
    code.hash = hash;
    code.user_id = user_id;
    code.created_at = noon;
    code.expires_at = expires_at;
    AccountStore::Work<void> work = [code](AccountTransaction& accounts) {
      return accounts.add_sign_in_code(code);
    };
    EXPECT_TRUE(this->template transact<void>(work));
  }
  std::optional<SignInCode> find_code(const std::string& hash) {
    using Found = std::optional<SignInCode>;
    AccountStore::Work<Found> work = [hash](AccountTransaction& accounts) {
      return accounts.sign_in_code(hash);
    };
    return this->template transact<Found>(work).value();
  }

 private:
  const std::vector<EnvironmentKey> nobody_else_;
};

TYPED_TEST_SUITE_P(StreamTokenContract);

TYPED_TEST_P(StreamTokenContract, a_token_is_read_as_it_was_written) {
  StreamToken token =
      fresh_stream_token(
          "u1",
          {"Bühne", {"quiz"}, {"comment", "gift"}, {"null", "https://a.example"}, std::chrono::seconds(90)},
          TestFixture::noon)
          .token;
  token.maker_id = "k1";
  this->store_token(token);
  const auto found = this->find(token.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->user_id, "u1");
  EXPECT_EQ(found->name, "Bühne");
  EXPECT_EQ(found->hash, token.hash);
  EXPECT_EQ(found->preview, token.preview);
  EXPECT_EQ(found->maker_id, "k1");
  EXPECT_EQ(found->sessions, (std::vector<std::string>{"quiz"}));
  EXPECT_EQ(found->types, (std::vector<std::string>{"comment", "gift"}));
  EXPECT_EQ(found->origins, (std::vector<std::string>{"null", "https://a.example"}));
  EXPECT_EQ(found->created_at, TestFixture::noon);
  EXPECT_EQ(found->expires_at, TestFixture::noon + 90'000);
  EXPECT_EQ(found->last_used, 0);
  for (const UnixMs when : {TestFixture::noon + 5, TestFixture::noon + 3}) {
    AccountStore::Work<void> use = [id = token.id, when](AccountTransaction& accounts) {
      return accounts.stream_token_used(id, when);
    };
    EXPECT_TRUE(this->template transact<void>(use));
    EXPECT_EQ(this->find(token.id)->last_used, TestFixture::noon + 5) << "it never goes back";
  }
  for (const std::string& tail : {std::string("\0", 1), std::string("\xff")}) {
    EXPECT_FALSE(this->find(token.id + tail));
    EXPECT_FALSE(this->remove(token.id + tail));
    EXPECT_EQ(this->count("u1" + tail, 0), 0);
    StreamTokenQuery query;
    query.user_id = "u1" + tail;
    query.limit = 10;
    EXPECT_EQ(this->page(query).total, 0);
    EXPECT_FALSE(this->find_code("h" + tail));
  }
}

TYPED_TEST_P(StreamTokenContract, pages_and_counts_leave_out_what_has_expired) {
  const StreamToken first = this->add_stream_token("u1", "first", std::chrono::seconds(60));
  const StreamToken second = this->add_stream_token("u2", "second");
  const StreamToken third = this->add_stream_token("u1", "third");
  StreamTokenQuery query;
  query.limit = 2;
  query.now = TestFixture::noon + 59'999;
  StreamTokenPage page = this->page(query);
  EXPECT_EQ(page.total, 3);
  ASSERT_EQ(page.tokens.size(), 2u);
  EXPECT_EQ(page.tokens[0].id, third.id) << "newest first";
  EXPECT_EQ(page.tokens[1].id, second.id);
  ASSERT_TRUE(page.next);
  query.before = *page.next;
  page = this->page(query);
  ASSERT_EQ(page.tokens.size(), 1u);
  EXPECT_EQ(page.tokens[0].id, first.id);
  EXPECT_FALSE(page.next);
  query.before = StreamTokenQuery().before;
  query.now = TestFixture::noon + 60'000;
  page = this->page(query);
  EXPECT_EQ(page.total, 2);
  EXPECT_FALSE(page.next);
  query.user_id = "u1";
  page = this->page(query);
  EXPECT_EQ(page.total, 1);
  ASSERT_EQ(page.tokens.size(), 1u);
  EXPECT_EQ(page.tokens[0].id, third.id);
  EXPECT_EQ(this->count("u1", TestFixture::noon + 59'999), 2);
  EXPECT_EQ(this->count("u1", TestFixture::noon + 60'000), 1);
}

TYPED_TEST_P(StreamTokenContract, a_snapshot_has_the_tokens_and_follows_each_change) {
  const User ann = this->add("ann");
  const ApiKey key = this->add_key(ann);
  StreamToken by_key = fresh_stream_token(ann.id, {"of a key", {"quiz"}, {}, {}}, TestFixture::noon).token;
  by_key.maker_id = key.id;
  this->store_token(by_key);
  auto known = this->snapshot(std::make_shared<AccountSnapshot>());
  ASSERT_TRUE(known->stream_token_by_hash(by_key.hash));
  EXPECT_EQ(known->stream_token_by_id(by_key.id)->token.expires_at, key.expires_at) << "it ends with the key";
  EXPECT_EQ(known->stream_token_by_id(by_key.id)->maker_permissions, key.permissions);
  EXPECT_EQ(known->stream_token_by_id(by_key.id)->owner->username, "ann");

  const StreamToken later = this->add_stream_token(ann.id, "later");
  known = this->snapshot(known);
  EXPECT_EQ(known->stream_token_by_hash(later.hash)->token.sessions,
            (std::vector<std::string>{"quiz", "game"}));
  EXPECT_EQ(known->stream_token_by_hash(later.hash)->maker_permissions, every_permission);
  EXPECT_TRUE(this->remove(later.id));
  EXPECT_FALSE(this->remove(later.id)) << "of several callers one gets true";
  known = this->snapshot(known);
  EXPECT_FALSE(known->stream_token_by_hash(later.hash));
  EXPECT_FALSE(known->stream_token_by_id(later.id));

  AccountStore::Work<bool> revoke = [id = key.id](AccountTransaction& accounts) {
    return accounts.revoke_key(id);
  };
  EXPECT_TRUE(this->template transact<bool>(revoke).value());
  known = this->snapshot(known);
  EXPECT_FALSE(known->stream_token_by_hash(by_key.hash));
  EXPECT_FALSE(this->snapshot(std::make_shared<AccountSnapshot>())->stream_token_by_hash(by_key.hash))
      << "read from the beginning too";
}

TYPED_TEST_P(StreamTokenContract, tokens_and_codes_end_with_their_user) {
  const User ann = this->add("ann"), bob = this->add("bob");
  const StreamToken anns = this->add_stream_token(ann.id, "a"), bobs = this->add_stream_token(bob.id, "b");
  this->add_code("h1", ann.id, TestFixture::noon + 1);
  this->add_code("h2", bob.id, TestFixture::noon + 1);
  AccountStore::Work<bool> remove = [id = ann.id](AccountTransaction& accounts) {
    return accounts.delete_user(id, TestFixture::noon);
  };
  EXPECT_TRUE(this->template transact<bool>(remove).value());
  EXPECT_FALSE(this->find(anns.id));
  EXPECT_FALSE(this->find_code("h1"));
  EXPECT_TRUE(this->find(bobs.id));
  EXPECT_TRUE(this->find_code("h2"));
  AccountStore::Work<void> password = [bob](AccountTransaction& accounts) -> Task<Result<void>> {
    const std::string hash = "new";
    co_return co_await accounts.set_password(bob, hash, TestFixture::noon);
  };
  EXPECT_TRUE(this->template transact<void>(password));
  EXPECT_TRUE(this->find(bobs.id)) << "a token stays, as keys do";
  EXPECT_FALSE(this->find_code("h2"));
}

TYPED_TEST_P(StreamTokenContract, what_has_expired_is_pruned_500_rows_at_a_time) {
  const User ann = this->add("ann");
  const StreamToken minute = this->add_stream_token(ann.id, "a", std::chrono::seconds(60));
  const StreamToken month = this->add_stream_token(ann.id, "b");
  this->add_code("h1", ann.id, TestFixture::noon + 60'000);
  auto known = this->snapshot(std::make_shared<AccountSnapshot>());
  EXPECT_FALSE(this->prune(TestFixture::noon + 59'999));
  EXPECT_TRUE(this->find(minute.id));
  EXPECT_TRUE(this->find_code("h1"));
  EXPECT_FALSE(this->prune(TestFixture::noon + 60'000));
  EXPECT_FALSE(this->find(minute.id));
  EXPECT_FALSE(this->find_code("h1"));
  EXPECT_TRUE(this->find(month.id));
  known = this->snapshot(known);
  EXPECT_FALSE(known->stream_token_by_id(minute.id));
  EXPECT_TRUE(known->stream_token_by_id(month.id));
  AccountStore::Work<void> many = [](AccountTransaction& accounts) -> Task<Result<void>> {
    SignInCode code;
    code.expires_at = 1;
    for (int i = 0; i < 500; ++i) {
      code.hash = std::to_string(i);
      CO_CHECK(co_await accounts.add_sign_in_code(code));
    }
    co_return Result<void>();
  };
  EXPECT_TRUE(this->template transact<void>(many));
  EXPECT_TRUE(this->prune(TestFixture::noon)) << "there may be more";
  EXPECT_FALSE(this->prune(TestFixture::noon));
}

TYPED_TEST_P(StreamTokenContract, of_callers_at_once_who_use_a_code_one_signs_in) {
  this->add_code("h1", "u1", TestFixture::noon);
  const auto work_of = [](std::size_t) -> AccountStore::Work<bool> {
    return [](AccountTransaction& accounts) -> Task<Result<bool>> {
      const std::string hash = "h1";
      co_return co_await accounts.use_sign_in_code(hash, 0);
    };
  };
  const auto results = this->template race<bool>(work_of);
  int first = 0;
  for (const auto& result : results) first += result && *result ? 1 : 0;
  EXPECT_EQ(first, 1);
  EXPECT_GT(this->find_code("h1")->used_at, 0);
  AccountStore::Work<bool> unknown = [](AccountTransaction& accounts) -> Task<Result<bool>> {
    const std::string hash = "h2";
    co_return co_await accounts.use_sign_in_code(hash, 1);
  };
  EXPECT_FALSE(this->template transact<bool>(unknown).value());
}

REGISTER_TYPED_TEST_SUITE_P(StreamTokenContract, a_token_is_read_as_it_was_written,
                            pages_and_counts_leave_out_what_has_expired,
                            a_snapshot_has_the_tokens_and_follows_each_change,
                            tokens_and_codes_end_with_their_user,
                            what_has_expired_is_pruned_500_rows_at_a_time,
                            of_callers_at_once_who_use_a_code_one_signs_in);

}  // namespace papi::auth
