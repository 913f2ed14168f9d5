#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "auth/account.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/snapshot_map.hpp"
#include "platform/sqlite/readers.hpp"

namespace papi::auth {

/// A key in use, with the owner who bounds it. It ends no later than the key that made it.
struct KnownKey {
  ApiKey key;
  std::shared_ptr<const User> owner;
  mutable std::atomic<UnixMs> last_used{0};

  /// Never more than the owner may at this moment.
  PermissionSet permissions() const { return key.permissions & owner->permissions; }
  bool valid_at(UnixMs now) const { return key.active && owner->active && now < key.expires_at; }
};

/// A user with the keys that may work.
struct Account {
  std::shared_ptr<const User> user;
  std::vector<std::shared_ptr<const KnownKey>> keys;
};

/// Everybody who may call, at one moment. Never changes: any thread may read it.
class Identities {
 public:
  std::int64_t version() const { return version_; }
  std::shared_ptr<const User> user(const std::string& id) const;
  /// In whatever case.
  std::shared_ptr<const User> user_called(std::string_view username) const;
  std::shared_ptr<const KnownKey> key_by_hash(const std::string& hash) const;
  std::shared_ptr<const KnownKey> key_by_id(const std::string& id) const;
  /// Of the tokens of one login.
  bool is_revoked(const std::string& family) const { return revoked_.contains(family); }

 private:
  friend class IdentityEditor;
  using Key = std::shared_ptr<const KnownKey>;

  std::int64_t version_ = 0;
  SnapshotMap<std::shared_ptr<const Account>> accounts_;  // by the user's id
  SnapshotMap<std::string> ids_;                          // by the user's name in lower case
  SnapshotMap<Key> by_hash_, by_id_;
  SnapshotMap<bool> revoked_;  // token families
};

/// A user and a key that the settings make, and the database does not know.
struct EnvironmentKey {
  User user;
  ApiKey key;
};

/// Holds the newest Identities in memory, so that a request asks no database; the database is what counts.
/// A change is read by itself, however many users there are. Any thread.
class IdentityBook {
 public:
  IdentityBook(std::vector<EnvironmentKey> environment, sqlite::Readers& readers);

  std::shared_ptr<const Identities> now() const {
    std::shared_lock lock(mutex_);
    return current_;
  }
  std::int64_t version() const { return version_.load(std::memory_order_acquire); }

  /// After it has answered, now() shows all that was committed before the call.
  Task<Result<void>> refresh(Executor executor);
  /// Blocking: at start only.
  void load(sqlite::Database& database);

 private:
  void replace(std::shared_ptr<const Identities> next);

  const std::vector<EnvironmentKey> environment_;
  sqlite::Readers& readers_;
  mutable std::shared_mutex mutex_;
  std::shared_ptr<const Identities> current_;
  std::atomic<std::int64_t> version_{0};
};

}  // namespace papi::auth
