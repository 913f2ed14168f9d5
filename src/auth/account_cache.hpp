#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "auth/account_store.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/snapshot_map.hpp"

namespace papi::auth {

/// A usable key and its owner. Its `expires_at` is not later than that of the key that created it.
struct CachedKey {
  ApiKey key;
  std::shared_ptr<const User> owner;
  mutable std::atomic<UnixMs> last_used{0};

  /// The key's permissions, limited to those that the owner has now.
  PermissionSet permissions() const { return key.permissions & owner->permissions; }
  bool valid_at(UnixMs now) const { return key.active && owner->active && now < key.expires_at; }
};

/// A stream token, the user who made it, and what the key that made it may do. Its `expires_at` is not later
/// than that of this key.
struct CachedStreamToken {
  StreamToken token;
  std::shared_ptr<const User> owner;
  PermissionSet maker_permissions = 0;  // every permission if no key made it
  mutable std::atomic<UnixMs> last_used{0};

  /// What the one who made the token may do now. The token itself only reads.
  PermissionSet permissions() const { return maker_permissions & owner->permissions; }
  bool valid_at(UnixMs now) const { return owner->active && now < token.expires_at; }
};

/// A user, and the keys and stream tokens of that user that can work. Expired ones are among them; revoked
/// ones are not.
struct Account {
  std::shared_ptr<const User> user;
  std::vector<std::shared_ptr<const CachedKey>> keys;
  std::vector<std::shared_ptr<const CachedStreamToken>> stream_tokens;
};

/// All users, keys, stream tokens and revoked logins at one moment. Immutable, so any thread may read it.
class AccountSnapshot {
 public:
  std::int64_t version() const { return version_; }
  std::shared_ptr<const User> user(const std::string& id) const;
  /// Returns the user of this name, in any case, or nullptr if there is no such user.
  std::shared_ptr<const User> user_called(std::string_view username) const;
  std::shared_ptr<const CachedKey> key_by_hash(const std::string& hash) const;
  std::shared_ptr<const CachedKey> key_by_id(const std::string& id) const;
  std::shared_ptr<const CachedStreamToken> stream_token_by_hash(const std::string& hash) const;
  std::shared_ptr<const CachedStreamToken> stream_token_by_id(const std::string& id) const;
  /// Whether the tokens of one login (a token family) are revoked.
  bool is_revoked(const std::string& family) const { return revoked_.contains(family); }

 private:
  friend class AccountSnapshotEditor;
  using Key = std::shared_ptr<const CachedKey>;

  std::int64_t version_ = 0;
  SnapshotMap<std::shared_ptr<const Account>> accounts_;  // by the user's id
  SnapshotMap<std::string> ids_;                          // by the user's name in lower case
  SnapshotMap<Key> by_hash_, by_id_;
  SnapshotMap<std::shared_ptr<const CachedStreamToken>> stream_tokens_by_hash_, stream_tokens_by_id_;
  SnapshotMap<bool> revoked_;  // token families
};

/// A user and a key that a setting creates. They are not in the database.
struct EnvironmentKey {
  User user;
  ApiKey key;
};

/// Holds the newest AccountSnapshot in memory, so that a request needs no query. The storage is the
/// authority. A refresh reads only the accounts that changed, so its cost does not depend on the number of
/// users. Any thread.
class AccountCache {
 public:
  AccountCache(std::vector<EnvironmentKey> environment, AccountStore& store);

  std::shared_ptr<const AccountSnapshot> current() const {
    std::shared_lock lock(mutex_);
    return current_;
  }
  std::int64_t version() const { return version_.load(std::memory_order_acquire); }

  /// After this has returned without an error, current() shows everything that was committed before the call.
  Task<Result<void>> refresh(Executor executor);

 private:
  void replace(std::shared_ptr<const AccountSnapshot> next);

  const std::vector<EnvironmentKey> environment_;
  AccountStore& store_;
  mutable std::shared_mutex mutex_;
  std::shared_ptr<const AccountSnapshot> current_;
  std::atomic<std::int64_t> version_{0};
};

}  // namespace papi::auth
