#pragma once

#include <string>

#include "auth/account.hpp"

namespace papi::auth {

/// Who asks for something, and from where. The use cases take it in place of a request, so they do not know
/// how they are called: the routes make it from a request (actor_of in authenticate.hpp), the commands from
/// the operator.
struct Actor {
  Actor() = default;  // not an aggregate: g++ 12 destroys such temporaries twice in co_await

  std::string user_id;  // empty: the caller has not identified itself
  std::string username;
  PermissionSet permissions = 0;
  std::string key_id;    // set if the caller used an API key
  std::string token_id;  // set if the caller used a token: its `jti`
  std::string client_address;
  bool near = false;           // the client is on this machine or in a private network
  std::string endpoint;        // the route or the command, for the audit trail
  std::string correlation_id;  // of the request, for the audit trail

  bool may(Permission permission) const { return (permissions & bit_of(permission)) != 0; }
};

}  // namespace papi::auth
