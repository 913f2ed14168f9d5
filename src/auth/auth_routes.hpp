#pragma once

#include <functional>
#include <vector>

#include "access/quotas.hpp"
#include "auth/account_cache.hpp"
#include "auth/account_options.hpp"
#include "auth/key_service.hpp"
#include "auth/login_service.hpp"
#include "auth/rate_limit.hpp"
#include "auth/stream_token_service.hpp"
#include "auth/token_service.hpp"
#include "auth/user_service.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/http/json_body.hpp"
#include "platform/http/route_table.hpp"

namespace papi::auth {

/// Whether the caller may read the session of that id now.
using MayRead = std::function<Task<bool>(const http::Caller& caller, const std::string& session_id)>;

struct AuthRouteDependencies {
  LoginService& logins;
  TokenService& tokens;
  UserService& users;
  KeyService& keys;
  StreamTokenService& stream_tokens;
  const AccountCache& cache;
  const AccountOptions& options;
  Tickets& tickets;
  AuditTrail& audit;
  const TokenBuckets& buckets;
  const quota::SocketQuota& sockets;
  const RateLimits& limits;
  const Clock& clock;
  EventTypeBit event_type_bit;
  MayRead may_read;
};

/// All routes under /auth, and those under /monitoring that show the audit trail and the rate limits.
std::vector<http::Route> auth_routes(const AuthRouteDependencies& deps);

// The parts of auth_routes(). Each part has its own file.
/// Login and logout, the caller's own account, and tickets (auth_routes.cpp).
std::vector<http::Route> login_routes(const AuthRouteDependencies& deps);
std::vector<http::Route> key_routes(const AuthRouteDependencies& deps);
std::vector<http::Route> stream_token_routes(const AuthRouteDependencies& deps);
std::vector<http::Route> user_routes(const AuthRouteDependencies& deps);
std::vector<http::Route> audit_routes(const AuthRouteDependencies& deps);

/// The largest number of users, keys or stream tokens in one answer. The next page is read with the answer's
/// `next_cursor`.
constexpr std::int64_t max_page = 1'000;

using AuthHandler = Task<Result<http::Response>> (*)(const AuthRouteDependencies&, http::Exchange&);
http::TaskHandler handler_of(const AuthRouteDependencies& deps, AuthHandler handler);

/// Writes the members of a user, without any hash.
void write_user(JsonWriter& out, const User& user);
void write_permissions(JsonWriter& out, PermissionSet permissions);
/// Writes the time, or null if it is 0.
void write_last_used(JsonWriter& out, UnixMs last_used);
/// Writes the cursor of the next page, or null if this is the last page.
void write_next_cursor(JsonWriter& out, const std::optional<std::int64_t>& next);
/// An answer with `status` and `message` only.
http::Response said(std::string_view message);
/// An answer that contains secrets must not be cached (RFC 6749 §5.1).
http::Response secret_answer(std::string json, unsigned status = 200);

/// Returns the user that `?user=` names by id or name, or nullptr if the request names none. Only an admin
/// may name one. `what`: what is asked for, as in "another's keys".
Result<std::shared_ptr<const User>> asked_user(const AuthRouteDependencies& deps,
                                               const http::Exchange& exchange, std::string_view what);

/// Reads the fields of a new account from a body. Each fault is reported under the name of its field.
NewAccount read_account(http::JsonBody& body, bool email_required);
void check_password(http::JsonBody& body, std::string_view field, const Secret& password,
                    std::string_view username);

}  // namespace papi::auth
