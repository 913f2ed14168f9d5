#include "auth/account_snapshot_reader.hpp"

#include <unordered_set>

#include "auth/account_snapshot_editor.hpp"
#include "auth/sqlite_account_rows.hpp"
#include "auth/sqlite_stream_token_rows.hpp"
#include "auth/sqlite_token_rows.hpp"

namespace papi::auth {
namespace {

/// Runs one query per row. For few accounts.
class SomeRows final : public AccountRows {
 public:
  SomeRows(sqlite::Database& database, const std::vector<EnvironmentKey>& environment)
      : AccountRows(environment), database_(database) {}

 private:
  UserPtr stored_user(const std::string& id) override {
    auto user = store::user_by_id(database_, id);
    return user ? std::make_shared<const User>(std::move(*user)) : nullptr;
  }
  std::optional<ApiKey> stored_maker(const std::string& id) override {
    return store::key_by_id(database_, id);
  }
  std::vector<ApiKey> stored_keys_of(const std::string& id) override { return store::keys_of(database_, id); }
  std::vector<StreamToken> stored_stream_tokens_of(const std::string& id) override {
    return store::stream_tokens_of(database_, id);
  }

  sqlite::Database& database_;
};

}  // namespace

std::shared_ptr<const AccountSnapshot> read_identities(sqlite::Database& database,
                                                       const std::vector<EnvironmentKey>& environment) {
  const std::int64_t version = store::version(database);
  ListedAccountRows rows(store::users(database), store::keys(database), store::stream_tokens(database),
                         environment);
  return snapshot_of(version, rows, environment, store::revoked_families(database));
}

std::shared_ptr<const AccountSnapshot> read_newer(sqlite::Database& database,
                                                  const std::vector<EnvironmentKey>& environment,
                                                  const std::shared_ptr<const AccountSnapshot>& before) {
  const std::int64_t version = store::version(database);
  if (version == before->version()) return before;
  const auto changes = store::changes_since(database, before->version(), max_changed_accounts);
  if (!changes) return read_identities(database, environment);
  AccountSnapshotEditor edit(*before);
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
    if (looked_at.size() > max_changed_accounts) return read_identities(database, environment);
    const std::string id = std::move(waiting.back());
    waiting.pop_back();
    // Users whose keys were created by a key of this account are affected too. A key that was not usable
    // before has created no usable key, and it does not become usable again.
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
