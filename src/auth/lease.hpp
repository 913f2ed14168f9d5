#pragma once

#include <atomic>

#include "auth/identities.hpp"
#include "auth/token.hpp"

namespace papi::auth {

/// Asks the book again only when it has changed, so that ten thousand open sockets cost next to nothing.
class BookLease : public http::Lease {
 public:
  /// `as_admin`: let in to what belongs to others, for as long as the caller may that.
  BookLease(const IdentityBook& book, const Clock& clock, Permission permission, bool as_admin)
      : book_(book), clock_(clock), as_admin_(as_admin), permission_(permission) {}

  bool holds() const override {
    const std::int64_t version = book_.version();
    if (seen_.load(std::memory_order_acquire) != version) {
      const auto until = end_in(*book_.now());
      if (!until) return false;
      until_.store(*until, std::memory_order_relaxed);
      seen_.store(version, std::memory_order_release);
    }
    return clock_.now_ms() < until_.load(std::memory_order_relaxed);
  }

 protected:
  /// Whether `permissions` still have what the caller was let in for.
  bool suffices(PermissionSet permissions) const {
    http::Caller caller;
    caller.id = "-";
    caller.permissions = permissions;
    return caller.may(permission_) && (!as_admin_ || caller.may(Permission::admin));
  }
  /// When it ends as things are, for a rotation may have made that sooner; nothing: it has ended.
  virtual std::optional<UnixMs> end_in(const Identities& identities) const = 0;

  const IdentityBook& book_;
  const Clock& clock_;
  const bool as_admin_;

 private:
  const Permission permission_;
  mutable std::atomic<UnixMs> until_{0};
  mutable std::atomic<std::int64_t> seen_{-1};
};

/// Until the key expires or is revoked, or its owner loses what it was used for.
class KeyLease final : public BookLease {
 public:
  KeyLease(const IdentityBook& book, const Clock& clock, std::string key_id, Permission permission,
           bool as_admin)
      : BookLease(book, clock, permission, as_admin), key_id_(std::move(key_id)) {}

  std::shared_ptr<const http::Lease> narrowed_to(Permission permission) const override {
    return std::make_shared<KeyLease>(book_, clock_, key_id_, permission, as_admin_);
  }

 private:
  std::optional<UnixMs> end_in(const Identities& identities) const override {
    const auto key = identities.key_by_id(key_id_);
    if (!key || !key->owner->active || !suffices(key->permissions())) return std::nullopt;
    return key->key.expires_at;
  }
  const std::string key_id_;
};

/// Until the token expires or is revoked, or its user loses what it was used for.
class TokenLease final : public BookLease {
 public:
  TokenLease(const IdentityBook& book, const Clock& clock, const TokenClaims& claims, Permission permission,
             bool as_admin)
      : BookLease(book, clock, permission, as_admin), claims_(claims) {}

  std::shared_ptr<const http::Lease> narrowed_to(Permission permission) const override {
    return std::make_shared<TokenLease>(book_, clock_, claims_, permission, as_admin_);
  }

 private:
  std::optional<UnixMs> end_in(const Identities& identities) const override {
    const auto user = identities.user(claims_.subject);
    if (!user || !user->active || !suffices(user->permissions)) return std::nullopt;
    if (identities.is_revoked(claims_.family())) return std::nullopt;
    return claims_.expires_at * 1000;
  }
  const TokenClaims claims_;
};

}  // namespace papi::auth
