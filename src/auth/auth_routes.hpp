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

/// The largest number of users or keys in one answer. The next page is read with the answer's `next_cursor`.
constexpr std::int64_t max_page = 1'000;

using AuthHandler = Task<Result<http::Response>> (*)(const AuthRouteDependencies&, http::Exchange&);
http::TaskHandler handler_of(const AuthRouteDependencies& deps, AuthHandler handler);

/// Writes the members of a user, without any hash.
void write_user(JsonWriter& out, const User& user);
void write_permissions(JsonWriter& out, PermissionSet permissions);
/// An answer with `status` and `message` only.
http::Response said(std::string_view message);

/// Reads the fields of a new account from a body. Each fault is reported under the name of its field.
NewAccount read_account(http::JsonBody& body, bool email_required);
void check_password(http::JsonBody& body, std::string_view field, const Secret& password,
                    std::string_view username);

}  // namespace papi::auth
