#include "auth/identity_reading.hpp"

#include <algorithm>
#include <unordered_set>

#include "auth/account_store.hpp"
#include "platform/base/text.hpp"

namespace papi::auth {
namespace {

constexpr std::size_t max_changed = 2'000;  // accounts; more are read with all others

using UserPtr = std::shared_ptr<const User>;

/// The rows of users and keys, with those of the settings before those of the database.
class Rows {
 public:
  explicit Rows(const std::vector<EnvironmentKey>& environment) : environment_(environment) {}
  virtual ~Rows() = default;

  /// Returns nullptr if there is none.
  UserPtr user(const std::string& id) {
    for (const EnvironmentKey& known : environment_) {
      if (known.user.id == id) return std::make_shared<const User>(known.user);
    }
    return stored_user(id);
  }
  /// A key that has made another.
  std::optional<ApiKey> maker(const std::string& id) {
    for (const EnvironmentKey& known : environment_) {
      if (known.key.id == id) return known.key;
    }
    return stored_maker(id);
  }
  /// Of one user, also those that no longer work. To be asked once for each user.
  std::vector<ApiKey> keys_of(const std::string& user_id) {
    std::vector<ApiKey> keys = stored_keys_of(user_id);
    for (const EnvironmentKey& known : environment_) {
      if (known.user.id == user_id) keys.push_back(known.key);
    }
    return keys;
  }

 private:
  virtual UserPtr stored_user(const std::string& id) = 0;
  virtual std::optional<ApiKey> stored_maker(const std::string& id) = 0;
  virtual std::vector<ApiKey> stored_keys_of(const std::string& user_id) = 0;

  const std::vector<EnvironmentKey>& environment_;
};

/// One query for each.
class SomeRows final : public Rows {
 public:
  SomeRows(sqlite::Database& database, const std::vector<EnvironmentKey>& environment)
      : Rows(environment), database_(database) {}

 private:
  UserPtr stored_user(const std::string& id) override {
    auto user = store::user_by_id(database_, id);
    return user ? std::make_shared<const User>(std::move(*user)) : nullptr;
  }
  std::optional<ApiKey> stored_maker(const std::string& id) override {
    return store::key_by_id(database_, id);
  }
  std::vector<ApiKey> stored_keys_of(const std::string& id) override { return store::keys_of(database_, id); }

  sqlite::Database& database_;
};

/// One query for all.
class AllRows final : public Rows {
 public:
  AllRows(sqlite::Database& database, const std::vector<EnvironmentKey>& environment) : Rows(environment) {
    std::vector<User> users = store::users(database);
    users_.reserve(users.size());
    for (User& user : users) {
      std::string id = user.id;
      users_.emplace(std::move(id), std::make_shared<const User>(std::move(user)));
    }
    std::vector<ApiKey> keys = store::keys(database);
    for (const ApiKey& key : keys) {
      if (!key.parent_id.empty()) makers_.try_emplace(key.parent_id);
    }
    by_user_.reserve(users_.size());
    for (ApiKey& key : keys) {
      if (const auto made_others = makers_.find(key.id); made_others != makers_.end())
        made_others->second = key;
      by_user_[key.user_id].push_back(std::move(key));
    }
  }
  const std::unordered_map<std::string, UserPtr>& users() const { return users_; }

 private:
  UserPtr stored_user(const std::string& id) override {
    const auto found = users_.find(id);
    return found == users_.end() ? nullptr : found->second;
  }
  std::optional<ApiKey> stored_maker(const std::string& id) override { return makers_[id]; }
  std::vector<ApiKey> stored_keys_of(const std::string& user_id) override {
    const auto found = by_user_.find(user_id);
    return found == by_user_.end() ? std::vector<ApiKey>() : std::move(found->second);
  }

  std::unordered_map<std::string, UserPtr> users_;
  std::unordered_map<std::string, std::optional<ApiKey>> makers_;  // by their id; nothing: there is none
  std::unordered_map<std::string, std::vector<ApiKey>> by_user_;
};

/// Returns when a key ends: when it, the key that made it, the maker of that, and so on, first ends. Returns
/// nullopt if one of these keys, or its owner, is missing or inactive.
std::optional<UnixMs> end_of(Rows& rows, const ApiKey& key) {
  constexpr int longest_line = 1'000;
  if (!key.active) return std::nullopt;
  UnixMs end = key.expires_at;
  std::string parent = key.parent_id;
  for (int makers = 0; !parent.empty(); ++makers) {
    const auto maker = rows.maker(parent);
    if (!maker || !maker->active || !rows.user(maker->user_id) || makers == longest_line) return std::nullopt;
    end = std::min(end, maker->expires_at);
    parent = maker->parent_id;
  }
  return end;
}

std::shared_ptr<const Account> read_account(Rows& rows, const std::string& id) {
  auto account = std::make_shared<Account>();
  account->user = rows.user(id);
  if (!account->user) return nullptr;
  for (ApiKey& key : rows.keys_of(id)) {
    const auto end = end_of(rows, key);
    if (!end) continue;
    auto known = std::make_shared<KnownKey>();
    known->key = std::move(key);
    known->key.expires_at = *end;
    known->last_used = known->key.last_used;
    known->owner = account->user;
    account->keys.push_back(std::move(known));
  }
  return account;
}

}  // namespace

/// Makes the next Identities of the last ones.
class IdentityEditor {
 public:
  explicit IdentityEditor(const Identities& before)
      : accounts_(before.accounts_),
        ids_(before.ids_),
        by_hash_(before.by_hash_),
        by_id_(before.by_id_),
        revoked_(before.revoked_) {}

