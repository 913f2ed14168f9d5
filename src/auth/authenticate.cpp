#include "auth/authenticate.hpp"

#include <algorithm>

#include "auth/address_bucket.hpp"
#include "auth/authorization_guards.hpp"
#include "auth/bootstrap.hpp"
#include "auth/rate_limit.hpp"
#include "auth/stream_token_scope.hpp"
#include "platform/base/sha256.hpp"
#include "platform/base/text.hpp"
#include "platform/http/route_table.hpp"

namespace papi::auth {
namespace {

http::Caller caller_of(const User& user, PermissionSet permissions, bool share_sessions) {
  http::Caller caller;
  caller.id = user.id;
  caller.username = user.username;
  caller.role = to_string(user.role);
  caller.permissions = permissions;
  caller.all_objects = share_sessions || caller.may(permission::admin);
  return caller;
}

/// Returns the token of `Authorization: Bearer …`. Returns nullopt for another scheme: such a credential is
/// for another server, such as a proxy in front of this one, and does not identify the caller.
std::optional<std::string> bearer_token(const http::Request& request) {
  for (const http::Header& header : request.headers) {
    if (!equals_ignoring_case(header.name, "authorization")) continue;
    const std::string_view value = trim(header.value);
    const std::size_t end = std::min(value.find(' '), value.size());
    if (equals_ignoring_case(value.substr(0, end), "bearer")) return std::string(trim(value.substr(end)));
  }
  return std::nullopt;
}

}  // namespace

Actor actor_of(const http::Exchange& exchange) {
  const http::Caller& caller = exchange.caller;
  Actor actor;
  actor.user_id = caller.id;
  actor.username = caller.username;
  actor.permissions = caller.permissions;
  actor.key_id = caller.key_id;
  actor.token_id = caller.token_id;
  actor.client_address = exchange.request.client_address;
  actor.near = exchange.request.from_near;
  actor.endpoint = exchange.route ? exchange.route->endpoint : "unmatched";
  actor.correlation_id = exchange.correlation_id;
  return actor;
}

Authenticate::Credential Authenticate::find(const http::Exchange& exchange) {
  const http::Request& request = exchange.request;
  if (const auto key = request.header("x-api-key"); !key.empty()) return {Kind::key, std::string(key)};
  if (auto token = bearer_token(request)) return {Kind::token, std::move(*token)};
  if (!exchange.route->websocket && !exchange.route->query_credentials) return {};
  constexpr std::pair<std::string_view, Kind> names[] = {
      {"ticket", Kind::ticket}, {"api_key", Kind::key}, {"token", Kind::token}};
  for (const auto& [name, kind] : names) {
    if (auto value = request.query_value(name); value && !value->empty()) return {kind, std::move(*value)};
  }
  return {};
}

std::optional<Error> Authenticate::enter(http::Exchange& exchange) const {
  const http::Route* route = exchange.route;
  if (!route || (route->permission == Permission::none && !route->optional_auth)) return std::nullopt;
  const Credential credential = find(exchange);
  if (credential.kind == Kind::none) return std::nullopt;  // Authorize refuses unknown callers
  Verdict verdict = recognise(credential, exchange);
  if (verdict.caller) {
    exchange.caller = std::move(*verdict.caller);
    return std::nullopt;
  }
  if (deps_.failures.requests > 0) {
    const std::string bucket = "failures " + address_bucket(exchange.request.client_address);
    const auto taken = deps_.buckets.take(bucket, deps_.failures, deps_.clock.steady());
    if (!taken.allowed) return refuse_rate(exchange, taken, deps_.failures, rate_rule::auth, deps_);
  }
  deps_.audit.refused(actor_of(exchange), "", std::move(verdict.reason));
  return Error(ErrorCode::authentication_failed, std::string(verdict.answer));
}

Authenticate::Verdict Authenticate::recognise(const Credential& credential,
                                              const http::Exchange& exchange) const {
  if (credential.kind == Kind::key) return by_key(credential.text, exchange);
  if (credential.kind == Kind::token && credential.text.starts_with(stream_token_prefix))
    return by_stream_token(credential.text, exchange);
  if (credential.kind == Kind::token) return by_token(credential.text, exchange);
  return by_ticket(credential.text, exchange);
}

Authenticate::Verdict Authenticate::by_key(const std::string& key, const http::Exchange& exchange) const {
  // The key is looked up by its hash, so the duration of the look-up reveals nothing about the key.
  const auto known = deps_.cache.current()->key_by_hash(sha256_hex(key));
  const UnixMs now = deps_.clock.now_ms();
  constexpr std::string_view answer = "Invalid API key";
  if (!known) return {std::nullopt, answer, "unknown or revoked API key"};
  if (!known->valid_at(now)) {
    const bool owner_active = known->owner->active;
    return {std::nullopt, answer, owner_active ? "expired API key" : "API key of a disabled user"};
  }
  if (key == known_key && !exchange.request.from_near) {
    constexpr std::string_view far =
        "This key is known to everybody and accepted from loopback and private addresses only: set API_KEY";
    return {std::nullopt, far, "the development key, from a public address or through an untrusted proxy"};
  }
  options_.keys_used.used(*known, now);
  http::Caller caller = caller_of(*known->owner, known->permissions(), options_.share_sessions);
  caller.key_id = known->key.id;
  caller.credential = "key";
  caller.guard = std::make_shared<KeyGuard>(deps_.cache, deps_.clock, known->key.id,
                                            exchange.route->permission, sees_all_as_admin(caller));
  return {std::move(caller), {}, {}};
}

Authenticate::Verdict Authenticate::by_token(const std::string& token, const http::Exchange& exchange) const {
  constexpr std::string_view answer = "Invalid or expired token";
  const auto claims = deps_.signer.verify(token, TokenType::access, deps_.clock.now_ms());
  if (!claims) return {std::nullopt, answer, "token: " + claims.error().message};
  const auto snapshot = deps_.cache.current();
  const auto user = snapshot->user(claims->subject);
  if (!user || user->from_environment) return {std::nullopt, answer, "token: unknown user"};
  if (!user->active) return {std::nullopt, answer, "token: disabled user"};
  if (snapshot->is_revoked(claims->family())) return {std::nullopt, answer, "token: revoked"};
  // Uses the role and permissions of the user now, not those of the time when the token was made.
  http::Caller caller = caller_of(*user, user->permissions, options_.share_sessions);
  caller.token_id = claims->id;
  caller.credential = "token";
  caller.guard = std::make_shared<TokenGuard>(deps_.cache, deps_.clock, *claims, exchange.route->permission,
                                              sees_all_as_admin(caller));
  return {std::move(caller), {}, {}};
}

Authenticate::Verdict Authenticate::by_stream_token(const std::string& token,
                                                    const http::Exchange& exchange) const {
  constexpr std::string_view answer = "Invalid or expired stream token";
  const auto known = deps_.cache.current()->stream_token_by_hash(sha256_hex(token));
  const UnixMs now = deps_.clock.now_ms();
  if (!known) return {std::nullopt, answer, "unknown or revoked stream token"};
  if (!known->valid_at(now)) {
    const bool owner_active = known->owner->active;
    return {std::nullopt, answer, owner_active ? "expired stream token" : "stream token of a disabled user"};
  }
  options_.stream_tokens_used.used(*known, now);
  // The caller sees what the maker of the token sees, and only reads.
  http::Caller caller = caller_of(*known->owner, known->permissions(), options_.share_sessions);
  const bool as_admin = sees_all_as_admin(caller);
  caller.permissions &= bit_of(permission::read);
  caller.key_id = known->token.maker_id;
  caller.credential = "stream_token";
  caller.scope = scope_of(known->token, options_.event_type_bit);
  caller.guard = std::make_shared<StreamTokenGuard>(deps_.cache, deps_.clock, known->token.id,
                                                    exchange.route->permission, as_admin);
  return {std::move(caller), {}, {}};
}

Authenticate::Verdict Authenticate::by_ticket(const std::string& ticket,
                                              const http::Exchange& exchange) const {
  constexpr std::string_view answer =
      "Invalid ticket: it works once, for 60 seconds, for pictures and the sessions it names";
  constexpr std::string_view spent =
      "This ticket was used: each works once. Get another for every connection (POST /auth/tickets)";
  auto redeemed = deps_.tickets.redeem(ticket);
  if (!redeemed && deps_.tickets.was_used(ticket)) return {std::nullopt, spent, "ticket: used before"};
  if (!redeemed) return {std::nullopt, answer, "ticket: unknown or expired"};
  const http::Route& route = *exchange.route;
  const auto& ids = redeemed->session_ids;
  const bool named =
      exchange.params.count > 0 && std::find(ids.begin(), ids.end(), exchange.params.values[0]) != ids.end();
  // A route that accepts a credential in its query and has no session serves a picture, for an <img>.
  const bool picture = !route.session_scoped && !route.websocket && route.query_credentials;
  if (!picture && !(route.session_scoped && named))
    return {std::nullopt, answer, "ticket: of another session"};
  const std::string_view withdrawn = "ticket: its owner's credentials were withdrawn";
  if (!redeemed->caller.guard) return {std::nullopt, answer, std::string(withdrawn)};
  // The permissions of the ticket's owner are checked now, for this route and not for the route that issued
  // the ticket. If the permission is missing, Authorize refuses the request. The ticket itself is valid.
  if (redeemed->caller.may(exchange.route->permission))
    redeemed->caller.guard = redeemed->caller.guard->for_permission(exchange.route->permission);
  if (!redeemed->caller.guard->still_valid()) return {std::nullopt, answer, std::string(withdrawn)};
  redeemed->caller.credential = "ticket";
  return {std::move(redeemed->caller), {}, {}};
}

}  // namespace papi::auth
