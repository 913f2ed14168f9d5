#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "auth/account.hpp"
#include "auth/audit_record.hpp"
#include "auth/stream_token.hpp"
#include "platform/base/error.hpp"
#include "platform/base/task.hpp"

namespace papi::auth {

class AccountSnapshot;
struct EnvironmentKey;

struct NewUser {
  User user;
  std::string password_hash;
};
struct UserQuery {
  UnixMs after_created_at = -1;  // the page begins behind the user with this time and id
  std::string after_id;
  std::int64_t limit = 0;
};
struct UserPage {
  std::vector<User> users;
  std::int64_t total = 0;  // of all pages
  bool more = false;
};
struct KeyQuery {
  std::string user_id;                                             // empty: the keys of all users
  std::int64_t before = std::numeric_limits<std::int64_t>::max();  // KeyPage::next of the previous page
  std::int64_t limit = 0;
};
struct KeyPage {
  std::vector<ApiKey> keys;
  std::int64_t total = 0;            // of all pages
  std::optional<std::int64_t> next;  // nullopt: this is the last page
};

struct StreamTokenQuery {
  std::string user_id;                                             // empty: the tokens of all users
  std::int64_t before = std::numeric_limits<std::int64_t>::max();  // StreamTokenPage::next of the page before
  std::int64_t limit = 0;
  UnixMs now = 0;  // tokens that have expired by then are left out
};
struct StreamTokenPage {
  std::vector<StreamToken> tokens;
  std::int64_t total = 0;            // of all pages
  std::optional<std::int64_t> next;  // nullopt: this is the last page
};

/// A code with which a user signs in once.
struct SignInCode {
  std::string hash;  // SHA-256 in hexadecimal; the code itself is shown once and not stored
  std::string user_id;
  UnixMs created_at = 0;
  UnixMs expires_at = 0;
  UnixMs used_at = 0;  // 0: not used
};

/// The tokens of one login. A refresh token works once; `current` is the next one that will work.
struct TokenFamily {
  std::string id;
  std::string user_id;
  UnixMs created_at = 0;
  UnixMs expires_at = 0;
  std::string current;    // jti of the refresh token
  UnixMs current_at = 0;  // when it was issued
  std::string previous;   // jti of the refresh token before it
};
/// The longest lifetime of an access token. A token family stays stored this much longer than its refresh
/// token, so that its access tokens can still be revoked.
constexpr std::chrono::milliseconds longest_access = std::chrono::days(1);

/// After how many failed logins in a row a username is locked out, and for how long.
struct LockOut {
  int max_failures = 5;
  std::chrono::milliseconds lock = std::chrono::minutes(15);
};
/// Failed logins in a row of one username, whether or not that user exists.
struct LoginAttempt {
  bool locked = false;
  int failures = 0;         // with this attempt, which counts as failed until clear_login_failures()
  UnixMs locked_until = 0;  // end of the lock-out that exists, or that this attempt starts; else 0
};

/// The version of all accounts. It grows with every change of users, keys or revocations.
struct AccountVersions {
  std::int64_t stored = 0;
  std::int64_t noticed = 0;  // the newest one that the running service has loaded and written down
};

/// The operations of one transaction on users, keys, tokens, stream tokens, sign-in codes and failed logins.
/// It sees its own writes.
///
/// Every method returns an Error if the storage failed. The transaction is lost then, and the body must
/// return that Error. References in the arguments must live until the call has been awaited.
///
/// A rule that reads before it writes holds only if nobody else changes in between what it has read. The
/// lock_…() methods ensure that: each waits until no other transaction holds the same lock, and holds it to
/// the transaction's end. The body locks first and reads afterwards. With one writer thread (SQLite) they do
/// nothing, because transactions run one after the other. PostgreSQL runs them at the same time (READ
/// COMMITTED): there they lock rows. To avoid deadlocks, the order is lock_admins(), lock_user(),
/// lock_family(), and at most one user and one family are locked.
class AccountTransaction {
 public:
  virtual ~AccountTransaction() = default;

  /// Locks the set of active admins: for the rule that one of them remains. Call it before a change that may
  /// take the role `admin` from a user, or disable or delete one.
  virtual Task<Result<void>> lock_admins() = 0;
  /// Locks one user, also one that has no row (a user of the settings, or one that was deleted). For the
  /// limit of keys per user, for the password that a login has verified, and for every change of the user.
  virtual Task<Result<void>> lock_user(const std::string& id) = 0;
  /// Reads a token family and locks it: for the rule that a refresh token works once. Returns nullopt if it
  /// is not stored, which also means that it was revoked.
  virtual Task<Result<std::optional<TokenFamily>>> lock_family(const std::string& id) = 0;

