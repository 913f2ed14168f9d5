#pragma once

#include <atomic>

#include "auth/identities.hpp"
#include "auth/token.hpp"

namespace papi::auth {

/// Asks the book again only when it has changed, so that ten thousand open sockets cost next to nothing.
class BookLease : public http::Lease {
 public:
  /// `as_admin`: let in to what belongs to others, for as long as the caller may that.
  BookLease(const IdentityBook& book, const Clock& clock, Permission permission, bool as_admin,
            UnixMs expires_at)
      : book_(book), clock_(clock), as_admin_(as_admin), permission_(permission), expires_at_(expires_at) {}

  bool holds() const override {
    if (clock_.now_ms() >= expires_at_) return false;
    const std::int64_t version = book_.version();
    if (seen_.load(std::memory_order_relaxed) == version) return true;
    if (!known_in(*book_.now())) return false;
    seen_.store(version, std::memory_order_relaxed);
    return true;
  }

 protected:
  /// Whether `permissions` still have what the caller was let in for.
  bool suffices(PermissionSet permissions) const {
    http::Caller caller;
    caller.id = "-";
    caller.permissions = permissions;
    return caller.may(permission_) && (!as_admin_ || caller.may(Permission::admin));
  }
  virtual bool known_in(const Identities& identities) const = 0;

  const IdentityBook& book_;
  const Clock& clock_;
  const bool as_admin_;

 private:
  const Permission permission_;
  const UnixMs expires_at_;
  mutable std::atomic<std::int64_t> seen_{0};
};

/// Until the key expires or is revoked, or its owner loses what it was used for.
class KeyLease final : public BookLease {
 public:
  KeyLease(const IdentityBook& book, const Clock& clock, std::string key_id, UnixMs expires_at,
           Permission permission, bool as_admin)
      : BookLease(book, clock, permission, as_admin, expires_at),
        key_id_(std::move(key_id)),
        expires_at_(expires_at) {}

  std::shared_ptr<const http::Lease> narrowed_to(Permission permission) const override {
    return std::make_shared<KeyLease>(book_, clock_, key_id_, expires_at_, permission, as_admin_);
  }

 private:
  bool known_in(const Identities& identities) const override {
    const auto key = identities.key_by_id(key_id_);
    return key && key->owner->active && suffices(key->permissions());
  }
  const std::string key_id_;
  const UnixMs expires_at_;
};

/// Until the token expires or is revoked, or its user loses what it was used for.
class TokenLease final : public BookLease {
 public:
  TokenLease(const IdentityBook& book, const Clock& clock, const TokenClaims& claims, Permission permission,
             bool as_admin)
      : BookLease(book, clock, permission, as_admin, claims.expires_at * 1000), claims_(claims) {}

  std::shared_ptr<const http::Lease> narrowed_to(Permission permission) const override {
    return std::make_shared<TokenLease>(book_, clock_, claims_, permission, as_admin_);
  }

 private:
  bool known_in(const Identities& identities) const override {
    const auto user = identities.user(claims_.subject);
    return user && user->active && suffices(user->permissions) &&
           !identities.revoked.contains(claims_.family());
  }
  const TokenClaims claims_;
};

}  // namespace papi::auth
