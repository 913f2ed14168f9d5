#include "auth/account_snapshot_editor.hpp"

namespace papi::auth {
namespace {

/// Returns the earliest end of `end`, of the key `parent`, of that key's creator, and so on. Returns nullopt
/// if one of these keys, or its owner, is missing or inactive.
std::optional<UnixMs> end_below(AccountRows& rows, UnixMs end, std::string parent) {
  constexpr int longest_line = 1'000;
  for (int makers = 0; !parent.empty(); ++makers) {
    const auto maker = rows.maker(parent);
    if (!maker || !maker->active || !rows.user(maker->user_id) || makers == longest_line) return std::nullopt;
    end = std::min(end, maker->expires_at);
    parent = maker->parent_id;
  }
  return end;
}

/// Returns when a key ends, or nullopt if it no longer works.
std::optional<UnixMs> end_of(AccountRows& rows, const ApiKey& key) {
  return key.active ? end_below(rows, key.expires_at, key.parent_id) : std::nullopt;
}

/// Returns nullptr if the key that made the token has ended.
std::shared_ptr<const CachedStreamToken> cached(AccountRows& rows, StreamToken token, const UserPtr& owner) {
  const auto end = end_below(rows, token.expires_at, token.maker_id);
  if (!end) return nullptr;
  auto known = std::make_shared<CachedStreamToken>();
  const auto maker = token.maker_id.empty() ? std::nullopt : rows.maker(token.maker_id);
  known->maker_permissions = maker ? maker->permissions : every_permission;
  known->token = std::move(token);
  known->token.expires_at = *end;
  known->last_used = known->token.last_used;
  known->owner = owner;
  return known;
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
  for (StreamToken& token : rows.stream_tokens_of(id)) {
    if (auto known = cached(rows, std::move(token), account->user))
      account->stream_tokens.push_back(std::move(known));
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
