#include "auth/account_snapshot_editor.hpp"

namespace papi::auth {
namespace {

/// Returns when a key ends: the earliest end of the key, of the key that created it, of that key's creator,
/// and so on. Returns nullopt if one of these keys, or its owner, is missing or inactive.
std::optional<UnixMs> end_of(AccountRows& rows, const ApiKey& key) {
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

}  // namespace

std::shared_ptr<const Account> read_account(AccountRows& rows, const std::string& id) {
  auto account = std::make_shared<Account>();
  account->user = rows.user(id);
  if (!account->user) return nullptr;
  for (ApiKey& key : rows.keys_of(id)) {
    const auto end = end_of(rows, key);
    if (!end) continue;
    auto known = std::make_shared<CachedKey>();
    known->key = std::move(key);
    known->key.expires_at = *end;
    known->last_used = known->key.last_used;
    known->owner = account->user;
    account->keys.push_back(std::move(known));
  }
  return account;
}

std::shared_ptr<const AccountSnapshot> snapshot_of(std::int64_t version, ListedAccountRows& rows,
                                                   const std::vector<EnvironmentKey>& environment,
                                                   const std::vector<std::string>& revoked_families) {
  AccountSnapshotEditor edit{AccountSnapshot()};
  for (const auto& [id, user] : rows.users()) edit.replace(id, read_account(rows, id));
  for (const EnvironmentKey& known : environment)
    edit.replace(known.user.id, read_account(rows, known.user.id));
  for (const std::string& family : revoked_families) edit.revoke(family, true);
  return edit.finish(version);
}

}  // namespace papi::auth