  /// Returns false if the username is taken, in any case. Needs no lock: names are unique in the storage.
  virtual Task<Result<bool>> add_user(const NewUser& user) = 0;
  virtual Task<Result<std::optional<User>>> user_by_id(const std::string& id) = 0;
  virtual Task<Result<std::optional<User>>> user_by_name(const std::string& username) = 0;
  /// Returns an empty text if there is no such user.
  virtual Task<Result<std::string>> password_hash_of(const std::string& user_id) = 0;
  /// Whether there is an active admin other than this user. Needs lock_admins() if a rule depends on it.
  virtual Task<Result<bool>> other_admin(const std::string& user_id) = 0;
  /// Stores email, role and the active flag. Needs lock_user().
  virtual Task<Result<void>> update_user(const User& user) = 0;
  /// Also revokes the user's tokens, deletes the sign-in codes, ends a lock-out, and makes the development
  /// admin an ordinary admin. Needs lock_user().
  virtual Task<Result<void>> set_password(const User& user, const std::string& hash, UnixMs now) = 0;
  /// Marks the development admin, whose password is public.
  virtual Task<Result<void>> set_demo(const std::string& user_id) = 0;
  /// Also deletes the user's keys, tokens, stream tokens and sign-in codes. Returns false if there is no such
  /// user. Needs lock_user().
  virtual Task<Result<bool>> delete_user(const std::string& id, UnixMs now) = 0;
  virtual Task<Result<void>> logged_in(const std::string& user_id, UnixMs now) = 0;

  virtual Task<Result<void>> add_key(const ApiKey& key) = 0;
  virtual Task<Result<std::optional<ApiKey>>> key_by_id(const std::string& id) = 0;
  /// Counts the keys that are active and have not expired. Needs lock_user() if a rule depends on it.
  virtual Task<Result<std::int64_t>> count_keys(const std::string& user_id, UnixMs now) = 0;
  /// The key stays in the list as inactive. Returns false if there is no such active key. Needs no lock: of
  /// several callers, one gets true.
  virtual Task<Result<bool>> revoke_key(const std::string& id) = 0;
  /// Sets the time when the key expires, if that is earlier than before.
  virtual Task<Result<void>> shorten_key(const std::string& id, UnixMs expires_at) = 0;
  virtual Task<Result<void>> key_used(const std::string& id, UnixMs when) = 0;

  virtual Task<Result<void>> add_stream_token(const StreamToken& token) = 0;
  virtual Task<Result<std::optional<StreamToken>>> stream_token_by_id(const std::string& id) = 0;
  /// Counts the stream tokens that have not expired. Needs lock_user() if a rule depends on it.
  virtual Task<Result<std::int64_t>> count_stream_tokens(const std::string& user_id, UnixMs now) = 0;
  /// Returns false if there is no such stream token. Needs no lock: of several callers, one gets true.
  virtual Task<Result<bool>> delete_stream_token(const std::string& id) = 0;
  virtual Task<Result<void>> stream_token_used(const std::string& id, UnixMs when) = 0;

  virtual Task<Result<void>> add_sign_in_code(const SignInCode& code) = 0;
  virtual Task<Result<std::optional<SignInCode>>> sign_in_code(const std::string& hash) = 0;
  /// Marks the code as used. Returns false if it was used before or does not exist. Needs no lock: of several
  /// callers, one gets true.
  virtual Task<Result<bool>> use_sign_in_code(const std::string& hash, UnixMs now) = 0;

  /// Adds the family, or stores its new state. A changed family needs lock_family().
  virtual Task<Result<void>> save_family(const TokenFamily& family) = 0;
  /// After this neither the refresh tokens nor the access tokens of the family work. Returns false if the
  /// family is not stored, or is no longer stored.
  virtual Task<Result<bool>> revoke_family(const std::string& id, UnixMs now) = 0;
  /// Revokes all token families of a user. Returns how many. Needs lock_user(), because a login may be about
  /// to add one.
  virtual Task<Result<std::size_t>> revoke_families_of(const std::string& user_id, UnixMs now) = 0;
  /// Empties the list of revoked tokens and returns how many there were. Access tokens that have not expired
  /// work again.
  virtual Task<Result<std::size_t>> clear_revoked() = 0;

