#pragma once

// JSON Web Tokens (RFC 7519, RFC 8725) by libjwt.

#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/base/secret.hpp"

namespace papi::auth {

enum class TokenType { access, refresh };

/// What a token says. A `jti` is `family.number`: all tokens that came from one login are a family.
struct TokenClaims {
  std::string subject;  // the user's id
  std::string username;
  std::string role;
  TokenType type = TokenType::access;
  std::int64_t issued_at = 0;   // seconds
  std::int64_t expires_at = 0;  // seconds
  std::string id;

  std::string family() const { return id.substr(0, id.find('.')); }
};

/// The keys of one algorithm: HS256 with secrets, or RS256 with PEM files' contents.
struct TokenKeys {
  bool rs256 = false;
  Secret signing;                 // secret or private key
  std::vector<Secret> verifying;  // secrets or public keys; the first belongs to `signing`
};

/// Signs and verifies. The algorithm is the setting's and never the token's word (RFC 8725 §3.1): a header
/// with another one is refused before any key is looked at. Any thread.
class TokenSigner {
 public:
  explicit TokenSigner(TokenKeys keys) : keys_(std::move(keys)) {}

  std::string sign(const TokenClaims& claims) const;
  /// Well-formed, of that algorithm, signed by one of the keys, of that type, not expired. The message says
  /// which for the log; callers get one answer for all.
  Result<TokenClaims> verify(const std::string& token, TokenType type, UnixMs now) const;
  /// What is wrong with the keys, or nothing: signs and verifies once.
  std::optional<std::string> fault() const;

 private:
  TokenKeys keys_;
};

}  // namespace papi::auth
