#include <algorithm>

#include "access/rate_rules.hpp"
#include "auth/auth_routes.hpp"
#include "auth/stream_token_scope.hpp"
#include "platform/http/query_reader.hpp"

namespace papi::auth {
namespace {

using http::Exchange;
using http::Response;

/// `works`: the token is valid, and so are its user and the key that made it.
void write_stream_token(JsonWriter& out, const AuthRouteDependencies& deps, const StreamToken& token,
                        const User* owner, bool works) {
  out.field("id", token.id);
  out.field("user_id", token.user_id);
  if (owner) out.field("username", owner->username);
  out.field("name", token.name);
  out.field("preview", token.preview);
  out.texts_field("sessions", token.sessions);
  out.texts_field("types", token.types);
  out.texts_field("origins", token.origins);
  out.field("created_at", rfc3339(token.created_at));
  out.field("expires_at", rfc3339(token.expires_at));
  write_last_used(out, token.last_used);
  out.field("open_readers", deps.sockets.count_of(token.id));
  out.field("is_active", works);
}

/// Returns the id of the user whose tokens are asked for: the caller's, or, for an admin, the one that
/// `?user=` names, or an empty text for all.
Result<std::string> listed_user(const AuthRouteDependencies& deps, const Exchange& exchange) {
  TRY(const std::shared_ptr<const User> asked, asked_user(deps, exchange, "stream tokens"));
  if (asked) return asked->id;
  return exchange.caller.may(permission::admin) ? std::string() : exchange.caller.id;
}

Task<Result<Response>> get_stream_tokens(const AuthRouteDependencies& deps, Exchange& exchange) {
  http::QueryReader parameters(exchange.request);
  StreamTokenQuery query;
  query.limit = parameters.integer("limit", max_page, 1, max_page);
  query.before = parameters.integer("cursor", query.before, 1, query.before);
  if (auto fault = parameters.fault()) co_return *fault;
  CO_TRY(query.user_id, listed_user(deps, exchange));
  CO_TRY(StreamTokenPage page, co_await deps.stream_tokens.tokens(std::move(query)));
  const auto snapshot = deps.cache.current();
  const UnixMs now = deps.clock.now_ms();
  std::string json;
  JsonWriter out(json);
  out.open();
  out.open_array("stream_tokens");
  for (StreamToken& token : page.tokens) {
    out.open();
    const auto known = snapshot->stream_token_by_id(token.id);
    if (known) token.expires_at = known->token.expires_at;  // may be earlier: that of the key that made it
    write_stream_token(out, deps, token, snapshot->user(token.user_id).get(), known && known->valid_at(now));
    out.close();
  }
  out.close_array();
  out.field("total", page.total);
  out.field("limit", deps.stream_tokens.limit());
  write_next_cursor(out, page.next);
  out.close();
  co_return Response(std::move(json));
}

using FaultOf = std::optional<std::string> (*)(const AuthRouteDependencies&, std::string_view);

/// Reads an array of texts, each of which has no fault. Leaves out repetitions.
std::vector<std::string> read_list(http::JsonBody& body, const AuthRouteDependencies& deps,
                                   std::string_view name, std::size_t most, bool required, FaultOf fault_of) {
  std::vector<std::string> texts;
  const auto given = body.strings(name, 1, most, required);
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!given[i]) continue;
    if (const auto fault = fault_of(deps, *given[i]))
      body.reject(std::string(name) + "[" + std::to_string(i) + "]", *fault);
    if (std::find(texts.begin(), texts.end(), *given[i]) == texts.end()) texts.push_back(*given[i]);
  }
  return texts;
}

std::optional<std::string> session_fault(const AuthRouteDependencies&, std::string_view id) {
  return token_session_fault(id);
}
std::optional<std::string> type_fault(const AuthRouteDependencies& deps, std::string_view type) {
  if (deps.event_type_bit(type)) return std::nullopt;
  return "is not an event type";
}
std::optional<std::string> origin_fault(const AuthRouteDependencies&, std::string_view origin) {
  return token_origin_fault(origin);
}

Result<NewStreamToken> read_stream_token(const AuthRouteDependencies& deps, const http::Request& request) {
  http::JsonBody body(request);
  NewStreamToken wanted;
  const auto name = body.string("name", true);
  if (name) {
    wanted.name = *name;
    if (const auto fault = key_name_fault(*name)) body.reject("name", *fault);
  }
  wanted.sessions = read_list(body, deps, "sessions", max_token_sessions, true, session_fault);
  wanted.types = read_list(body, deps, "types", max_token_types, false, type_fault);
  wanted.origins = read_list(body, deps, "origins", max_token_origins, false, origin_fault);
  if (const auto seconds = body.integer("expires_in_seconds", shortest_token.count(), longest_token.count()))
    wanted.lifetime = std::chrono::seconds(*seconds);
  if (auto fault = body.fault()) return std::move(*fault);
  return wanted;
}

Task<Result<Response>> post_stream_token(const AuthRouteDependencies& deps, Exchange& exchange) {
  CO_TRY(NewStreamToken wanted, read_stream_token(deps, exchange.request));
  const auto owner = deps.cache.current()->user(exchange.caller.id);
  if (!owner) co_return Error(ErrorCode::authentication_failed, "The user is no longer known");
  for (const std::string& id : wanted.sessions) {
    const bool readable = co_await deps.may_read(exchange.caller, id);
    if (!readable) {
      Error error(ErrorCode::not_found, "sessions: there is no session '" + id + "' that you may read");
      error.edit().field = "sessions";
      co_return error;
    }
  }
  CO_TRY(const MadeStreamToken made,
         co_await deps.stream_tokens.make(actor_of(exchange), *owner, std::move(wanted)));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("status", "success");
  out.field("token", made.secret.reveal());
  out.open("stream_token");
  write_stream_token(out, deps, made.token, owner.get(), true);
  out.close();
  out.field("message", "This is the only time that the token is shown");
  out.close();
  co_return secret_answer(std::move(json), 201);
}

Task<Result<Response>> delete_stream_token(const AuthRouteDependencies& deps, Exchange& exchange) {
  auto done = co_await deps.stream_tokens.revoke(actor_of(exchange), exchange.params.values[0]);
  if (!done) co_return done.error();
  co_return said("The stream token no longer works");
}

}  // namespace

std::vector<http::Route> stream_token_routes(const AuthRouteDependencies& deps) {
  using http::Method;
  std::vector<http::Route> routes;
  routes.push_back({.method = Method::get,
                    .path = "/auth/stream-tokens",
                    .permission = permission::read,
                    .summary = "One's stream tokens, or for an admin all, without the secrets",
                    .handler = handler_of(deps, get_stream_tokens),
                    .rate = rate_rule::api,
                    .query = {"user", "limit", "cursor"}});
  // Otherwise new tokens could be used to get around the rate limits.
  routes.push_back(
      {.method = Method::post,
       .path = "/auth/stream-tokens",
       .permission = permission::read,
       .summary = "Make a token that reads some sessions, for a page or an overlay; it is shown once",
       .handler = handler_of(deps, post_stream_token),
       .rate = rate_rule::auth});
  routes.push_back({.method = Method::del,
                    .path = "/auth/stream-tokens/{id}",
                    .permission = permission::read,
                    .summary = "End a stream token; what it has open is closed",
                    .handler = handler_of(deps, delete_stream_token),
                    .rate = rate_rule::api});
  return routes;
}

}  // namespace papi::auth