  /// Counts the attempt as failed before the password is verified. So parallel attempts cannot exceed the
  /// limit. If the username is locked out, the attempt is not counted. A lock-out never lasts longer than
  /// `rule.lock` from `now`, even if the clock was set back after it began. Needs no lock of the caller:
  /// reading and counting is one step in the storage.
  virtual Task<Result<LoginAttempt>> reserve_attempt(const std::string& username, const LockOut& rule,
                                                     UnixMs now) = 0;
  /// Takes the attempt back because the password could not be verified.
  virtual Task<Result<void>> refund_attempt(const std::string& username) = 0;
  virtual Task<Result<void>> clear_login_failures(const std::string& username) = 0;

  /// Adds a record to the audit trail. It is stored if and only if the change is.
  virtual Task<Result<void>> record(const AuditRecord& record) = 0;

  /// Deletes expired tokens, stream tokens and sign-in codes, expired revocations and old failed logins: at
  /// most 500 rows of each kind. `now` must come from a clock that has proved itself (TrustedClock). Returns
  /// true if there may be more.
  virtual Task<Result<bool>> prune(UnixMs now) = 0;
  /// Writes down which version the running service has loaded. A command waits for it.
  virtual Task<Result<void>> set_noticed(std::int64_t version) = 0;
};

/// Keeps users, API keys, tokens, stream tokens, sign-in codes and failed logins.
///
/// Reads show everything that was committed before the call. All methods may be called from any thread and
/// resume on `executor`, which is that of the calling coroutine. They fail with UNAVAILABLE if too much work
/// waits, and with DATABASE if the storage fails. If another program holds the storage locked, they fail with
/// either.
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  template <class Value>
  using Work = std::function<Task<Result<Value>>(AccountTransaction&)>;

  /// Runs `work` in one transaction and returns what it returned.
  ///
  /// If it returned a value, everything that it wrote is committed before the caller resumes. If it returned
  /// an Error, nothing that it wrote is stored. The same holds if it threw.
  ///
  /// `work` may be run again from its beginning, for example because another transaction got in its way; only
  /// the last run counts. So it must not change anything but through the transaction, and must not move from
  /// what it has captured. It may run on another thread, so it must own what it uses, and it awaits nothing
  /// but the methods of the transaction.
  template <class Value>
  Task<Result<Value>> transact(Executor executor, Work<Value> work) {
    if constexpr (std::is_void_v<Value>) {
      co_return co_await run(executor, std::move(work));
    } else {
      const auto value = std::make_shared<std::optional<Value>>();
      Work<void> keeping = [work = std::move(work), value](AccountTransaction& transaction) {
        return keep(work, transaction, *value);
      };
      auto done = co_await run(executor, std::move(keeping));
      if (!done) co_return done.error();
      co_return std::move(**value);
    }
  }

  virtual Task<Result<std::optional<User>>> user(Executor executor, std::string id) = 0;
  virtual Task<Result<std::optional<User>>> user_by_name(Executor executor, std::string username) = 0;
  /// Oldest first.
  virtual Task<Result<UserPage>> users(Executor executor, UserQuery query) = 0;
  virtual Task<Result<std::optional<ApiKey>>> key(Executor executor, std::string id) = 0;
  /// Newest first.
  virtual Task<Result<KeyPage>> keys(Executor executor, KeyQuery query) = 0;
  /// Newest first.
  virtual Task<Result<StreamTokenPage>> stream_tokens(Executor executor, StreamTokenQuery query) = 0;
  virtual Task<Result<AccountVersions>> versions(Executor executor) = 0;
  /// Returns all users, keys, stream tokens and revoked logins, with those of `environment`. Reads only what
  /// changed since `before`, and returns `before` itself if nothing did. `environment` must live until the
  /// call has ended.
  virtual Task<Result<std::shared_ptr<const AccountSnapshot>>> snapshot(
      Executor executor, const std::vector<EnvironmentKey>& environment,
      std::shared_ptr<const AccountSnapshot> before) = 0;

 private:
  virtual Task<Result<void>> run(Executor executor, Work<void> work) = 0;

  template <class Value>
  static Task<Result<void>> keep(const Work<Value>& work, AccountTransaction& transaction,
                                 std::optional<Value>& value) {
    CO_TRY(Value result, co_await work(transaction));
    value.emplace(std::move(result));
    co_return Result<void>();
  }
};

}  // namespace papi::auth
