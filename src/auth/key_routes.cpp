#include "access/rate_rules.hpp"
#include "auth/auth_routes.hpp"
#include "platform/http/query_reader.hpp"

namespace papi::auth {
namespace {

using http::Exchange;
using http::Response;

constexpr std::int64_t max_days = 3'650;

/// Returns the owner of the keys: the caller, or, for an admin, the user that `?user=` names.
Result<std::shared_ptr<const User>> owner_of(const AuthRouteDependencies& deps, const Exchange& exchange) {
  auto owner = asked_user(deps, exchange, "keys");
  if (!owner || *owner) return owner;
  auto me = deps.cache.current()->user(exchange.caller.id);
  if (!me) return Error(ErrorCode::authentication_failed, "The user is no longer known");
  return me;
}

/// `works`: the key is valid, and so are its owner and the key that created it.
void write_key(JsonWriter& out, const ApiKey& key, const User* owner, bool works) {
  out.field("id", key.id);
  out.field("user_id", key.user_id);
  if (owner) out.field("username", owner->username);
  out.field("name", key.name);
  out.field("preview", key.preview);
  write_permissions(out, key.permissions);
  out.field("created_at", rfc3339(key.created_at));
  out.field("expires_at", rfc3339(key.expires_at));
  write_last_used(out, key.last_used);
  out.field("is_active", works);
}

Task<Result<Response>> get_keys(const AuthRouteDependencies& deps, Exchange& exchange) {
  http::QueryReader parameters(exchange.request);
  KeyQuery query;
  query.limit = parameters.integer("limit", max_page, 1, max_page);
  query.before = parameters.integer("cursor", query.before, 1, query.before);
  if (auto fault = parameters.fault()) co_return *fault;
  const bool narrowed = exchange.request.query_value("user").has_value();
  if (narrowed || !exchange.caller.may(permission::admin)) {
    CO_TRY(const std::shared_ptr<const User> owner, owner_of(deps, exchange));
    query.user_id = owner->id;
  }
  CO_TRY(KeyPage page, co_await deps.keys.keys(std::move(query)));
  const auto snapshot = deps.cache.current();
  const UnixMs now = deps.clock.now_ms();
  std::string json;
  JsonWriter out(json);
  out.open();
  out.open_array("keys");
  for (ApiKey& key : page.keys) {
    out.open();
    const auto known = snapshot->key_by_id(key.id);
    if (known) key.expires_at = known->key.expires_at;  // may be earlier: that of the key that created it
    write_key(out, key, snapshot->user(key.user_id).get(), known && known->valid_at(now));
    out.close();
  }
  out.close_array();
  out.field("total", page.total);
  write_next_cursor(out, page.next);
  out.close();
  co_return Response(std::move(json));
}

Result<NewKey> read_key(const http::Request& request) {
  http::JsonBody body(request);
  NewKey key;
  key.name = body.string("name").value_or("API key");
  if (const auto fault = key_name_fault(key.name)) body.reject("name", *fault);
  const bool listed = body.has("permissions");
  const auto names = body.strings("permissions", 1, 8, false);
  PermissionSet permissions = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i]) continue;
    const auto known = parse_permission(*names[i]);
    if (!known) {
      body.reject("permissions[" + std::to_string(i) + "]", "must be read, write, connect, admin or *");
    } else {
      permissions |= *known;
    }
  }
  if (listed) key.permissions = permissions;
  if (const auto days = body.integer("expires_in_days", 1, max_days)) key.lifetime = std::chrono::days(*days);
  if (auto fault = body.fault()) return std::move(*fault);
  return key;
}

Task<Result<Response>> post_key(const AuthRouteDependencies& deps, Exchange& exchange) {
  CO_TRY(NewKey wanted, read_key(exchange.request));
  CO_TRY(const std::shared_ptr<const User> owner, owner_of(deps, exchange));
  CO_TRY(const MadeKey made, co_await deps.keys.make(actor_of(exchange), *owner, std::move(wanted)));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("status", "success");
  out.field("api_key", made.secret.reveal());
  write_key(out, made.key, owner.get(), true);
  out.field("message", "This is the only time that the key is shown");
  out.close();
  co_return secret_answer(std::move(json), 201);
}

Task<Result<Response>> delete_key(const AuthRouteDependencies& deps, Exchange& exchange) {
  auto done = co_await deps.keys.revoke(actor_of(exchange), exchange.params.values[0]);
  if (!done) co_return done.error();
  co_return said("The key no longer works");
}

Task<Result<Response>> post_revoke(const AuthRouteDependencies& deps, Exchange& exchange) {
  http::JsonBody body(exchange.request);
  const auto id = body.string("key_id", true);
  if (auto fault = body.fault()) co_return *fault;
  auto done = co_await deps.keys.revoke(actor_of(exchange), *id);
  if (!done) co_return done.error();
  co_return said("The key no longer works");
}

}  // namespace

std::vector<http::Route> key_routes(const AuthRouteDependencies& deps) {
  using http::Method;
  std::vector<http::Route> routes;
  const auto add = [&](Method method, const char* path, const char* summary, AuthHandler handler) {
    // Otherwise new keys could be used to get around the rate limits.
    const http::RateRule rule = method == Method::post ? rate_rule::auth : rate_rule::api;
    routes.push_back({.method = method,
                      .path = path,
                      .permission = Permission::authenticated,
                      .summary = summary,
                      .handler = handler_of(deps, handler),
                      .rate = rule});
  };
  add(Method::get, "/auth/api-keys", "One's keys, or for an admin all, without the secrets", get_keys);
  add(Method::post, "/auth/api-keys", "Make a key; it is shown once", post_key);
  add(Method::post, "/auth/api-keys/generate", "Make a key; it is shown once", post_key);
  for (auto& route : routes) route.query = {"user"};
  routes.front().query = {"user", "limit", "cursor"};
  add(Method::post, "/auth/api-keys/revoke", "End a key", post_revoke);
  add(Method::del, "/auth/api-keys/{id}", "End a key", delete_key);
  return routes;
}

}  // namespace papi::auth
