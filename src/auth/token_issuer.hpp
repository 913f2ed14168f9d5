#pragma once

#include "auth/account_store.hpp"
#include "auth/token.hpp"

namespace papi::auth {

struct TokenPair {
  Secret access;
  Secret refresh;
  std::chrono::milliseconds expires_in{0};  // the lifetime of the access token
  User user;
};

/// Signs the tokens of a login. Any thread.
class TokenIssuer {
 public:
  TokenIssuer(const TokenSigner& signer, std::chrono::milliseconds access_lifetime)
      : signer_(signer), access_lifetime_(access_lifetime) {}

  /// The refresh token is made only of values of the family. So a repeated call returns the same one.
  TokenPair pair_of(const User& user, const TokenFamily& family, UnixMs now) const;

 private:
  const TokenSigner& signer_;
  const std::chrono::milliseconds access_lifetime_;
};

/// Returns a new id of a token of the family.
std::string new_token_id(const std::string& family_id);

}  // namespace papi::auth
