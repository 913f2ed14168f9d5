#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "auth/account.hpp"
#include "platform/base/clock.hpp"
#include "platform/sqlite/readers.hpp"

namespace papi::auth {

/// A key in use, with the owner who bounds it.
struct KnownKey {
  ApiKey key;
  std::shared_ptr<const User> owner;
  mutable std::atomic<UnixMs> last_used{0};

  /// Never more than the owner may at this moment.
  PermissionSet permissions() const { return key.permissions & owner->permissions; }
  bool valid_at(UnixMs now) const { return key.active && owner->active && now < key.expires_at; }
};

/// Everybody who may call, at one moment.
struct Identities {
  std::int64_t version = 0;
  std::unordered_map<std::string, std::shared_ptr<const User>> users;        // by id
  std::unordered_map<std::string, std::shared_ptr<const KnownKey>> by_hash;  // active keys
  std::unordered_map<std::string, std::shared_ptr<const KnownKey>> by_id;
  std::unordered_set<std::string> revoked;  // token families

  std::shared_ptr<const User> user(const std::string& id) const;
  std::shared_ptr<const KnownKey> key_by_hash(const std::string& hash) const;
  std::shared_ptr<const KnownKey> key_by_id(const std::string& id) const;
};

/// A user and a key that the settings make, and the database does not know.
struct EnvironmentKey {
  User user;
  ApiKey key;
};

/// Holds the newest Identities in memory, so that a request asks no database; the database is what counts.
/// Any thread.
class IdentityBook {
 public:
  IdentityBook(std::vector<EnvironmentKey> environment, sqlite::Readers& readers);

  std::shared_ptr<const Identities> now() const {
    std::shared_lock lock(mutex_);
    return current_;
  }
  std::int64_t version() const { return version_.load(std::memory_order_acquire); }

  /// Reads everything. After it has answered, now() shows all that was committed before the call.
  Task<Result<void>> reload(Executor executor);
  /// Reads everything if another version is in the database.
  Task<Result<void>> refresh(Executor executor);
  /// Blocking: at start only.
  void load(sqlite::Database& database);

 private:
  std::shared_ptr<Identities> read(sqlite::Database& database) const;
  void replace(std::shared_ptr<const Identities> next);

  const std::vector<EnvironmentKey> environment_;
  sqlite::Readers& readers_;
  mutable std::shared_mutex mutex_;
  std::shared_ptr<const Identities> current_;
  std::atomic<std::int64_t> version_{0};
};

}  // namespace papi::auth
