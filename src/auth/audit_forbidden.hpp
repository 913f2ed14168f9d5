#pragma once

#include "auth/authenticate.hpp"

namespace papi::auth {

/// Records requests that were refused because the caller lacks a permission. At most ten a minute of one
/// caller go to the audit trail; all are counted.
class AuditForbidden final : public http::Middleware {
 public:
  explicit AuditForbidden(const CredentialDependencies& deps) : deps_(deps) {}
  void leave(http::Exchange& exchange, http::Response& response) const override;

 private:
  const CredentialDependencies deps_;
};

}  // namespace papi::auth
