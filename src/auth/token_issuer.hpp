#pragma once

#include "auth/account_store.hpp"
#include "auth/token.hpp"

namespace papi::auth {

struct TokenPair {
  Secret access;
  Secret refresh;
  std::int64_t expires_in = 0;  // seconds until the access token expires
  User user;
};

/// Signs the tokens of a login. Any thread.
class TokenIssuer {
 public:
  TokenIssuer(const TokenSigner& signer, std::int64_t access_seconds)
      : signer_(signer), access_seconds_(access_seconds) {}

  /// The refresh token is made only of values of the family. So a repeated call returns the same one.
  TokenPair pair_of(const User& user, const TokenFamily& family, UnixMs now) const;

 private:
  const TokenSigner& signer_;
  const std::int64_t access_seconds_;
};

/// Returns a new id of a token of the family.
std::string new_token_id(const std::string& family_id);

}  // namespace papi::auth
