#pragma once

// How an AccountSnapshot is made from rows, whichever engine keeps them.

#include <algorithm>
#include <unordered_map>

#include "auth/account_cache.hpp"
#include "platform/base/text.hpp"

namespace papi::auth {

using UserPtr = std::shared_ptr<const User>;

/// If more accounts have changed, all accounts are read.
inline constexpr std::size_t max_changed_accounts = 2'000;

/// The rows of users and keys. Those of the settings come before those of the database.
class AccountRows {
 public:
  explicit AccountRows(const std::vector<EnvironmentKey>& environment) : environment_(environment) {}
  virtual ~AccountRows() = default;

  /// Returns the user of this id, or nullptr if there is no such user.
  UserPtr user(const std::string& id) {
    for (const EnvironmentKey& known : environment_) {
      if (known.user.id == id) return std::make_shared<const User>(known.user);
    }
    return stored_user(id);
  }
  /// Returns a key that created another key, or nullopt.
  std::optional<ApiKey> maker(const std::string& id) {
    for (const EnvironmentKey& known : environment_) {
      if (known.key.id == id) return known.key;
    }
    return stored_maker(id);
  }
  /// Returns the stream tokens of one user, also those that no longer work. Call it once per user.
  std::vector<StreamToken> stream_tokens_of(const std::string& user_id) {
    return stored_stream_tokens_of(user_id);
  }
  /// Returns the keys of one user, also those that no longer work. Call it once per user.
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
  virtual std::vector<StreamToken> stored_stream_tokens_of(const std::string& user_id) = 0;

  const std::vector<EnvironmentKey>& environment_;
};

/// Finds rows in lists that were read before. `keys` also has the keys that made those, and the stream
/// tokens, of the accounts in question, and `users` their owners.
class ListedAccountRows final : public AccountRows {
 public:
  ListedAccountRows(std::vector<User> users, std::vector<ApiKey> keys, std::vector<StreamToken> tokens,
                    const std::vector<EnvironmentKey>& environment)
      : AccountRows(environment) {
    users_.reserve(users.size());
    for (User& user : users) {
      std::string id = user.id;
      users_.emplace(std::move(id), std::make_shared<const User>(std::move(user)));
    }
    for (const ApiKey& key : keys) {
      if (!key.parent_id.empty()) makers_.try_emplace(key.parent_id);
    }
    for (StreamToken& token : tokens) {
      if (!token.maker_id.empty()) makers_.try_emplace(token.maker_id);
      stream_tokens_[token.user_id].push_back(std::move(token));
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
  std::vector<StreamToken> stored_stream_tokens_of(const std::string& user_id) override {
    const auto found = stream_tokens_.find(user_id);
    return found == stream_tokens_.end() ? std::vector<StreamToken>() : std::move(found->second);
  }

  std::unordered_map<std::string, UserPtr> users_;
  std::unordered_map<std::string, std::optional<ApiKey>> makers_;  // by id; nullopt: it does not exist
  std::unordered_map<std::string, std::vector<ApiKey>> by_user_;
  std::unordered_map<std::string, std::vector<StreamToken>> stream_tokens_;  // by the user's id
};

/// Returns nullptr if there is no such user. The keys and stream tokens are those that work, each with the
/// time when it ends.
std::shared_ptr<const Account> read_account(AccountRows& rows, const std::string& id);

/// Makes the next AccountSnapshot from the previous one.
class AccountSnapshotEditor {
 public:
  explicit AccountSnapshotEditor(const AccountSnapshot& before)
      : accounts_(before.accounts_),
        ids_(before.ids_),
        by_hash_(before.by_hash_),
        by_id_(before.by_id_),
        stream_tokens_by_hash_(before.stream_tokens_by_hash_),
        stream_tokens_by_id_(before.stream_tokens_by_id_),
        revoked_(before.revoked_) {}

  std::shared_ptr<const Account> account(const std::string& id) const {
    const auto* found = accounts_.find(id);
    return found ? *found : nullptr;
  }
  /// `next` is nullptr if the user no longer exists.
  void replace(const std::string& id, std::shared_ptr<const Account> next) {
    if (const auto before = account(id)) {
      const std::string name = to_lower_ascii(before->user->username);
      if (const std::string* holder = ids_.find(name); holder && *holder == id) ids_.erase(name);
      for (const auto& known : before->keys) forget(known);
      for (const auto& known : before->stream_tokens) {
        stream_tokens_by_hash_.erase(known->token.hash);
        stream_tokens_by_id_.erase(known->token.id);
      }
    }
    if (!next) return accounts_.erase(id);
    const std::string name = to_lower_ascii(next->user->username);
    const auto holder = holder_of(name);
    if (!holder || !holder->user->from_environment || next->user->from_environment) ids_.set(name, id);
    for (const auto& known : next->keys) know(known);
    for (const auto& known : next->stream_tokens) {
      stream_tokens_by_hash_.set(known->token.hash, known);
      stream_tokens_by_id_.set(known->token.id, known);
    }
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
  std::shared_ptr<const AccountSnapshot> finish(std::int64_t version) {
    auto next = std::make_shared<AccountSnapshot>();
    next->version_ = version;
    next->accounts_ = accounts_.finish();
    next->ids_ = ids_.finish();
    next->by_hash_ = by_hash_.finish();
    next->by_id_ = by_id_.finish();
    next->stream_tokens_by_hash_ = stream_tokens_by_hash_.finish();
    next->stream_tokens_by_id_ = stream_tokens_by_id_.finish();
    next->revoked_ = revoked_.finish();
    return next;
  }

 private:
  using Key = std::shared_ptr<const CachedKey>;
  void forget(const Key& key) {
    by_id_.erase(key->key.id);
    if (const Key* holder = by_hash_.find(key->key.hash); holder && *holder == key)
      by_hash_.erase(key->key.hash);
  }
  /// A key may come from a setting and also be stored in the database. Then the one of the setting wins,
  /// whatever changes in the other.
  void know(const Key& key) {
    by_id_.set(key->key.id, key);
    const Key* holder = by_hash_.find(key->key.hash);
    if (!holder || !(*holder)->owner->from_environment || key->owner->from_environment)
      by_hash_.set(key->key.hash, key);
  }

  SnapshotMap<std::shared_ptr<const Account>>::Editor accounts_;
  SnapshotMap<std::string>::Editor ids_;
  SnapshotMap<Key>::Editor by_hash_, by_id_;
  SnapshotMap<std::shared_ptr<const CachedStreamToken>>::Editor stream_tokens_by_hash_, stream_tokens_by_id_;
  SnapshotMap<bool>::Editor revoked_;
};

/// Makes the snapshot from all rows.
std::shared_ptr<const AccountSnapshot> snapshot_of(std::int64_t version, ListedAccountRows& rows,
                                                   const std::vector<EnvironmentKey>& environment,
                                                   const std::vector<std::string>& revoked_families);

}  // namespace papi::auth
