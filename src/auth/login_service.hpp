#pragma once

#include "auth/account_changes.hpp"
#include "auth/account_options.hpp"
#include "auth/login_mutex.hpp"
#include "auth/password_hasher.hpp"
#include "auth/token_issuer.hpp"
#include "platform/log/logger.hpp"

namespace papi::auth {

/// What is verified with a password: logging in, and changing one's own password. Both count failures in a
/// row of a username and lock it out. A login with a sign-in code is here too; a code has too many bits to be
/// guessed. Any io thread.
class LoginService {
 public:
  struct Dependencies {
    AccountChanges& changes;
    PasswordHasher& hasher;
    const TokenIssuer& issuer;
    AuditSink& audit;
    Logger& log;
    const Clock& clock;
  };
  LoginService(const Dependencies& deps, const AccountOptions& options) : deps_(deps), options_(options) {}

  /// Fails with AUTHENTICATION_FAILED if the username or the password is wrong. Answer and duration are the
  /// same in both cases, so that nobody can find out which users exist. If too many logins failed in a row,
  /// it fails with the same code and `retry_after`. If too many logins of the username are waiting, it fails
  /// with UNAVAILABLE.
  Task<Result<TokenPair>> login(Actor actor, std::string username, Secret password);
  /// Logs the user of a sign-in code in. The code works once. Fails with AUTHENTICATION_FAILED if it is
  /// unknown, used or expired, or if its user may not log in.
  Task<Result<TokenPair>> login_with_code(Actor actor, Secret code);
  /// Revokes all tokens of the user. Fails with CONFLICT if a setting created the user, who then has no
  /// password.
  Task<Result<void>> change_own_password(Actor actor, Secret old_one, Secret new_one);

 private:
  /// A login attempt whose password is about to be verified.
  struct Attempt {
    LoginAttempt count;
    std::optional<User> user;
    std::string hash;
  };
  static Task<Result<Attempt>> begin(AccountTransaction& accounts, const std::string& username,
                                     const LockOut& rule, UnixMs now);
  /// Records the login attempt and verifies the password. Returns the attempt, in which `user` is set, or
  /// an Error if the login is refused. If the password could not be verified, the attempt is not counted.
  Task<Result<Attempt>> attempt(Executor executor, const Actor& actor, std::string username, Secret password);
  Task<Result<TokenPair>> start_family(Executor executor, const Actor& actor, Attempt attempt);
  /// `subject`: the name of a user, or shown_login() of a text that is not the name of a user.
  Error refuse(const Actor& actor, const std::string& subject, const LoginAttempt& attempt);
  Error refuse_code(const Actor& actor, const std::string& subject, bool used);
  TokenFamily fresh_family(std::string user_id, UnixMs now) const;
  bool demo_may_enter(const Actor& actor) const;

  const Dependencies deps_;
  const AccountOptions options_;
  LoginMutex mutex_;
};

}  // namespace papi::auth
