#pragma once

// JSON Web Tokens (RFC 7519, RFC 8725), made and read with libjwt.

#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/base/secret.hpp"

namespace papi::auth {

enum class TokenType { access, refresh };

/// The claims of a token. A `jti` has the form `family.number`. All tokens of one login form a token family.
struct TokenClaims {
  std::string subject;  // the user's id
  std::string username;
  std::string role;
  TokenType type = TokenType::access;
  UnixMs issued_at = 0;   // written as whole seconds
  UnixMs expires_at = 0;  // likewise
  std::string id;

  std::string family() const { return id.substr(0, id.find('.')); }
};

/// The keys of one algorithm: secrets for HS256, or the contents of PEM files for RS256.
struct TokenKeys {
  bool rs256 = false;
  Secret signing;                 // secret or private key
  std::vector<Secret> verifying;  // secrets or public keys; the first belongs to `signing`
};

/// Signs and verifies tokens. The algorithm is set by the configuration and never by the token (RFC 8725
/// §3.1). If the header names another algorithm, the token is refused before any key is used. Any thread.
class TokenSigner {
 public:
  explicit TokenSigner(TokenKeys keys) : keys_(std::move(keys)) {}

  std::string sign(const TokenClaims& claims) const;
  /// The token must be well-formed, use the configured algorithm, be signed by one of the keys, have the type
  /// `type`, and not be expired. The message of the Error says which of these failed, for the application
  /// log. Callers must get one answer for all cases.
  Result<TokenClaims> verify(const std::string& token, TokenType type, UnixMs now) const;
  /// Tests the keys: signs and verifies once. Returns what is wrong with them, or nullopt.
  std::optional<std::string> fault() const;

 private:
  TokenKeys keys_;
};

}  // namespace papi::auth
