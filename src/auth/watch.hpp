#pragma once

#include "auth/authenticate.hpp"

namespace papi::auth {

/// Logs and counts requests that look like probes (probe.hpp). It refuses nothing: what such a request could
/// harm is safe by construction (bound SQL, no file paths, JSON only), and a filter would hit the innocent
/// first. Of one address, ten a minute reach the log and the record; all are counted.
class Watch final : public http::Middleware {
 public:
  explicit Watch(const CredentialParts& parts) : parts_(parts) {}
  std::optional<Error> enter(http::Exchange& exchange) const override;

 private:
  const CredentialParts parts_;
};

}  // namespace papi::auth
