#include "auth/token_issuer.hpp"

#include "platform/base/random.hpp"

namespace papi::auth {

std::string new_token_id(const std::string& family_id) { return family_id + "." + random_base64url(12); }

TokenPair TokenIssuer::pair_of(const User& user, const TokenFamily& family, UnixMs now) const {
  TokenClaims claims;
  claims.subject = user.id;
  claims.username = user.username;
  claims.role = to_string(user.role);
  claims.issued_at = now;
  claims.expires_at = now + access_lifetime_.count();
  claims.id = new_token_id(family.id);
  TokenPair pair;
  pair.access = Secret(signer_.sign(claims));
  claims.type = TokenType::refresh;
  claims.id = family.current;
  claims.issued_at = family.current_at;
  claims.expires_at = family.expires_at;
  pair.refresh = Secret(signer_.sign(claims));
  pair.expires_in = access_lifetime_;
  pair.user = user;
  return pair;
}

}  // namespace papi::auth
