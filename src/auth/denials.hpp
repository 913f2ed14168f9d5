#pragma once

#include "auth/authenticate.hpp"

namespace papi::auth {

/// Records who was refused for want of a permission. Of one caller ten a minute reach the record; all are
/// counted.
class RecordDenials final : public http::Middleware {
 public:
  explicit RecordDenials(const CredentialParts& parts) : parts_(parts) {}
  void leave(http::Exchange& exchange, http::Response& response) const override;

 private:
  const CredentialParts parts_;
};

}  // namespace papi::auth
