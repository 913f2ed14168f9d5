#pragma once

#include "auth/authenticate.hpp"

namespace papi::auth {

/// Attack detection: logs and counts requests that look like attacks (attack_signatures.hpp). It refuses
/// nothing. The code is safe against such requests by construction (bound SQL parameters, no file paths, JSON
/// only), and a filter would mostly hit innocent requests. At most ten a minute of one address reach the
/// application log and the audit trail; all are counted.
class DetectAttacks final : public http::Middleware {
 public:
  explicit DetectAttacks(const CredentialDependencies& deps) : deps_(deps) {}
  std::optional<Error> enter(http::Exchange& exchange) const override;

 private:
  const CredentialDependencies deps_;
};

}  // namespace papi::auth
