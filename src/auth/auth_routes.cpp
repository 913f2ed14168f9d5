#include "auth/auth_routes.hpp"

#include "access/rate_rules.hpp"
#include "auth/password.hpp"

namespace papi::auth {
namespace {

using http::Exchange;
using http::Response;

constexpr std::size_t max_ticket_sessions = 100;

void write_tokens(JsonWriter& out, const TokenPair& pair) {
  out.field("access_token", pair.access.reveal());
  out.field("refresh_token", pair.refresh.reveal());
  out.field("token_type", "bearer");
  out.field("expires_in", std::chrono::floor<std::chrono::seconds>(pair.expires_in).count());
  out.open("user");
  write_user(out, pair.user);
  out.close();
}

Response token_answer(const TokenPair& pair) {
  std::string json;
  JsonWriter out(json);
  out.open();
  write_tokens(out, pair);
  out.close();
  return secret_answer(std::move(json));
}

Task<Result<Response>> post_register(const AuthRouteDependencies& deps, Exchange& exchange) {
  const bool by_admin = exchange.caller.may(permission::admin);
  if (!by_admin && !deps.options.allow_registration) {
    co_return Error(ErrorCode::insufficient_permissions,
                    "Registration is closed (ALLOW_REGISTRATION): ask an admin for an account");
  }
  if (!by_admin && deps.options.only_near_may_register && !exchange.request.from_near) {
    co_return Error(
        ErrorCode::insufficient_permissions,
        "In development registration is open to loopback and private addresses only: ask an admin "
        "for an account, or set ALLOW_REGISTRATION=true");
  }
  http::JsonBody body(exchange.request);
  NewAccount account = read_account(body, true);
  if (auto fault = body.fault()) co_return *fault;
  if (!by_admin && account.role != Role::user && account.role != Role::readonly) {
    co_return Error(ErrorCode::insufficient_permissions, "role: only an admin may grant one above user");
  }
  CO_TRY(const User user, co_await deps.users.create(actor_of(exchange), std::move(account)));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("status", "success");
  out.open("user");
  write_user(out, user);
  out.close();
  out.close();
  co_return Response(std::move(json), 201);
}

Task<Result<Response>> post_login(const AuthRouteDependencies& deps, Exchange& exchange) {
  http::JsonBody body(exchange.request);
  const bool by_code = body.has("code");
  auto code = body.string("code");
  auto username = body.string("username", !by_code);
  auto password = body.string("password", !by_code);
  for (const char* field : {"username", "password"}) {
    if (by_code && body.has(field)) body.reject(field, "give code, or username and password, not both");
  }
  if (auto fault = body.fault()) co_return *fault;
  if (by_code) {
    CO_TRY(const TokenPair pair, co_await deps.logins.login_with_code(actor_of(exchange), Secret(*code)));
    co_return token_answer(pair);
  }
  CO_TRY(const TokenPair pair,
         co_await deps.logins.login(actor_of(exchange), std::move(*username), Secret(std::move(*password))));
  co_return token_answer(pair);
}

Task<Result<Response>> post_refresh(const AuthRouteDependencies& deps, Exchange& exchange) {
  http::JsonBody body(exchange.request);
  auto token = body.string("refresh_token", true);
  if (auto fault = body.fault()) co_return *fault;
  CO_TRY(const TokenPair pair, co_await deps.tokens.refresh(actor_of(exchange), Secret(std::move(*token))));
  co_return token_answer(pair);
}

Task<Result<Response>> post_logout(const AuthRouteDependencies& deps, Exchange& exchange) {
  auto done = co_await deps.tokens.logout(actor_of(exchange));
  if (!done) co_return done.error();
  co_return said("Logged out: the tokens of this login no longer work");
}

Task<Result<Response>> get_me(const AuthRouteDependencies& deps, Exchange& exchange) {
  const http::Caller& caller = exchange.caller;
  const auto snapshot = deps.cache.current();
  const auto user = snapshot->user(caller.id);
  if (!user) co_return Error(ErrorCode::authentication_failed, "The user is no longer known");
  std::string json;
  JsonWriter out(json);
  out.open();
  write_user(out, *user);
  out.field("authenticated_by", caller.key_id.empty() ? "token" : "api_key");
  if (const auto key = snapshot->key_by_id(caller.key_id)) {
    out.open("api_key");
    out.field("id", key->key.id);
    out.field("name", key->key.name);
    write_permissions(out, caller.permissions);
    out.close();
  }
  out.close();
  co_return Response(std::move(json));
}

Task<Result<Response>> post_password(const AuthRouteDependencies& deps, Exchange& exchange) {
  http::JsonBody body(exchange.request);
  auto old_one = body.string("current_password", true);
  auto new_one = body.string("new_password", true);
  if (new_one) check_password(body, "new_password", Secret(*new_one), exchange.caller.username);
  if (auto fault = body.fault()) co_return *fault;
  auto done = co_await deps.logins.change_own_password(actor_of(exchange), Secret(std::move(*old_one)),
                                                       Secret(std::move(*new_one)));
  if (!done) co_return done.error();
  co_return said("Password changed: log in again with the new one");
}

Task<Result<Response>> post_ticket(const AuthRouteDependencies& deps, Exchange& exchange) {
  http::JsonBody body(exchange.request);
  const auto given = body.strings("session_ids", 1, max_ticket_sessions, false);
  std::vector<std::string> session_ids;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!given[i]) continue;
    if (given[i]->empty() || given[i]->size() > 128)
      body.reject("session_ids[" + std::to_string(i) + "]", "must have 1 to 128 characters");
    session_ids.push_back(*given[i]);
  }
  if (auto fault = body.fault()) co_return *fault;
  for (const std::string& id : session_ids) {
    if (exchange.caller.scope && !exchange.caller.scope->names(id)) {
      co_return Error(ErrorCode::insufficient_permissions,
                      "session_ids: this credential does not name the session '" + id + "'");
    }
  }
  const auto ticket = deps.tickets.issue(exchange.caller, session_ids);
  if (!ticket) {
    co_return retry_later(ErrorCode::unavailable,
                          "Too many tickets are open: use them, or wait until they expire",
                          Tickets::lifetime);
  }
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("ticket", *ticket);
  out.field("expires_in", Tickets::lifetime.count());
  out.field("expires_at",
            rfc3339(deps.clock.now_ms() + std::chrono::milliseconds(Tickets::lifetime).count()));
  out.texts_field("session_ids", session_ids);
  out.close();
  co_return secret_answer(std::move(json), 201);
}

}  // namespace

