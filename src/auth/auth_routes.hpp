#pragma once

#include <vector>

#include "auth/account_service.hpp"
#include "auth/open_sockets.hpp"
#include "auth/rate_limit.hpp"
#include "auth/tickets.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/http/json_body.hpp"
#include "platform/http/route_table.hpp"

namespace papi::auth {

struct AuthRouteParts {
  AccountService& accounts;
  Tickets& tickets;
  AuditTrail& audit;
  const TokenBuckets& buckets;
  const OpenSockets& sockets;
  const RateLimits& limits;
  const Clock& clock;
};

/// Everything under /auth, and what the record and the limits say under /monitoring.
std::vector<http::Route> auth_routes(const AuthRouteParts& parts);

// The parts of them, a file each.
/// Log in and out, one's own account, tickets (auth_routes.cpp).
std::vector<http::Route> login_routes(const AuthRouteParts& parts);
std::vector<http::Route> key_routes(const AuthRouteParts& parts);
std::vector<http::Route> user_routes(const AuthRouteParts& parts);
std::vector<http::Route> audit_routes(const AuthRouteParts& parts);

/// Users or keys in one answer; `next_cursor` leads on.
constexpr std::int64_t max_page = 1'000;

using AuthHandler = Task<Result<http::Response>> (*)(const AuthRouteParts&, http::Exchange&);
http::TaskHandler handler_of(const AuthRouteParts& parts, AuthHandler handler);

/// The members of a user: never a hash.
void write_user(JsonWriter& out, const User& user);
void write_permissions(JsonWriter& out, PermissionSet permissions);
/// `status` and `message` and nothing else.
http::Response said(std::string_view message);

/// A new account's fields out of a body, with every fault under its name.
NewAccount read_account(http::JsonBody& body, bool email_required);
void check_password(http::JsonBody& body, std::string_view field, const Secret& password,
                    std::string_view username);

}  // namespace papi::auth
