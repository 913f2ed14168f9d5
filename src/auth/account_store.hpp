#pragma once

// Users, keys, tokens and failures as rows. Blocking functions over one connection: the service calls them in
// jobs of its writer and readers, the commands directly. Changes that decide who may call raise the version
// in the same transaction, by which every running service notices what another process changed.

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
std::vector<User> users(sqlite::Database& database);
bool any_admin(sqlite::Database& database);
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
/// Of one user, or of all where `user_id` is empty; newest first.
std::vector<ApiKey> keys(sqlite::Database& database, std::string_view user_id);
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

/// Deletes what time has made meaningless. `now`: of a clock that has proved itself.
void prune(sqlite::Database& database, UnixMs now);

std::int64_t version(sqlite::Database& database);
/// For the functions here: who may call has changed.
void raise_version(sqlite::Database& database);

}  // namespace papi::auth::store