http::TaskHandler handler_of(const AuthRouteDependencies& deps, AuthHandler handler) {
  return [deps, handler](Exchange& exchange) { return handler(deps, exchange); };
}

void write_permissions(JsonWriter& out, PermissionSet permissions) {
  out.texts_field("permissions", names_of(permissions));
}

void write_user(JsonWriter& out, const User& user) {
  out.field("id", user.id);
  out.field("username", user.username);
  if (!user.from_environment) out.field("email", user.email);
  out.field("role", to_string(user.role));
  write_permissions(out, user.permissions);
  out.field("is_active", user.active);
  if (user.from_environment) return;
  out.field("created_at", rfc3339(user.created_at));
  if (user.last_login_at > 0) out.field("last_login_at", rfc3339(user.last_login_at));
}

void write_last_used(JsonWriter& out, UnixMs last_used) {
  if (last_used > 0) {
    out.field("last_used", rfc3339(last_used));
  } else {
    out.raw_field("last_used", "null");
  }
}

void write_next_cursor(JsonWriter& out, const std::optional<std::int64_t>& next) {
  if (next) {
    out.field("next_cursor", std::to_string(*next));
  } else {
    out.raw_field("next_cursor", "null");
  }
}

Response said(std::string_view message) {
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("status", "success");
  out.field("message", message);
  out.close();
  return Response(std::move(json));
}

