#include "auth/token.hpp"

#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include "platform/base/text.hpp"

namespace papi::auth {
namespace {

const std::string secret = "0123456789abcdef0123456789abcdef";

TokenSigner signer(std::vector<std::string> verifying = {secret}) {
  TokenKeys keys;
  keys.signing = Secret(verifying.front());
  for (const std::string& key : verifying) keys.verifying.emplace_back(key);
  return TokenSigner(std::move(keys));
}

TokenClaims claims() {
  TokenClaims claims;
  claims.subject = "u_1";
  claims.username = "ann";
  claims.role = "user";
  claims.id = "family.1";
  claims.issued_at = 1'000'000;
  claims.expires_at = 4'600'000;
  return claims;
}

/// A token with any header, correctly signed with HMAC and `key`.
std::string forged(const std::string& header, const std::string& payload, const std::string& key) {
  const std::string signed_part = base64url(header) + "." + base64url(payload);
  unsigned char mac[32];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(), mac, &size);
  return signed_part + "." + base64url({reinterpret_cast<const char*>(mac), size});
}

const std::string payload =
    R"({"sub":"u_1","username":"ann","role":"user","type":"access","jti":"family.1","iat":1000,"exp":4600})";

TEST(Token, says_what_it_was_made_with) {
  const auto read = signer().verify(signer().sign(claims()), TokenType::access, 2'000'000);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->subject, "u_1");
  EXPECT_EQ(read->username, "ann");
  EXPECT_EQ(read->role, "user");
  EXPECT_EQ(read->family(), "family");
  EXPECT_EQ(read->expires_at, 4'600'000);
  EXPECT_TRUE(
      signer().verify(forged(R"({"alg":"HS256","typ":"JWT"})", payload, secret), TokenType::access, 0));
}

TEST(Token, expires_to_the_second) {
  const std::string token = signer().sign(claims());
  EXPECT_TRUE(signer().verify(token, TokenType::access, 4'599'999));
  EXPECT_FALSE(signer().verify(token, TokenType::access, 4'600'000));
}

TEST(Token, is_at_most_4096_bytes_long) {
  // Four characters of a token stand for three bytes of its payload.
  TokenClaims long_claims = claims();
  std::string token = signer().sign(long_claims);
  bool shorter = false;
  while (token.size() <= 4'096) {
    shorter = signer().verify(token, TokenType::access, 0).has_value();
    ASSERT_TRUE(shorter) << token.size();
    long_claims.username += token.size() < 4'000 ? std::string(60, 'x') : "x";
    token = signer().sign(long_claims);
  }
  EXPECT_LE(token.size(), 4'098u);
  EXPECT_FALSE(signer().verify(token, TokenType::access, 0));
}

TEST(Token, says_when_it_was_issued_and_of_which_type_it_is) {
  TokenClaims refresh = claims();
  refresh.type = TokenType::refresh;
  const auto read = signer().verify(signer().sign(refresh), TokenType::refresh, 0);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->issued_at, 1'000'000);
  EXPECT_EQ(read->type, TokenType::refresh);
  EXPECT_EQ(read->id, "family.1");
  EXPECT_FALSE(signer().verify(signer().sign(refresh), TokenType::access, 0));
}

TEST(Token, without_a_type_a_user_or_a_family_it_is_nothing) {
  const auto accepted = [](const std::string& said) {
    return signer().verify(forged(R"({"alg":"HS256"})", said, secret), TokenType::access, 0).has_value();
  };
  EXPECT_TRUE(accepted(R"({"sub":"u","jti":"f.1","type":"access","exp":4600})"));
  EXPECT_FALSE(accepted(R"({"jti":"f.1","type":"access","exp":4600})"));
  EXPECT_FALSE(accepted(R"({"sub":"u","type":"access","exp":4600})"));
  EXPECT_FALSE(accepted(R"({"sub":"u","jti":"f.1","exp":4600})"));
  EXPECT_FALSE(accepted(R"({"sub":"u","jti":"f.1","type":"refresh","exp":4600})"));
}

TEST(Token, a_refresh_token_is_no_access_token) {
  EXPECT_FALSE(signer().verify(signer().sign(claims()), TokenType::refresh, 0));
}

TEST(Token, the_previous_secret_still_verifies_and_a_foreign_one_never_did) {
  const std::string old_one = signer().sign(claims());
  const std::string next(32, 'n');
  EXPECT_TRUE(signer({next, secret}).verify(old_one, TokenType::access, 0));
  EXPECT_FALSE(signer({next}).verify(old_one, TokenType::access, 0));
  EXPECT_TRUE(signer({next}).verify(signer({next, secret}).sign(claims()), TokenType::access, 0));
}

TEST(Token, headers_that_choose_their_own_key_or_algorithm_are_refused) {
  for (const char* header :
       {R"({"alg":"none","typ":"JWT"})", R"({"alg":"None"})", R"({"alg":"HS384","typ":"JWT"})",
        R"({"alg":"RS256","typ":"JWT"})", R"({"alg":"hs256"})", R"({"typ":"JWT"})", R"({"alg":256})", "{}",
        "[]", "", R"({"alg":"HS256","kid":"../../dev/null"})",
        R"({"alg":"HS256","jku":"https://evil.example/keys"})",
        R"({"alg":"HS256","jwk":{"kty":"oct","k":""}})", R"({"alg":"HS256","x5u":"https://evil.example"})",
        R"({"alg":"HS256","crit":["exp"]})",
        R"({"alg":"HS256"} )"
        "x"}) {
    EXPECT_FALSE(signer().verify(forged(header, payload, secret), TokenType::access, 0)) << header;
    EXPECT_FALSE(signer().verify(base64url(header) + "." + base64url(payload) + ".", TokenType::access, 0))
        << header;
  }
}

TEST(Token, tampered_and_cut_tokens_are_refused) {
  const std::string token = signer().sign(claims());
  for (std::size_t i = 0; i < token.size(); ++i) {
    EXPECT_FALSE(signer().verify(token.substr(0, i), TokenType::access, 0));
    std::string other = token;
    other[i] = other[i] == 'A' ? 'Q' : 'A';
    // The last digit of unpadded base64url contains unused bits.
    if (i + 1 == token.size()) continue;
    EXPECT_FALSE(signer().verify(other, TokenType::access, 0)) << i;
  }
  for (const std::string& odd : {std::string(), std::string("."), std::string(".."), std::string("a.b.c.d"),
                                 token + ".x", std::string(5'000, 'a'), token + std::string("\0x", 2)})
    EXPECT_FALSE(signer().verify(odd, TokenType::access, 0));
  EXPECT_FALSE(signer().verify(forged(R"({"alg":"HS256"})", R"({"type":"access","exp":4600})", secret),
                               TokenType::access, 0))
      << "nobody's";
  EXPECT_FALSE(
      signer().verify(forged(R"({"alg":"HS256"})", R"({"sub":"u","jti":"f.1","type":"access"})", secret),
                      TokenType::access, 0))
      << "for ever";
}

TEST(Token, keys_are_tried_before_they_are_used) {
  EXPECT_FALSE(signer().fault());
  TokenKeys keys;
  keys.rs256 = true;
  keys.signing = Secret("-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n");
  keys.verifying.emplace_back("nonsense");
  EXPECT_TRUE(TokenSigner(std::move(keys)).fault());
}

}  // namespace
}  // namespace papi::auth
