#pragma once

#include "platform/base/secret.hpp"
#include "platform/http/pipeline.hpp"
#include "platform/log/logger.hpp"

namespace papi::auth {

/// Knows the one key that the environment gives (API_KEY) and fills the Caller. X-API-Key; on WebSocket
/// routes also
/// `?api_key=`, as browsers cannot set headers there. Without an API_KEY nobody is known, so every route that
/// needs a permission answers 401.
class AuthenticateKey final : public http::Middleware {
 public:
  AuthenticateKey(Secret api_key, Logger& log) : api_key_(std::move(api_key)), log_(log) {}
  std::optional<Error> enter(http::Exchange& exchange) const override;

 private:
  const Secret api_key_;
  Logger& log_;
};

}  // namespace papi::auth
