#pragma once

// Users and keys as rows of SQLite. Tokens are in sqlite_token_rows.hpp, failed logins and lock-outs in
// sqlite_lock_out.hpp. Blocking functions over one connection; they throw DatabaseFault. SqliteAccountStore
// calls them in jobs of the writer and the readers.
//
// A change that affects authentication or permissions raises the version in the same transaction. By the
// version every running service notices what another process changed. The change also says which account it
// concerns, so that a service need not read all users for it.

#include <optional>
#include <string>
#include <vector>

#include "auth/account_store.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::auth::store {

/// Returns false if the username is taken, in any case.
bool add_user(sqlite::Database& database, const NewUser& user);
std::optional<User> user_by_id(sqlite::Database& database, std::string_view id);
std::optional<User> user_by_name(sqlite::Database& database, std::string_view username);
std::string password_hash_of(sqlite::Database& database, std::string_view user_id);
/// Oldest first.
std::vector<User> users(sqlite::Database& database);
UserPage page_of_users(sqlite::Database& database, const UserQuery& query);
/// Whether there is an active admin other than this user.
bool other_admin(sqlite::Database& database, std::string_view user_id);
/// Stores email, role and the active flag.
void update_user(sqlite::Database& database, const User& user);
/// Also revokes the user's tokens, ends a lock-out, and makes the development admin an ordinary admin.
void set_password(sqlite::Database& database, const User& user, const std::string& hash, UnixMs now);
void set_demo(sqlite::Database& database, std::string_view user_id);
/// Also deletes the user's keys and tokens. Returns false if there is no such user.
bool delete_user(sqlite::Database& database, std::string_view id, UnixMs now);
void logged_in(sqlite::Database& database, std::string_view user_id, UnixMs now);

void add_key(sqlite::Database& database, const ApiKey& key);
std::optional<ApiKey> key_by_id(sqlite::Database& database, std::string_view id);
/// Newest first.
std::vector<ApiKey> keys(sqlite::Database& database);
std::vector<ApiKey> keys_of(sqlite::Database& database, std::string_view user_id);
KeyPage page_of_keys(sqlite::Database& database, const KeyQuery& query);
/// The ids of the users who have a key that this key created.
std::vector<std::string> users_with_keys_of(sqlite::Database& database, std::string_view key_id);
/// Counts the keys that are active and have not expired.
std::int64_t count_keys(sqlite::Database& database, std::string_view user_id, UnixMs now);
/// The key stays in the list as inactive. Returns false if there is no such active key.
bool revoke_key(sqlite::Database& database, std::string_view id);
/// Sets the time when the key expires, if that is earlier than before.
void shorten_key(sqlite::Database& database, std::string_view id, UnixMs expires_at);
void key_used(sqlite::Database& database, std::string_view id, UnixMs when);

/// The version of all accounts. It grows with every change of users, keys or revocations.
std::int64_t version(sqlite::Database& database);
/// The newest version that the running service has loaded and written down. A command waits for it.
std::int64_t noticed(sqlite::Database& database);
void set_noticed(sqlite::Database& database, std::int64_t version);
/// For the functions that change accounts. Raises the version without naming what changed, so services read
/// everything again.
void raise_version(sqlite::Database& database);

/// One change of users, keys or revocations.
struct Change {
  enum Kind { of_account, of_family } kind = of_account;
  std::string id;  // of the user whose row or keys changed, or of the revoked or expired family
};
/// For the functions that change accounts. Raises the version and stores what changed.
void note_change(sqlite::Database& database, Change::Kind kind, std::string_view id);
/// Returns nullopt if the changes are no longer all stored, if one of them is of no known kind, or if there
/// are more than `max`.
std::optional<std::vector<Change>> changes_since(sqlite::Database& database, std::int64_t version,
                                                 std::size_t max);

}  // namespace papi::auth::store
