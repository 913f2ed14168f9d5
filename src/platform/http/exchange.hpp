#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/error.hpp"
#include "platform/base/task.hpp"
#include "platform/http/message.hpp"

namespace papi::http {

struct Route;

/// What a route asks of its caller. `own`: to be somebody; the handler keeps to what is the caller's own.
enum class Permission : std::uint8_t { none, read, write, connect, admin, own };

std::string_view to_string(Permission permission);

/// A bit per Permission.
using PermissionSet = std::uint8_t;
constexpr PermissionSet bit_of(Permission permission) {
  return static_cast<PermissionSet>(1u << static_cast<unsigned>(permission));
}

/// The rate-limit rule of a route.
enum class RateRule : std::uint8_t { none, api, auth, connect, websocket, strict };
std::string_view to_string(RateRule rule);

/// Whether what a caller was let in with still holds. Asked again while a socket or a stream is open. Any
/// thread.
class Lease {
 public:
  virtual ~Lease() = default;
  virtual bool holds() const = 0;
  /// After holds() has said no: the credentials still do, and only what was opened with them was withdrawn.
  virtual bool only_this_withdrawn() const { return false; }
  /// The same credentials, for what another permission is needed for.
  virtual std::shared_ptr<const Lease> narrowed_to(Permission permission) const = 0;
};

/// Who is calling: filled by the middleware that authenticates, read by Permit and by handlers.
struct Caller {
  std::string id;  // of the user
  std::string username;
  std::string role;
  PermissionSet permissions = 0;
  std::string key_id;        // called with this API key…
  std::string token_id;      // …or with this token (its `jti`)
  bool all_objects = false;  // may see and change what belongs to others
  std::shared_ptr<const Lease> lease;

  bool known() const { return !id.empty(); }
  bool may(Permission permission) const {
    if (permission == Permission::none) return true;
    if (permission == Permission::own) return known();
    return (permissions & bit_of(permission)) != 0;
  }
  /// Whom a rate limit counts: the key, or the user.
  const std::string& bucket() const { return key_id.empty() ? id : key_id; }
};

struct Exchange;

/// Counts requests against the rate limits. An Error: the caller has used up that rule. Any thread.
class RateCharge {
 public:
  virtual ~RateCharge() = default;
  virtual std::optional<Error> charge(Exchange& exchange, RateRule rule) const = 0;
};

/// What a rate limit said of a request; its answer's headers.
struct RateVerdict {
  bool allowed = true;
  RateRule rule = RateRule::none;
  std::int64_t limit = 0;
  std::int64_t window_seconds = 0;
  std::int64_t remaining = 0;
  std::int64_t full_in_seconds = 0;  // until all of it is there again
  std::int64_t retry_after_seconds = 0;
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

  /// Whose share of what is shared a request takes: the user's, else the address's.
  std::string taker() const {
    return caller.known() ? caller.id : "address " + std::string(request.client_address);
  }
  /// For a route that is `charged_late`: its handler calls this when it knows what the request costs.
  std::optional<Error> charge(RateRule rule) { return limits ? limits->charge(*this, rule) : std::nullopt; }

  const Request& request;
  Executor executor;  // of the connection's thread
  const Route* route = nullptr;
  PathParams params;
  std::string allow;  // the path's methods, for OPTIONS and 405
  Caller caller;
  const RateCharge* limits = nullptr;  // nullptr: there are none
  std::optional<RateVerdict> rate;
  std::shared_ptr<const void> held;  // until the answer, a socket or a stream too, is over
  std::string_view correlation_id;
  std::string new_correlation_id;
  std::chrono::steady_clock::time_point started;
};

}  // namespace papi::http
