#pragma once

#include <atomic>

#include "auth/account_cache.hpp"
#include "auth/token.hpp"
#include "platform/http/exchange.hpp"

namespace papi::auth {

/// Checks the account cache only when its version has changed, so that ten thousand open sockets cost almost
/// nothing. Any thread.
class SnapshotGuard : public http::AuthorizationGuard {
 public:
  /// `as_admin`: the caller was let in to an object of somebody else, which needs the permission `admin`.
  SnapshotGuard(const AccountCache& cache, const Clock& clock, Permission permission, bool as_admin)
      : cache_(cache), clock_(clock), as_admin_(as_admin), permission_(permission) {}

  bool still_valid() const override {
    const std::int64_t version = cache_.version();
    if (seen_.load(std::memory_order_acquire) != version) {
      const auto until = end_in(*cache_.current());
      if (!until) return false;
      until_.store(*until, std::memory_order_relaxed);
      seen_.store(version, std::memory_order_release);
    }
    return clock_.now_ms() < until_.load(std::memory_order_relaxed);
  }

 protected:
  /// Whether `permissions` still include what the caller was let in for.
  bool suffices(PermissionSet permissions) const {
    http::Caller caller;
    caller.id = "-";
    caller.permissions = permissions;
    return caller.may(permission_) && (!as_admin_ || caller.may(permission::admin));
  }
  /// Returns when the credential expires according to `snapshot`, since a key rotation may have made that
  /// earlier. Returns nullopt if the credential is no longer valid.
  virtual std::optional<UnixMs> end_in(const AccountSnapshot& snapshot) const = 0;

  const AccountCache& cache_;
  const Clock& clock_;
  const bool as_admin_;

 private:
  const Permission permission_;
  mutable std::atomic<UnixMs> until_{0};
  mutable std::atomic<std::int64_t> seen_{-1};
};

/// Valid until the key expires or is revoked, or until its owner loses the needed permission.
class KeyGuard final : public SnapshotGuard {
 public:
  KeyGuard(const AccountCache& cache, const Clock& clock, std::string key_id, Permission permission,
           bool as_admin)
      : SnapshotGuard(cache, clock, permission, as_admin), key_id_(std::move(key_id)) {}

  std::shared_ptr<const http::AuthorizationGuard> for_permission(Permission permission) const override {
    return std::make_shared<KeyGuard>(cache_, clock_, key_id_, permission, as_admin_);
  }

 private:
  std::optional<UnixMs> end_in(const AccountSnapshot& snapshot) const override {
    const auto key = snapshot.key_by_id(key_id_);
    if (!key || !key->owner->active || !suffices(key->permissions())) return std::nullopt;
    return key->key.expires_at;
  }
  const std::string key_id_;
};

/// Valid until the stream token expires or is revoked, or until its maker loses the needed permission.
class StreamTokenGuard final : public SnapshotGuard {
 public:
  StreamTokenGuard(const AccountCache& cache, const Clock& clock, std::string token_id, Permission permission,
                   bool as_admin)
      : SnapshotGuard(cache, clock, permission, as_admin), token_id_(std::move(token_id)) {}

  std::shared_ptr<const http::AuthorizationGuard> for_permission(Permission permission) const override {
    return std::make_shared<StreamTokenGuard>(cache_, clock_, token_id_, permission, as_admin_);
  }

 private:
  std::optional<UnixMs> end_in(const AccountSnapshot& snapshot) const override {
    const auto token = snapshot.stream_token_by_id(token_id_);
    if (!token || !token->owner->active || !suffices(token->permissions())) return std::nullopt;
    return token->token.expires_at;
  }
  const std::string token_id_;
};

/// Valid until the token expires or is revoked, or until its user loses the needed permission.
class TokenGuard final : public SnapshotGuard {
 public:
  TokenGuard(const AccountCache& cache, const Clock& clock, const TokenClaims& claims, Permission permission,
             bool as_admin)
      : SnapshotGuard(cache, clock, permission, as_admin), claims_(claims) {}

  std::shared_ptr<const http::AuthorizationGuard> for_permission(Permission permission) const override {
    return std::make_shared<TokenGuard>(cache_, clock_, claims_, permission, as_admin_);
  }

 private:
  std::optional<UnixMs> end_in(const AccountSnapshot& snapshot) const override {
    const auto user = snapshot.user(claims_.subject);
    if (!user || !user->active || !suffices(user->permissions)) return std::nullopt;
    if (snapshot.is_revoked(claims_.family())) return std::nullopt;
    return claims_.expires_at;
  }
  const TokenClaims claims_;
};

}  // namespace papi::auth
