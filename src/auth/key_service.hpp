#pragma once

#include "auth/account_changes.hpp"
#include "auth/account_options.hpp"
#include "auth/account_rules.hpp"

namespace papi::auth {

struct NewKey {
  std::string name;
  std::optional<PermissionSet> permissions;   // nullopt: all permissions of the owner
  std::optional<std::chrono::days> lifetime;  // nullopt: API_KEY_DEFAULT_EXPIRE
};

struct KeyRotation {
  std::chrono::hours overlap{0};              // that the old key still works
  std::optional<std::chrono::days> lifetime;  // nullopt: API_KEY_DEFAULT_EXPIRE
};

/// Sums up the key `id`, which makes or has made a credential, and the keys above it. If `id` is empty, no
/// key made the credential, and so none ends it.
Task<Result<KeyMakers>> makers_of(AccountTransaction& accounts, std::string id, UnixMs now);

/// Locks the owner of a credential and returns the owner as it is now.
Task<Result<User>> lock_owner(AccountTransaction& accounts, const User& owner);

/// Makes, rotates and revokes API keys. Any thread.
class KeyService {
 public:
  KeyService(AccountChanges& changes, const Clock& clock, const AccountOptions& options)
      : changes_(changes), clock_(clock), options_(options) {}

  /// Makes a key for `owner`, which may be a user of the settings. Fails with CONFLICT if the owner has too
  /// many keys, with NOT_FOUND if the owner no longer exists, and with INSUFFICIENT_PERMISSIONS if the key
  /// would have more than its owner or than the key in use.
  Task<Result<MadeKey>> make(Actor actor, User owner, NewKey wanted);
  /// Makes a key like the key `id`, and ends that one now or after an overlap. Fails with NOT_FOUND if there
  /// is no such active key or its owner no longer exists, and with CONFLICT if a key that made it has ended
  /// or if the owner has too many keys; during an overlap both count. `of_settings`: the users of the
  /// settings, who have no rows; the key may be one of theirs.
  Task<Result<MadeKey>> rotate(Actor actor, std::string id, KeyRotation rotation,
                               std::vector<User> of_settings);
  /// Fails with NOT_FOUND if there is no such active key, and also if it belongs to somebody else and the
  /// caller is not an admin. Fails with INSUFFICIENT_PERMISSIONS if that key has more permissions than the
  /// caller.
  Task<Result<void>> revoke(Actor actor, std::string id);

  Task<Result<KeyPage>> keys(KeyQuery query);

 private:
  AccountChanges& changes_;
  const Clock& clock_;
  const AccountOptions options_;
};

}  // namespace papi::auth