Response secret_answer(std::string json, unsigned status) {
  Response response(std::move(json), status);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Result<std::shared_ptr<const User>> asked_user(const AuthRouteDependencies& deps, const Exchange& exchange,
                                               std::string_view what) {
  const auto asked = exchange.request.query_value("user");
  if (!asked) return std::shared_ptr<const User>();
  if (!exchange.caller.may(permission::admin)) {
    return Error(ErrorCode::insufficient_permissions,
                 "user: only an admin may ask for another's " + std::string(what));
  }
  const auto snapshot = deps.cache.current();
  auto user = snapshot->user(*asked);
  if (!user) user = snapshot->user_called(*asked);
  if (!user) return Error(ErrorCode::not_found, "There is no user of that name or id");
  return user;
}

void check_password(http::JsonBody& body, std::string_view field, const Secret& password,
                    std::string_view username) {
  if (const auto fault = password_fault(password, username)) body.reject(field, *fault);
}

NewAccount read_account(http::JsonBody& body, bool email_required) {
  NewAccount account;
  const auto username = body.string("username", true);
  const auto email = body.string("email", email_required);
  const auto password = body.string("password", true);
  const auto role = body.string("role");
  if (username) {
    if (const auto fault = username_fault(*username)) body.reject("username", *fault);
    account.username = *username;
  }
  if (email) {
    if (const auto fault = email_fault(*email)) body.reject("email", *fault);
    account.email = *email;
  }
  if (password) {
    account.password = Secret(*password);
    check_password(body, "password", account.password, account.username);
  }
  if (role) {
    const auto parsed = parse_role(*role);
    if (!parsed) body.reject("role", "must be admin, service, user or readonly");
    account.role = parsed.value_or(Role::user);
  }
  return account;
}

std::vector<http::Route> login_routes(const AuthRouteDependencies& deps) {
  using http::Method;
  std::vector<http::Route> routes;
  routes.push_back({.method = Method::post,
                    .path = "/auth/register",
                    .permission = Permission::none,
                    .summary = "Make an account",
                    .handler = handler_of(deps, post_register),
                    .rate = rate_rule::auth,
                    .optional_auth = true});
  routes.push_back({.method = Method::post,
                    .path = "/auth/login",
                    .permission = Permission::none,
                    .summary = "Tokens for a username and password, or for a sign-in code",
                    .handler = handler_of(deps, post_login),
                    .rate = rate_rule::auth});
  routes.push_back({.method = Method::post,
                    .path = "/auth/refresh",
                    .permission = Permission::none,
                    .summary = "New tokens for a refresh token",
                    .handler = handler_of(deps, post_refresh),
                    .rate = rate_rule::auth});
  routes.push_back({.method = Method::post,
                    .path = "/auth/logout",
                    .permission = Permission::authenticated,
                    .summary = "End this login's tokens",
                    .handler = handler_of(deps, post_logout),
                    .rate = rate_rule::api});
  routes.push_back({.method = Method::get,
                    .path = "/auth/me",
                    .permission = Permission::authenticated,
                    .summary = "Who is calling",
                    .handler = handler_of(deps, get_me),
                    .rate = rate_rule::api});
  routes.push_back({.method = Method::post,
                    .path = "/auth/password",
                    .permission = Permission::authenticated,
                    .summary = "Change one's own password",
                    .handler = handler_of(deps, post_password),
                    .rate = rate_rule::auth});
  routes.push_back({.method = Method::post,
                    .path = "/auth/tickets",
                    .permission = permission::read,
                    .summary = "A ticket for a socket, a stream or a picture",
                    .handler = handler_of(deps, post_ticket),
                    .rate = rate_rule::api,
                    .scoped_credentials = true});
  return routes;
}

std::vector<http::Route> auth_routes(const AuthRouteDependencies& deps) {
  std::vector<http::Route> all;
  for (auto* make : {login_routes, key_routes, stream_token_routes, user_routes, audit_routes}) {
    for (auto& route : make(deps)) all.push_back(std::move(route));
  }
  return all;
}

}  // namespace papi::auth
