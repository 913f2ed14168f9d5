#pragma once

#include <functional>

#include "auth/account_store.hpp"
#include "auth/audit.hpp"
#include "auth/identities.hpp"
#include "auth/login_turns.hpp"
#include "auth/token.hpp"
#include "platform/base/secret.hpp"
#include "platform/base/work_pool.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::auth {

struct AccountOptions {
  bool allow_registration = true;
  std::int64_t access_seconds = 3'600;
  std::int64_t refresh_seconds = 604'800;
  std::int64_t key_days = 90;
  std::int64_t keys_per_user = 10;
  int failures_until_lock = 5;
  UnixMs lock_ms = 15 * 60'000;
  bool demo_may_log_in = true;          // the development admin, if the caller is near
  bool only_near_may_register = false;  // registration is open because this is development
};

struct AccountParts {
  sqlite::Writer& writer;
  sqlite::Readers& readers;
  IdentityBook& book;
  const TokenSigner& signer;
  WorkPool& pool;
  AuditTrail& audit;
  Logger& log;
  const Clock& clock;
};

struct NewAccount {
  std::string username;
  std::string email;
  Secret password;
  Role role = Role::user;
};

struct UserChange {
  std::optional<std::string> email;
  std::optional<Role> role;
  std::optional<bool> active;
  std::optional<Secret> password;
};

struct TokenPair {
  Secret access;
  Secret refresh;
  std::int64_t expires_in = 0;  // seconds, of the access token
  User user;
};

struct NewKey {
  std::string name;
  std::optional<PermissionSet> permissions;  // nothing: all that the owner may
  std::optional<std::int64_t> days;
};
struct MadeKey {
  ApiKey key;
  Secret secret;
};

/// A key of `pk_` and 32 random bytes in base64url, kept nowhere yet.
MadeKey fresh_key(const User& owner, std::string name, PermissionSet permissions, std::int64_t days,
                  UnixMs now);
/// A user with a fresh id and what their role may, kept nowhere yet.
User fresh_user(std::string username, std::string email, Role role, UnixMs now);

/// What the /auth routes do. Every change is in the database, and in the book, before it is answered. Any io
/// thread; `exchange` says who asks, from where, for the record.
class AccountService {
 public:
  AccountService(const AccountParts& parts, AccountOptions options) : parts_(parts), options_(options) {}

  Task<Result<User>> create(const http::Exchange& exchange, NewAccount account);
  /// AUTHENTICATION_FAILED alike, and after the same time, for a wrong password and an unknown user.
  Task<Result<TokenPair>> login(const http::Exchange& exchange, std::string username, Secret password);
  /// A refresh token works once. The last one may be used again within 10 s, for an answer that got lost, and
  /// gives the same refresh token again; any other use is theft and revokes the family.
  Task<Result<TokenPair>> refresh(const http::Exchange& exchange, Secret token);
  Task<Result<void>> logout(const http::Exchange& exchange);
  /// Ends all of the user's tokens.
  Task<Result<void>> change_own_password(const http::Exchange& exchange, Secret old_one, Secret new_one);

  Task<Result<store::UserPage>> users(Executor executor, store::UserQuery query);
  Task<Result<User>> user(Executor executor, std::string id);
  Task<Result<User>> change(const http::Exchange& exchange, std::string id, UserChange change);
  Task<Result<void>> remove(const http::Exchange& exchange, std::string id);

  Task<Result<store::KeyPage>> keys(Executor executor, store::KeyQuery query);
  Task<Result<MadeKey>> make_key(const http::Exchange& exchange, std::shared_ptr<const User> owner,
                                 NewKey wanted);
  /// NOT_FOUND also for another's key, unless the caller is an admin.
  Task<Result<void>> revoke_key(const http::Exchange& exchange, std::string id);

  const AccountOptions& options() const { return options_; }
  IdentityBook& book() { return parts_.book; }

 private:
  template <class Value>
  using Change = std::function<Result<Value>(sqlite::Database&)>;
  template <class Value>
  Task<Result<Value>> commit(Executor executor, Change<Value> change);
  template <class Value>
  Task<Result<Value>> look(Executor executor, std::function<Value(sqlite::Database&)> query);
  Task<Result<std::string>> hash(const http::Exchange& exchange, Secret password);
  Task<Result<bool>> check(const http::Exchange& exchange, std::string hash, Secret password);
  /// A password that is about to be checked.
  struct Attempt {
    store::LoginAttempt count;
    std::optional<User> user;
    std::string hash;
  };
  Task<Result<Attempt>> begin_attempt(Executor executor, std::string username);
  /// Counts the attempt and checks the password: of who is let in, else an Error. If it could not be checked,
  /// the count is taken back.
  Task<Result<Attempt>> attempt(const http::Exchange& exchange, std::string username, Secret password);
  Task<Result<TokenPair>> start_family(const http::Exchange& exchange, Attempt attempt);
  /// `subject`: a user's name, or shown_login() of what is none.
  Error wrong_login(const http::Exchange& exchange, const std::string& subject,
                    const store::LoginAttempt& attempt);
  bool demo_may_enter(const http::Exchange& exchange) const;
  TokenPair pair_of(const User& user, const store::TokenFamily& family);
  void record(const http::Exchange& exchange, AuditKind kind, bool success, std::string subject,
              std::string reason);

  const AccountParts parts_;
  const AccountOptions options_;
  LoginTurns turns_;
};

}  // namespace papi::auth
