#pragma once

// Users, keys, tokens and failures as rows. Blocking functions over one connection: the service calls them in
// jobs of its writer and readers, the commands directly. Changes that decide who may call raise the version
// in the same transaction, by which every running service notices what another process changed, and say what
// it was, so that nobody reads all users for one.

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "auth/account.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::auth::store {

/// Creates and migrates the tables. At start only.
Result<void> prepare(sqlite::Database& database);

struct NewUser {
  User user;
  std::string password_hash;
};
/// False: the username is taken, in whatever case.
bool add_user(sqlite::Database& database, const NewUser& user);
std::optional<User> user_by_id(sqlite::Database& database, std::string_view id);
std::optional<User> user_by_name(sqlite::Database& database, std::string_view username);
std::string password_hash_of(sqlite::Database& database, std::string_view user_id);
/// The oldest first.
std::vector<User> users(sqlite::Database& database);
struct UserQuery {
  UnixMs after_created_at = -1;  // behind this user, of that time and id
  std::string after_id;
  std::int64_t limit = 0;
};
struct UserPage {
  std::vector<User> users;
  std::int64_t total = 0;  // of all pages
  bool more = false;
};
UserPage page_of_users(sqlite::Database& database, const UserQuery& query);
bool any_admin(sqlite::Database& database);
/// Whether there is another active admin than this one.
bool other_admin(sqlite::Database& database, std::string_view user_id);
/// Email, role and whether it is active.
void update_user(sqlite::Database& database, const User& user);
/// Also ends the user's tokens, unlocks, and makes the demo admin an ordinary one.
void set_password(sqlite::Database& database, const User& user, const std::string& hash, UnixMs now);
void set_demo(sqlite::Database& database, std::string_view user_id);
/// With keys and tokens.
bool delete_user(sqlite::Database& database, std::string_view id, UnixMs now);
void logged_in(sqlite::Database& database, std::string_view user_id, UnixMs now);

void add_key(sqlite::Database& database, const ApiKey& key);
std::optional<ApiKey> key_by_id(sqlite::Database& database, std::string_view id);
/// Newest first.
std::vector<ApiKey> keys(sqlite::Database& database);
std::vector<ApiKey> keys_of(sqlite::Database& database, std::string_view user_id);
struct KeyQuery {
  std::string user_id;                                             // empty: of all
  std::int64_t before = std::numeric_limits<std::int64_t>::max();  // KeyPage::next of the page before
  std::int64_t limit = 0;
};
struct KeyPage {
  std::vector<ApiKey> keys;
  std::int64_t total = 0;            // of all pages
  std::optional<std::int64_t> next;  // nothing: this is the last
};
KeyPage page_of_keys(sqlite::Database& database, const KeyQuery& query);
/// Of the keys that this key has made.
std::vector<std::string> users_with_keys_of(sqlite::Database& database, std::string_view key_id);
/// Those that are active and have not expired.
std::int64_t count_keys(sqlite::Database& database, std::string_view user_id, UnixMs now);
/// It stays in the list as inactive. False: there is no such active key.
bool revoke_key(sqlite::Database& database, std::string_view id);
/// It stops working then, if that is sooner than before.
void shorten_key(sqlite::Database& database, std::string_view id, UnixMs expires_at);
void key_used(sqlite::Database& database, std::string_view id, UnixMs when);

/// The tokens of one login. A refresh token works once: `current` is the one that will.
struct TokenFamily {
  std::string id;
  std::string user_id;
  UnixMs created_at = 0;
  UnixMs expires_at = 0;
  std::string current;    // jti of the refresh token
  UnixMs current_at = 0;  // when it was issued
  std::string previous;   // the one before
};
void save_family(sqlite::Database& database, const TokenFamily& family);
std::optional<TokenFamily> family(sqlite::Database& database, std::string_view id);
/// Access tokens that outlive their refresh token stay known for as long as any can live.
constexpr UnixMs longest_access_ms = 86'400'000;

/// Neither its refresh tokens nor its access tokens work any more. False: it is not known (any more).
bool revoke_family(sqlite::Database& database, std::string_view id, UnixMs now);
/// All of a user; how many.
std::size_t revoke_families_of(sqlite::Database& database, std::string_view user_id, UnixMs now);
/// All that are stored, whatever the clock says: one that was wrong and is set right must not revive a token.
std::vector<std::string> revoked_families(sqlite::Database& database);
bool is_revoked(sqlite::Database& database, std::string_view family);
/// Empties the list of revoked tokens; how many. Access tokens that have not expired work again.
std::size_t clear_revoked(sqlite::Database& database);

/// Failures in a row of one username, whether or not there is such a user.
struct LoginAttempt {
  bool locked = false;
  int failures = 0;         // this one counted in: it is a failure until clear_login_failures()
  UnixMs locked_until = 0;  // if it is locked, or would be after this one
};
/// A lock never lasts longer than `lock_ms` from `now`, also if the clock was set back after it began.
/// Counts a failure before the password is looked at, so that many tries at once are no more than so many in
/// a row.
LoginAttempt begin_login(sqlite::Database& database, std::string_view username, int max_failures,
                         UnixMs lock_ms, UnixMs now);
/// The password could not be looked at: the attempt counts for nothing.
void take_login_back(sqlite::Database& database, std::string_view username);
void clear_login_failures(sqlite::Database& database, std::string_view username);

/// Deletes what time has made meaningless, of each kind at most so many rows. `now`: of a clock that has
/// proved itself. True: there may be more.
bool prune(sqlite::Database& database, UnixMs now);

/// Grows with every change of who may call.
std::int64_t version(sqlite::Database& database);
/// The version that the running service acts upon, as far as it has written it down: a command waits for it.
std::int64_t noticed(sqlite::Database& database);
void set_noticed(sqlite::Database& database, std::int64_t version);
/// For the functions here: who may call has changed, and it is not said in what. Everything is read again.
void raise_version(sqlite::Database& database);

/// What has changed of who may call.
struct Change {
  enum Kind { of_account, of_family } kind = of_account;
  std::string id;  // of the user whose row or keys changed; of the tokens that were revoked, or forgotten
};
/// For the functions here: raises the version.
void note_change(sqlite::Database& database, Change::Kind kind, std::string_view id);
/// Nothing: it is not known (any more), or there are more than `max`.
std::optional<std::vector<Change>> changes_since(sqlite::Database& database, std::int64_t version,
                                                 std::size_t max);

}  // namespace papi::auth::store