  std::shared_ptr<const Account> account(const std::string& id) const {
    const auto* found = accounts_.find(id);
    return found ? *found : nullptr;
  }
  /// `next` is nullptr if there is no such user any more.
  void replace(const std::string& id, std::shared_ptr<const Account> next) {
    if (const auto before = account(id)) {
      const std::string name = to_lower_ascii(before->user->username);
      if (const std::string* holder = ids_.find(name); holder && *holder == id) ids_.erase(name);
      for (const auto& known : before->keys) forget(known);
    }
    if (!next) return accounts_.erase(id);
    const std::string name = to_lower_ascii(next->user->username);
    const auto holder = holder_of(name);
    if (!holder || !holder->user->from_environment || next->user->from_environment) ids_.set(name, id);
    for (const auto& known : next->keys) know(known);
    accounts_.set(id, std::move(next));
  }
  /// Returns nullptr if nobody has the name.
  std::shared_ptr<const Account> holder_of(const std::string& name) const {
    const std::string* id = ids_.find(name);
    return id ? account(*id) : nullptr;
  }
  void revoke(const std::string& family, bool revoked) {
    if (revoked) {
      revoked_.set(family, true);
    } else {
      revoked_.erase(family);
    }
  }
  std::shared_ptr<const Identities> finish(std::int64_t version) {
    auto next = std::make_shared<Identities>();
    next->version_ = version;
    next->accounts_ = accounts_.finish();
    next->ids_ = ids_.finish();
    next->by_hash_ = by_hash_.finish();
    next->by_id_ = by_id_.finish();
    next->revoked_ = revoked_.finish();
    return next;
  }

 private:
  using Key = std::shared_ptr<const KnownKey>;
  void forget(const Key& key) {
    by_id_.erase(key->key.id);
    if (const Key* holder = by_hash_.find(key->key.hash); holder && *holder == key)
      by_hash_.erase(key->key.hash);
  }
  /// A key may be both a setting's and a stored one. It is the setting's then, whatever changes of the other.
  void know(const Key& key) {
    by_id_.set(key->key.id, key);
    const Key* holder = by_hash_.find(key->key.hash);
    if (!holder || !(*holder)->owner->from_environment || key->owner->from_environment)
      by_hash_.set(key->key.hash, key);
  }

  SnapshotMap<std::shared_ptr<const Account>>::Editor accounts_;
  SnapshotMap<std::string>::Editor ids_;
  SnapshotMap<Key>::Editor by_hash_, by_id_;
  SnapshotMap<bool>::Editor revoked_;
};

std::shared_ptr<const Identities> read_identities(sqlite::Database& database,
                                                  const std::vector<EnvironmentKey>& environment) {
  const std::int64_t version = store::version(database);
  IdentityEditor edit{Identities()};
  AllRows rows(database, environment);
  for (const auto& [id, user] : rows.users()) edit.replace(id, read_account(rows, id));
  for (const EnvironmentKey& known : environment)
    edit.replace(known.user.id, read_account(rows, known.user.id));
  for (const std::string& family : store::revoked_families(database)) edit.revoke(family, true);
  return edit.finish(version);
}

std::shared_ptr<const Identities> read_newer(sqlite::Database& database,
                                             const std::vector<EnvironmentKey>& environment,
                                             const std::shared_ptr<const Identities>& before) {
  const std::int64_t version = store::version(database);
  if (version == before->version()) return before;
  const auto changes = store::changes_since(database, before->version(), max_changed);
  if (!changes) return read_identities(database, environment);
  IdentityEditor edit(*before);
  SomeRows rows(database, environment);
  std::vector<std::string> waiting;
  std::unordered_set<std::string> looked_at;
  const auto look_at = [&](const std::string& id) {
    if (looked_at.insert(id).second) waiting.push_back(id);
  };
  for (const store::Change& change : *changes) {
    if (change.kind == store::Change::of_account) {
      look_at(change.id);
    } else {
      edit.revoke(change.id, store::is_revoked(database, change.id));
    }
  }
  while (!waiting.empty()) {
    if (looked_at.size() > max_changed) return read_identities(database, environment);
    const std::string id = std::move(waiting.back());
    waiting.pop_back();
    // Whose keys were made by a key of this account is concerned too. A key that was not known before has
    // made none that was: it does not come back to work.
    if (const auto known = edit.account(id)) {
      for (const auto& key : known->keys) {
        for (const std::string& user : store::users_with_keys_of(database, key->key.id)) look_at(user);
      }
    }
    edit.replace(id, read_account(rows, id));
  }
  return edit.finish(version);
}

}  // namespace papi::auth
