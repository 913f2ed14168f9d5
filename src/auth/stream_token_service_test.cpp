#include "auth/stream_token_service.hpp"

#include "auth/account_fixture.hpp"
#include "auth/authorization_guards.hpp"
#include "auth/stream_token_scope.hpp"
#include "platform/base/sha256.hpp"

namespace papi::auth {
namespace {

struct StreamTokenServiceTest : AccountTest {
  static NewStreamToken wanted(std::chrono::seconds lifetime = longest_token) {
    return {"overlay", {"quiz", "game"}, {"comment", "gift"}, {"http://localhost:3001"}, lifetime};
  }
  Result<MadeStreamToken> make_token(const User& user, std::chrono::seconds lifetime = longest_token) {
    return run(stream_tokens().make(actor(user), user, wanted(lifetime)));
  }
  std::shared_ptr<const CachedStreamToken> known(const MadeStreamToken& made) {
    return running->cache->current()->stream_token_by_hash(sha256_hex(made.secret.reveal()));
  }
  StreamTokenPage page_of(const std::string& user_id, std::int64_t limit = 10) {
    StreamTokenQuery query;
    query.user_id = user_id;
    query.limit = limit;
    return run(stream_tokens().tokens(query)).value();
  }
};

TEST_F(StreamTokenServiceTest, a_token_has_256_random_bits_and_is_stored_as_a_hash) {
  const User ann = make("ann");
  const auto made = make_token(ann);
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->secret.reveal().starts_with("st_"));
  EXPECT_EQ(made->secret.reveal().size(), 46u);
  EXPECT_EQ(made->token.hash, sha256_hex(made->secret.reveal()));
  EXPECT_EQ(made->token.preview, made->secret.reveal().substr(0, 8));
  EXPECT_EQ(made->token.expires_at - made->token.created_at, 30LL * 86'400'000);
  stop();
  start();
  const auto again = known(*made);
  ASSERT_TRUE(again) << "it survives a restart";
  EXPECT_EQ(again->token.sessions, (std::vector<std::string>{"quiz", "game"}));
  EXPECT_EQ(again->token.types, (std::vector<std::string>{"comment", "gift"}));
  EXPECT_EQ(again->token.origins, (std::vector<std::string>{"http://localhost:3001"}));
  EXPECT_EQ(again->owner->username, "ann");
  EXPECT_EQ(record().front(), "stream_token_change ok " + made->token.id);
}

TEST_F(StreamTokenServiceTest, a_user_has_as_many_active_tokens_as_the_setting_says) {
  stop();
  options.stream_tokens_per_user = 2;
  start();
  const User ann = make("ann"), bob = make("bob");
  const auto first = make_token(ann, 60s);
  EXPECT_TRUE(first);
  EXPECT_TRUE(make_token(ann));
  EXPECT_EQ(make_token(ann).error().message,
            "At most 2 active stream tokens a user (STREAM_TOKEN_MAX_PER_USER): revoke one first");
  EXPECT_TRUE(make_token(bob)) << "each user for themselves";
  clock.advance(60s);
  const auto third = make_token(ann);
  EXPECT_TRUE(third) << "an expired one does not count";
  EXPECT_FALSE(make_token(ann));
  EXPECT_TRUE(run(stream_tokens().revoke(actor(ann), third->token.id)));
  EXPECT_TRUE(make_token(ann));
}

TEST_F(StreamTokenServiceTest, only_its_user_and_an_admin_revoke_a_token) {
  const User ann = make("ann"), bob = make("bob"), root = make("root1", Role::admin);
  const auto one = make_token(ann), two = make_token(ann);
  EXPECT_EQ(run(stream_tokens().revoke(actor(bob), one->token.id)).error().code, ErrorCode::not_found);
  EXPECT_TRUE(known(*one));
  EXPECT_TRUE(run(stream_tokens().revoke(actor(ann), one->token.id)));
  EXPECT_FALSE(known(*one));
  EXPECT_EQ(run(stream_tokens().revoke(actor(ann), one->token.id)).error().code, ErrorCode::not_found);
  EXPECT_TRUE(run(stream_tokens().revoke(actor(root), two->token.id)));
  EXPECT_EQ(page_of("").total, 0);
}

TEST_F(StreamTokenServiceTest, a_token_ends_with_the_key_that_made_it_and_may_no_more_than_that) {
  const User ann = make("ann");
  const auto key = run(keys().make(actor(ann), ann, {"k", bit_of(permission::read), std::chrono::days(1)}));
  Actor by_key = actor(ann);
  by_key.key_id = key->key.id;
  const auto made = run(stream_tokens().make(by_key, ann, wanted()));
  const auto by_login = make_token(ann);
  ASSERT_TRUE(made && by_login);
  EXPECT_EQ(made->token.expires_at, key->key.expires_at) << "it does not live longer";
  EXPECT_EQ(known(*made)->token.maker_id, key->key.id);
  EXPECT_EQ(known(*made)->permissions(), bit_of(permission::read));
  EXPECT_EQ(known(*by_login)->permissions(), permissions_of(Role::user));
  const StreamTokenGuard guard(*running->cache, clock, made->token.id, permission::read, false);
  EXPECT_TRUE(guard.still_valid());
  EXPECT_FALSE(guard.for_permission(permission::write)->still_valid());
  EXPECT_TRUE(run(keys().revoke(actor(ann), key->key.id)));
  EXPECT_FALSE(known(*made));
  EXPECT_FALSE(guard.still_valid());
  EXPECT_TRUE(known(*by_login));
  EXPECT_EQ(run(stream_tokens().make(by_key, ann, wanted())).error().code, ErrorCode::authentication_failed)
      << "a key that has ended makes none";
}

TEST_F(StreamTokenServiceTest, a_guard_ends_at_the_moment_of_expiry) {
  const auto made = make_token(make("ann"), 60s);
  const StreamTokenGuard guard(*running->cache, clock, made->token.id, permission::read, false);
  clock.advance(59'999ms);
  EXPECT_TRUE(guard.still_valid());
  clock.advance(1ms);
  EXPECT_FALSE(guard.still_valid());
}

TEST_F(StreamTokenServiceTest, a_deleted_user_leaves_no_token) {
  const User ann = make("ann");
  const auto made = make_token(ann);
  EXPECT_EQ(page_of("").total, 1);
  EXPECT_TRUE(run(users().remove(nobody(), ann.id)));
  EXPECT_FALSE(known(*made));
  EXPECT_EQ(page_of("").total, 0);
}

TEST_F(StreamTokenServiceTest, a_user_of_the_settings_makes_tokens_too) {
  User dev;
  dev.id = "env_dev";
  dev.username = "dev";
  dev.from_environment = true;
  EXPECT_TRUE(make_token(dev));
  EXPECT_EQ(page_of("env_dev").total, 1);
  User gone;
  gone.id = "u_gone";
  EXPECT_EQ(make_token(gone).error().code, ErrorCode::not_found);
}

TEST(StreamToken, sessions_and_origins_that_it_may_name) {
  EXPECT_FALSE(token_session_fault(std::string(128, 'a')));
  EXPECT_FALSE(token_session_fault("A.z_0:-"));
  for (const std::string& bad :
       {std::string(), std::string(129, 'a'), std::string("a,b"), std::string("a/b")})
    EXPECT_TRUE(token_session_fault(bad)) << bad;
  for (const char* good :
       {"http://localhost:3001", "https://example.org", "null", "file://", "tauri://localhost"})
    EXPECT_FALSE(token_origin_fault(good)) << good;
  const std::string longest = "https://" + std::string(292, 'a');
  EXPECT_FALSE(token_origin_fault(longest));
  EXPECT_TRUE(token_origin_fault(longest + "a"));
  for (const char* bad :
       {"", " ", "*", "https://*.example.org", "https://a,https://b", "example.org", "https://a/b"})
    EXPECT_TRUE(token_origin_fault(bad)) << bad;
}

}  // namespace
}  // namespace papi::auth
