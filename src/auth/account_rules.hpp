#pragma once

// The rules of users, keys and tokens as functions of values. They read and store nothing. The use cases read
// the values in the transaction that makes the change, after the lock that the rule needs
// (AccountTransaction).

#include <optional>
#include <string>
#include <string_view>

#include "auth/account_store.hpp"
#include "auth/actor.hpp"

namespace papi::auth {

/// A rule that forbids something returns the Error for the caller, or nullopt if the change is allowed.
using Refusal = std::optional<Error>;

Error no_such_user();
Error name_taken();

/// Whether the change takes an active admin away. `after` is nullopt if the user is deleted.
bool takes_admin_away(const User& before, const std::optional<User>& after);
/// The last active admin stays. `other_admin`: there is another one.
Refusal last_admin_refusal(const User& before, const std::optional<User>& after, bool other_admin);

/// A user has at most `limit` keys that work. `working` is without the new one.
Refusal key_limit_refusal(std::int64_t working, std::int64_t limit);
/// A user has at most `limit` stream tokens that work. `working` is without the new one.
Refusal stream_token_limit_refusal(std::int64_t working, std::int64_t limit);
/// Refuses to revoke a stream token that does not exist, and with the same answer if the actor is neither the
/// user who made it nor an admin.
Refusal revoke_stream_token_refusal(const std::optional<StreamToken>& token, const Actor& actor);
/// Returns the permissions of a new key: those that are wanted, or the most that are allowed. A key cannot
/// have more than its owner. If the actor is the owner, it cannot have more than the key in use either.
Result<PermissionSet> new_key_permissions(const User& owner, const Actor& actor,
                                          std::optional<PermissionSet> wanted);
/// The permissions of a key are limited to those that its owner has now.
PermissionSet usable_permissions(const ApiKey& key, const std::optional<User>& owner);
/// Only the owner and an admin may revoke a key. If the key has more permissions than the caller, only an
/// admin may. Others are told that there is no such key.
Refusal revoke_key_refusal(const std::optional<ApiKey>& key, const std::optional<User>& owner,
                           const Actor& actor);

/// Sums up the keys above a key: the key that made it, the key that made that key, and so on.
struct KeyMakers {
  std::optional<UnixMs> expires_at;  // the earliest of all; nullopt: none of them expires
  std::string ended;                 // the id of one that no longer works; empty: all work
};
/// A key that was made by a key ends with it, no matter who owns it. Otherwise a leaked key could renew
/// itself for ever.
UnixMs key_end(UnixMs wanted, const KeyMakers& makers);

/// Whether a sign-in code signs its user in now, unless it was used before. `user`: nullopt if the user does
/// not exist.
bool code_signs_in(const SignInCode& code, const std::optional<User>& user, UnixMs now);

/// What a refresh token that was presented means.
enum class Refresh {
  rotate,   // it is the current one
  repeat,   // it is the one before, and the answer may have been lost a moment ago
  stolen,   // it was used before
  refused,  // its login has ended
};
/// `family`: nullopt if it is not stored. `user`: nullopt if the user does not exist.
Refresh refresh_meaning(const std::optional<TokenFamily>& family, const std::optional<User>& user,
                        std::string_view token_id, UnixMs now);
/// Returns the family after its rotation. `next`: the id of the next refresh token. A login ends 30 days
/// after it began, however often it is refreshed.
TokenFamily rotated(TokenFamily family, std::string next, std::chrono::milliseconds refresh_lifetime,
                    UnixMs now);

}  // namespace papi::auth
