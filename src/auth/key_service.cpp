#include "auth/key_service.hpp"

#include "auth/account_rules.hpp"
#include "auth/bootstrap.hpp"

namespace papi::auth {
namespace {

/// Stores the key under the key that makes it, and records it.
Task<Result<MadeKey>> store_key(AccountTransaction& accounts, MadeKey made, const KeyMakers& makers,
                                const User& owner, AuditRecord record) {
  made.key.expires_at = key_end(made.key.expires_at, makers);
  CO_CHECK(co_await accounts.add_key(made.key));
  record.subject = made.key.id;
  record.reason = "created for " + owner.username;
  CO_CHECK(co_await accounts.record(record));
  co_return made;
}

struct Making {
  Actor actor;
  User owner;
  NewKey wanted;
  std::chrono::days lifetime;
  std::int64_t limit;
  AuditRecord record;
};

Task<Result<MadeKey>> make_key(AccountTransaction& accounts, const Making& making) {
  const UnixMs now = making.record.at;
  CO_TRY(const User owner, co_await lock_owner(accounts, making.owner));
  CO_TRY(const PermissionSet permissions,
         new_key_permissions(owner, making.actor, making.wanted.permissions));
  CO_TRY(const KeyMakers makers, co_await makers_of(accounts, making.actor.key_id, now));
  if (!makers.ended.empty())
    co_return Error(ErrorCode::authentication_failed, "The key in use no longer works");
  CO_TRY(const std::int64_t working, co_await accounts.count_keys(owner.id, now));
  if (auto refusal = key_limit_refusal(working, making.limit)) co_return std::move(*refusal);
  MadeKey made = fresh_key(owner, making.wanted.name, permissions, making.lifetime, now);
  made.key.parent_id = making.actor.key_id;
  co_return co_await store_key(accounts, std::move(made), makers, owner, making.record);
}

/// Returns the owner of a key: a user with a row, or else one of the settings.
Task<Result<User>> owner_of_key(AccountTransaction& accounts, const ApiKey& key,
                                const std::vector<User>& of_settings) {
  CO_TRY(std::optional<User> owner, co_await accounts.user_by_id(key.user_id));
  if (owner) co_return std::move(*owner);
  for (const User& user : of_settings) {
    if (user.id == key.user_id) co_return user;
  }
  co_return Error(ErrorCode::not_found, "The key's user is gone");
}

struct Rotating {
  std::string id;
  KeyRotation rotation;
  std::vector<User> of_settings;
  std::chrono::days lifetime;
  std::int64_t limit;
  AuditRecord record;
};

Task<Result<MadeKey>> rotate_key(AccountTransaction& accounts, const Rotating& rotating) {
  const std::string& id = rotating.id;
  AuditRecord record = rotating.record;
  const UnixMs now = record.at;
  CO_TRY(const std::optional<ApiKey> seen, co_await accounts.key_by_id(id));
  if (seen) CO_CHECK(co_await accounts.lock_user(seen->user_id));
  CO_TRY(const std::optional<ApiKey> old, co_await accounts.key_by_id(id));
  if (!old || !old->active) co_return Error(ErrorCode::not_found, "There is no active key of that id");
  CO_TRY(const KeyMakers makers, co_await makers_of(accounts, old->parent_id, now));
  if (!makers.ended.empty()) {
    co_return Error(ErrorCode::conflict, "The key '" + makers.ended +
                                             "' that made it has ended, and it with that: make a new one");
  }
  CO_TRY(const User owner, co_await owner_of_key(accounts, *old, rotating.of_settings));
  const std::chrono::milliseconds overlap = rotating.rotation.overlap;
  if (overlap.count() > 0) {
    CO_CHECK(co_await accounts.shorten_key(id, now + overlap.count()));
  } else {
    CO_CHECK(co_await accounts.revoke_key(id));
  }
  CO_TRY(const std::int64_t working, co_await accounts.count_keys(owner.id, now));
  if (auto refusal = key_limit_refusal(working, rotating.limit)) co_return std::move(*refusal);
  record.subject = id;
  record.reason = "rotated";
  CO_CHECK(co_await accounts.record(record));
  MadeKey made = fresh_key(owner, old->name, usable_permissions(*old, owner), rotating.lifetime, now);
  made.key.parent_id = old->parent_id;
  co_return co_await store_key(accounts, std::move(made), makers, owner, std::move(record));
}

Task<Result<void>> revoke_key(AccountTransaction& accounts, const std::string& id, const Actor& actor,
                              const AuditRecord& record) {
  CO_TRY(const std::optional<ApiKey> key, co_await accounts.key_by_id(id));
  std::optional<User> owner;
  if (key) {
    CO_TRY(owner, co_await accounts.user_by_id(key->user_id));
  }
  if (auto refusal = revoke_key_refusal(key, owner, actor)) co_return std::move(*refusal);
  CO_TRY(const bool revoked, co_await accounts.revoke_key(id));
  if (!revoked) co_return *revoke_key_refusal(std::nullopt, owner, actor);  // somebody was faster
  co_return co_await accounts.record(record);
}

}  // namespace

/// The transaction does not know the keys of the settings: they do not expire. If the setting has changed,
/// the snapshot ends what its key has made.
Task<Result<KeyMakers>> makers_of(AccountTransaction& accounts, std::string id, UnixMs now) {
  constexpr int longest_line = 1'000;
  KeyMakers makers;
  for (int i = 0; !id.empty() && !is_environment_key(id); ++i) {
    CO_TRY(const std::optional<ApiKey> maker, co_await accounts.key_by_id(id));
    if (!maker || !maker->active || maker->expires_at <= now || i == longest_line) {
      makers.ended = id;
      break;
    }
    makers.expires_at = key_end(maker->expires_at, makers);
    id = maker->parent_id;
  }
  co_return makers;
}

Task<Result<User>> lock_owner(AccountTransaction& accounts, const User& owner) {
  CO_CHECK(co_await accounts.lock_user(owner.id));
  if (owner.from_environment) co_return owner;
  CO_TRY(std::optional<User> now, co_await accounts.user_by_id(owner.id));
  if (!now) co_return no_such_user();
  co_return std::move(*now);
}

Task<Result<MadeKey>> KeyService::make(Actor actor, User owner, NewKey wanted) {
  const Executor executor = co_await net::this_coro::executor;
  const AuditRecord record = change_record(actor, AuditKind::key_change, "", "", clock_.now_ms());
  const auto lifetime = wanted.lifetime.value_or(options_.key_lifetime);
  Making making{std::move(actor), std::move(owner),       std::move(wanted),
                lifetime,         options_.keys_per_user, record};
  AccountStore::Work<MadeKey> work = [making = std::move(making)](AccountTransaction& accounts) {
    return make_key(accounts, making);
  };
  co_return co_await changes_.transact<MadeKey>(executor, std::move(work));
}

Task<Result<MadeKey>> KeyService::rotate(Actor actor, std::string id, KeyRotation rotation,
                                         std::vector<User> of_settings) {
  const Executor executor = co_await net::this_coro::executor;
  const AuditRecord record = change_record(actor, AuditKind::key_change, "", "", clock_.now_ms());
  const auto lifetime = rotation.lifetime.value_or(options_.key_lifetime);
  Rotating rotating{std::move(id),          rotation, std::move(of_settings), lifetime,
                    options_.keys_per_user, record};
  AccountStore::Work<MadeKey> work = [rotating = std::move(rotating)](AccountTransaction& accounts) {
    return rotate_key(accounts, rotating);
  };
  co_return co_await changes_.transact<MadeKey>(executor, std::move(work));
}

Task<Result<void>> KeyService::revoke(Actor actor, std::string id) {
  const Executor executor = co_await net::this_coro::executor;
  const AuditRecord record = change_record(actor, AuditKind::key_change, id, "revoked", clock_.now_ms());
  AccountStore::Work<void> work = [id, actor, record](AccountTransaction& accounts) {
    return revoke_key(accounts, id, actor, record);
  };
  co_return co_await changes_.transact<void>(executor, std::move(work));
}

Task<Result<KeyPage>> KeyService::keys(KeyQuery query) {
  const Executor executor = co_await net::this_coro::executor;
  co_return co_await changes_.store().keys(executor, std::move(query));
}

}  // namespace papi::auth
