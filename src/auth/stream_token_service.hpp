#pragma once

#include "auth/account_changes.hpp"
#include "auth/account_options.hpp"

namespace papi::auth {

/// Makes, lists and revokes stream tokens. Any thread.
class StreamTokenService {
 public:
  StreamTokenService(AccountChanges& changes, const Clock& clock, const AccountOptions& options)
      : changes_(changes), clock_(clock), options_(options) {}

  /// Makes a token for `owner`, who may be a user of the settings. It ends with the key in use, if there is
  /// one. Fails with CONFLICT if the owner has too many, with NOT_FOUND if the owner no longer exists, and
  /// with AUTHENTICATION_FAILED if the key in use has ended. Whether the owner may read the sessions is
  /// checked at each use of the token, not here.
  Task<Result<MadeStreamToken>> make(Actor actor, User owner, NewStreamToken wanted);
  /// Fails with NOT_FOUND if there is no such token, and also if it belongs to somebody else and the caller
  /// is not an admin.
  Task<Result<void>> revoke(Actor actor, std::string id);

  /// Returns the tokens that have not expired, newest first. `query.now` is set here.
  Task<Result<StreamTokenPage>> tokens(StreamTokenQuery query);

  /// How many tokens that have not expired a user may have.
  std::int64_t limit() const { return options_.stream_tokens_per_user; }

 private:
  AccountChanges& changes_;
  const Clock& clock_;
  const AccountOptions options_;
};

}  // namespace papi::auth
