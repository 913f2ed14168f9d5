#include "access/rate_rules.hpp"
#include "auth/auth_routes.hpp"
#include "platform/base/text.hpp"
#include "platform/http/query_reader.hpp"

namespace papi::auth {
namespace {

using http::Exchange;
using http::Response;

Response user_answer(const User& user, unsigned status = 200) {
  std::string json;
  JsonWriter out(json);
  out.open();
  write_user(out, user);
  out.close();
  return Response(std::move(json), status);
}

Result<UserQuery> read_query(const http::Request& request) {
  http::QueryReader parameters(request);
  UserQuery query;
  query.limit = parameters.integer("limit", max_page, 1, max_page);
  if (const auto cursor = parameters.text("cursor")) {
    const auto dot = std::min(cursor->find('.'), cursor->size());
    const auto time = parse_int(std::string_view(*cursor).substr(0, dot));
    if (!time || dot == cursor->size()) parameters.reject("cursor", "must be the next_cursor of an answer");
    query.after_created_at = time.value_or(0);
    query.after_id = cursor->substr(std::min(dot + 1, cursor->size()));
  }
  if (auto fault = parameters.fault()) return std::move(*fault);
  return query;
}

Task<Result<Response>> get_users(const AuthRouteDependencies& deps, Exchange& exchange) {
  CO_TRY(UserQuery query, read_query(exchange.request));
  CO_TRY(const UserPage page, co_await deps.users.users(std::move(query)));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.open_array("users");
  for (const User& user : page.users) {
    out.open();
    write_user(out, user);
    out.close();
  }
  out.close_array();
  out.field("total", page.total);
  if (page.more) {
    out.field("next_cursor", std::to_string(page.users.back().created_at) + "." + page.users.back().id);
  } else {
    out.raw_field("next_cursor", "null");
  }
  out.close();
  co_return Response(std::move(json));
}

Task<Result<Response>> get_user(const AuthRouteDependencies& deps, Exchange& exchange) {
  CO_TRY(const User user, co_await deps.users.user(exchange.params.values[0]));
  co_return user_answer(user);
}

Task<Result<Response>> post_user(const AuthRouteDependencies& deps, Exchange& exchange) {
  http::JsonBody body(exchange.request);
  NewAccount account = read_account(body, false);
  if (auto fault = body.fault()) co_return *fault;
  CO_TRY(const User user, co_await deps.users.create(actor_of(exchange), std::move(account)));
  co_return user_answer(user, 201);
}

Task<Result<Response>> patch_user(const AuthRouteDependencies& deps, Exchange& exchange) {
  const std::string& id = exchange.params.values[0];
  CO_TRY(const User before, co_await deps.users.user(id));
  http::JsonBody body(exchange.request);
  UserChange change;
  change.email = body.string("email");
  if (change.email) {
    if (const auto fault = email_fault(*change.email)) body.reject("email", *fault);
  }
  const auto role = body.string("role");
  if (role) {
    change.role = parse_role(*role);
    if (!change.role) body.reject("role", "must be admin, service, user or readonly");
  }
  change.active = body.boolean("is_active");
  if (auto password = body.string("password")) {
    change.password = Secret(std::move(*password));
    check_password(body, "password", *change.password, before.username);
  }
  if (auto fault = body.fault()) co_return *fault;
  CO_TRY(const User user, co_await deps.users.change(actor_of(exchange), id, std::move(change)));
  co_return user_answer(user);
}

Task<Result<Response>> delete_user(const AuthRouteDependencies& deps, Exchange& exchange) {
  auto done = co_await deps.users.remove(actor_of(exchange), exchange.params.values[0]);
  if (!done) co_return done.error();
  co_return said("The user, and their keys and tokens, are deleted");
}

}  // namespace

std::vector<http::Route> user_routes(const AuthRouteDependencies& deps) {
  using http::Method;
  std::vector<http::Route> routes;
  const auto add = [&](Method method, const char* path, const char* summary, AuthHandler handler) {
    routes.push_back({.method = method,
                      .path = path,
                      .permission = permission::admin,
                      .summary = summary,
                      .handler = handler_of(deps, handler),
                      .rate = rate_rule::strict});
  };
  add(Method::get, "/auth/users", "All users", get_users);
  routes.back().query = {"limit", "cursor"};
  add(Method::post, "/auth/users", "Make a user of any role", post_user);
  add(Method::get, "/auth/users/{id}", "One user", get_user);
  add(Method::patch, "/auth/users/{id}", "Change a user's email, role, password or state", patch_user);
  add(Method::del, "/auth/users/{id}", "Delete a user with keys and tokens", delete_user);
  return routes;
}

}  // namespace papi::auth
