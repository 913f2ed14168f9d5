#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/base/permission.hpp"
#include "platform/base/task.hpp"
#include "platform/http/allowed_origins.hpp"
#include "platform/http/message.hpp"
#include "platform/http/rate_rule.hpp"

namespace papi::http {

struct Route;

/// Says whether the authorization of an open socket or stream still holds. It is asked at each sweep. Any
/// thread may ask.
class AuthorizationGuard {
 public:
  virtual ~AuthorizationGuard() = default;
  /// Returns false once the credentials or the access that they gave have ended.
  virtual bool still_valid() const = 0;
  /// Call after still_valid() returned false. Returns true if the credentials themselves are still valid and
  /// only the access to what was opened was withdrawn.
  virtual bool only_access_withdrawn() const { return false; }
  /// Returns a guard for the same credentials that asks for `permission`.
  virtual std::shared_ptr<const AuthorizationGuard> for_permission(Permission permission) const = 0;
};

/// What a credential is limited to, beside permissions. It reaches only routes with
/// Route::scoped_credentials. Immutable.
struct CredentialScope {
  std::string id;                     // of the credential
  std::vector<std::string> sessions;  // that a route with Route::session_scoped may name
  std::uint32_t types = ~0u;          // of the records that it may read; what a bit means is not known here
  std::optional<AllowedOrigins> origins;  // that the header Origin must name; nullopt: any, or none

  bool names(std::string_view session) const;
  /// Whether the request comes from where the credential may be used.
  bool lets_in(const Request& request) const;
};

/// The caller of a request. The middleware that authenticates fills it; Authorize and the handlers read it.
struct Caller {
  std::string id;  // of the user
  std::string username;
  std::string role;
  PermissionSet permissions = 0;
  std::string key_id;           // set if the caller used an API key
  std::string token_id;         // set if the caller used a token: its `jti`
  bool all_objects = false;     // may see and change what belongs to others
  std::string_view credential;  // how the caller was identified, for people to read; static storage
  std::shared_ptr<const CredentialScope> scope;  // nullptr: only the permissions limit the credential
  std::shared_ptr<const AuthorizationGuard> guard;

  bool known() const { return !id.empty(); }
  bool may(Permission permission) const {
    if (permission == Permission::none) return true;
    if (permission == Permission::authenticated) return known();
    return (permissions & bit_of(permission)) != 0;
  }
  /// Returns the id that rate limits count: the one of a limited credential or of a key, or else the user's.
  const std::string& bucket() const {
    if (scope) return scope->id;
    return key_id.empty() ? id : key_id;
  }
};

struct Exchange;

/// Counts requests against the rate limits. Any thread may call it.
class RateCharge {
 public:
  virtual ~RateCharge() = default;
  /// Returns an Error if the caller has used up `rule`.
  virtual std::optional<Error> charge(Exchange& exchange, RateRule rule) const = 0;
};

/// The decoded values of a route's `{name}` segments, in order.
struct PathParams {
  std::array<std::string, 4> values;
  std::size_t count = 0;
};

/// One request on its way through the middlewares to its handler and back. Lives on the connection's
/// coroutine.
struct Exchange {
  Exchange(const Request& incoming, Executor thread) : request(incoming), executor(thread) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// Returns whose share of a common resource the request uses: the user's id, or else the client's address.
  std::string quota_key() const {
    return caller.known() ? caller.id : "address " + std::string(request.client_address);
  }
  /// For a route with `charged_late`: its handler calls this when it knows that the request costs something.
  /// Returns an Error if the limit is used up.
  std::optional<Error> charge(RateRule rule) { return limits ? limits->charge(*this, rule) : std::nullopt; }

  const Request& request;
  Executor executor;  // of the connection's thread
  const Route* route = nullptr;
  PathParams params;
  std::string allow;  // the path's methods, for OPTIONS and 405
  Caller caller;
  const RateCharge* limits = nullptr;  // nullptr: no limits
  std::optional<RateVerdict> rate;
  std::shared_ptr<const void> kept_alive;  // until the answer, socket or stream is over
  std::string_view correlation_id;
  std::string new_correlation_id;
  std::chrono::steady_clock::time_point started;
};

}  // namespace papi::http
