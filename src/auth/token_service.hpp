#pragma once

#include "auth/account_changes.hpp"
#include "auth/account_options.hpp"
#include "auth/token_issuer.hpp"
#include "platform/log/logger.hpp"

namespace papi::auth {

/// What happens with the tokens of a login after it: refresh, logout, revocation. Any io thread.
class TokenService {
 public:
  struct Dependencies {
    AccountChanges& changes;
    const TokenSigner& signer;
    const TokenIssuer& issuer;
    AuditSink& audit;
    Logger& log;
    const Clock& clock;
  };
  TokenService(const Dependencies& deps, const AccountOptions& options) : deps_(deps), options_(options) {}

  /// A refresh token works once. For 10 s the previous refresh token also works, in case the answer was lost,
  /// and returns the same new refresh token again. Any other reuse is treated as theft and revokes the token
  /// family.
  Task<Result<TokenPair>> refresh(Actor actor, Secret token);
  Task<Result<void>> logout(Actor actor);

 private:
  const Dependencies deps_;
  const AccountOptions options_;
};

/// Ends all logins of a user. Returns how many. Fails with NOT_FOUND if there is no such user.
Task<Result<std::size_t>> revoke_logins(AccountChanges& changes, const Clock& clock, Actor actor,
                                        std::string user_id);
/// Empties the list of revoked tokens. Returns how many there were.
Task<Result<std::size_t>> clear_revocations(AccountChanges& changes, const Clock& clock, Actor actor);

}  // namespace papi::auth
