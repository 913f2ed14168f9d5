#pragma once

#include <chrono>
#include <cstdint>

#include "auth/account_store.hpp"

namespace papi::auth {

/// The settings of users, keys and tokens.
struct AccountOptions {
  bool allow_registration = true;
  std::chrono::milliseconds access_lifetime = std::chrono::hours(1);  // of a token
  std::chrono::milliseconds refresh_lifetime = std::chrono::days(7);
  std::chrono::days key_lifetime{90};
  std::int64_t keys_per_user = 10;
  std::int64_t stream_tokens_per_user = 100;
  LockOut lock_out;
  bool demo_may_log_in = true;          // the development admin, if the client is near (Actor::near)
  bool only_near_may_register = false;  // registration is open only because this is development
};

}  // namespace papi::auth
