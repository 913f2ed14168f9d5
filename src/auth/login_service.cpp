#include "auth/login_service.hpp"

#include "auth/account_rules.hpp"
#include "auth/password.hpp"
#include "platform/base/random.hpp"
#include "platform/base/sha256.hpp"
#include "platform/base/text.hpp"

namespace papi::auth {
namespace {

/// Locks the user. Returns whether `hash`, which was verified, is still the password of a user who may log
/// in: meanwhile the password may have been changed, or the user disabled.
Task<Result<bool>> still_holds(AccountTransaction& accounts, const User& user, const std::string& hash) {
  CO_CHECK(co_await accounts.lock_user(user.id));
  CO_TRY(const std::optional<User> now, co_await accounts.user_by_id(user.id));
  CO_TRY(const std::string current, co_await accounts.password_hash_of(user.id));
  co_return now && now->active&& current == hash;
}

Task<Result<bool>> save_login(AccountTransaction& accounts, const User& user, const std::string& hash,
                              const TokenFamily& family, const AuditRecord& record) {
  CO_TRY(const bool holds, co_await still_holds(accounts, user, hash));
  if (!holds) co_return false;
  CO_CHECK(co_await accounts.clear_login_failures(user.username));
  CO_CHECK(co_await accounts.logged_in(user.id, family.created_at));
  CO_CHECK(co_await accounts.save_family(family));
  CO_CHECK(co_await accounts.record(record));
  co_return true;
}

enum class CodeMeaning {
  good,
  used,     // before
  refused,  // it is unknown or expired, or its user may not sign in
};

struct CodeLogin {
  CodeMeaning meaning = CodeMeaning::refused;
  std::optional<User> user;
};

struct Redeeming {
  std::string hash;
  TokenFamily family;  // without its user
  AuditRecord record;
  bool demo_may_enter = false;
};

Task<Result<CodeLogin>> redeem_code(AccountTransaction& accounts, const Redeeming& redeeming) {
  CodeLogin login;
  const UnixMs now = redeeming.record.at;
  CO_TRY(const std::optional<SignInCode> code, co_await accounts.sign_in_code(redeeming.hash));
  if (!code) co_return login;
  CO_CHECK(co_await accounts.lock_user(code->user_id));
  CO_TRY(login.user, co_await accounts.user_by_id(code->user_id));
  if (!code_signs_in(*code, login.user, now)) co_return login;
  if (login.user->demo && !redeeming.demo_may_enter) co_return login;
  CO_TRY(const bool first, co_await accounts.use_sign_in_code(redeeming.hash, now));
  login.meaning = first ? CodeMeaning::good : CodeMeaning::used;
  if (!first) co_return login;
  TokenFamily family = redeeming.family;
  family.user_id = login.user->id;
  AuditRecord record = redeeming.record;
  record.subject = login.user->username;
  CO_CHECK(co_await accounts.logged_in(login.user->id, now));
  CO_CHECK(co_await accounts.save_family(family));
  CO_CHECK(co_await accounts.record(record));
  co_return login;
}

Task<Result<bool>> save_password(AccountTransaction& accounts, const User& user, const std::string& before,
                                 const std::string& hash, const AuditRecord& record) {
  CO_TRY(const bool holds, co_await still_holds(accounts, user, before));
  if (!holds) co_return false;
  CO_CHECK(co_await accounts.set_password(user, hash, record.at));
  CO_CHECK(co_await accounts.record(record));
  co_return true;
}

}  // namespace

Error LoginService::refuse(const Actor& actor, const std::string& subject, const LoginAttempt& attempt) {
  deps_.audit.refused(actor, subject, attempt.locked ? "locked" : "wrong username or password");
  if (!attempt.locked && attempt.locked_until > 0) {
    deps_.log.warning("Account locked", {{"username", subject}, {"client_ip", actor.client_address}});
    AuditRecord record =
        record_of(actor, AuditKind::lockout, false, std::to_string(attempt.failures) + " failures in a row");
    record.subject = subject;
    deps_.audit.record(std::move(record));
  }
  if (!attempt.locked) return Error(ErrorCode::authentication_failed, "Invalid username or password");
  const std::chrono::milliseconds left(attempt.locked_until - deps_.clock.now_ms());
  return retry_later(ErrorCode::authentication_failed,
                     "Too many failed logins in a row: locked for some minutes",
                     std::chrono::ceil<std::chrono::seconds>(left));
}

/// The development admin has a public password, so it may log in only from this machine and from private
/// networks.
bool LoginService::demo_may_enter(const Actor& actor) const {
  if (!options_.demo_may_log_in) return false;
  if (!actor.near) {
    deps_.log.warning("The development admin is let in from loopback and private addresses only",
                      {{"client_ip", actor.client_address}});
  }
  return actor.near;
}

/// Counts the attempt and returns what is to be verified. An unknown user is counted and verified in the same
/// way as a known one, so that neither the time nor the answer tells which users exist.
Task<Result<LoginService::Attempt>> LoginService::begin(AccountTransaction& accounts,
                                                        const std::string& username, const LockOut& rule,
                                                        UnixMs now) {
  Attempt attempt;
  CO_TRY(attempt.count, co_await accounts.reserve_attempt(username, rule, now));
  CO_TRY(attempt.user, co_await accounts.user_by_name(username));
  if (attempt.user) {
    CO_TRY(attempt.hash, co_await accounts.password_hash_of(attempt.user->id));
  } else {
    attempt.hash = nobodys_hash();
  }
  co_return attempt;
}

Task<Result<LoginService::Attempt>> LoginService::attempt(Executor executor, const Actor& actor,
                                                          std::string username, Secret password) {
  AccountStore& store = deps_.changes.store();
  AccountStore::Work<Attempt> begins = [username, rule = options_.lock_out,
                                        now = deps_.clock.now_ms()](AccountTransaction& accounts) {
    return begin(accounts, username, rule, now);
  };
  CO_TRY(Attempt attempt, co_await store.transact<Attempt>(executor, std::move(begins)));
  const std::string subject = attempt.user ? attempt.user->username : shown_login(username);
  if (attempt.count.locked) co_return refuse(actor, subject, attempt.count);
  const auto right = co_await deps_.hasher.matches(executor, actor, attempt.hash, std::move(password));
  if (!right) {
    AccountStore::Work<void> refund = [username](AccountTransaction& accounts) {
      return accounts.refund_attempt(username);
    };
    auto done = co_await store.transact<void>(executor, std::move(refund));
    co_return done ? right.error() : done.error();
  }
  const bool known = attempt.user && attempt.user->active && (!attempt.user->demo || demo_may_enter(actor));
  if (!*right || !known) co_return refuse(actor, subject, attempt.count);
  co_return attempt;
}

Task<Result<TokenPair>> LoginService::login(Actor actor, std::string username, Secret password) {
  const Executor executor = co_await net::this_coro::executor;
  CO_TRY(const LoginMutex::Lock lock, co_await mutex_.take(executor, to_lower_ascii(username)));
  CO_TRY(Attempt attempt, co_await this->attempt(executor, actor, username, std::move(password)));
  co_return co_await start_family(executor, actor, std::move(attempt));
}

Task<Result<TokenPair>> LoginService::start_family(Executor executor, const Actor& actor, Attempt attempt) {
  User user = std::move(*attempt.user);
  const UnixMs now = deps_.clock.now_ms();
  const TokenFamily family = fresh_family(user.id, now);
  const AuditRecord record = change_record(actor, AuditKind::login, user.username, "", now);
  AccountStore::Work<bool> work = [user, hash = attempt.hash, family, record](AccountTransaction& accounts) {
    return save_login(accounts, user, hash, family, record);
  };
  CO_TRY(const bool saved, co_await deps_.changes.transact<bool>(executor, std::move(work)));
  if (!saved) co_return refuse(actor, user.username, attempt.count);
  user.last_login_at = now;
  co_return deps_.issuer.pair_of(user, family, now);
}

TokenFamily LoginService::fresh_family(std::string user_id, UnixMs now) const {
  TokenFamily family;
  family.id = random_base64url(16);
  family.user_id = std::move(user_id);
  family.created_at = family.current_at = now;
  family.expires_at = now + options_.refresh_lifetime.count();
  family.current = new_token_id(family.id);
  return family;
}

Error LoginService::refuse_code(const Actor& actor, const std::string& subject, bool used) {
  deps_.audit.refused(actor, subject,
                      used ? "sign-in code: used before" : "sign-in code: unknown or expired");
  return Error(
      ErrorCode::authentication_failed,
      used ? "This sign-in code was used: each works once. Make another one (profile-api users "
             "sign-in-code), or sign in with a key or a password"
           : "Invalid sign-in code: it works once, for 15 minutes. Make another one (profile-api users "
             "sign-in-code), or sign in with a key or a password");
}

Task<Result<TokenPair>> LoginService::login_with_code(Actor actor, Secret code) {
  const Executor executor = co_await net::this_coro::executor;
  const UnixMs now = deps_.clock.now_ms();
  Redeeming redeeming;
  // The code is looked up by its hash, so the duration of the look-up reveals nothing about the code.
  redeeming.hash = sha256_hex(code.reveal());
  redeeming.family = fresh_family("", now);
  redeeming.record = change_record(actor, AuditKind::login, "", "sign-in code", now);
  redeeming.demo_may_enter = options_.demo_may_log_in && actor.near;
  const TokenFamily family = redeeming.family;
  AccountStore::Work<CodeLogin> work = [redeeming = std::move(redeeming)](AccountTransaction& accounts) {
    return redeem_code(accounts, redeeming);
  };
  CO_TRY(CodeLogin login, co_await deps_.changes.transact<CodeLogin>(executor, std::move(work)));
  if (login.meaning != CodeMeaning::good) {
    co_return refuse_code(actor, login.user ? login.user->username : "", login.meaning == CodeMeaning::used);
  }
  login.user->last_login_at = now;
  co_return deps_.issuer.pair_of(*login.user, family, now);
}

Task<Result<void>> LoginService::change_own_password(Actor actor, Secret old_one, Secret new_one) {
  const Executor executor = co_await net::this_coro::executor;
  CO_TRY(const std::optional<User> me, co_await deps_.changes.store().user(executor, actor.user_id));
  if (!me) co_return Error(ErrorCode::conflict, "A user of the settings has no password");
  // A wrong password here counts like a failed login, with the same lock-out. Otherwise passwords could be
  // guessed here.
  const std::string& username = actor.username;
  CO_TRY(const LoginMutex::Lock lock, co_await mutex_.take(executor, to_lower_ascii(username)));
  CO_TRY(const Attempt attempt, co_await this->attempt(executor, actor, username, std::move(old_one)));
  CO_TRY(const std::string hash, co_await deps_.hasher.hash(executor, actor, std::move(new_one)));
  const AuditRecord record =
      change_record(actor, AuditKind::user_change, username, "password changed", deps_.clock.now_ms());
  AccountStore::Work<bool> work = [user = *attempt.user, before = attempt.hash, hash,
                                   record](AccountTransaction& accounts) {
    return save_password(accounts, user, before, hash, record);
  };
  CO_TRY(const bool saved, co_await deps_.changes.transact<bool>(executor, std::move(work)));
  if (!saved) co_return refuse(actor, username, attempt.count);
  co_return Result<void>();
}

}  // namespace papi::auth
