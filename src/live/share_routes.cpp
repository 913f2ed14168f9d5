#include "access/permissions.hpp"
#include "live/live_routes.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/http/json_body.hpp"

namespace papi::live {
namespace {

using http::Exchange;
using http::Response;

struct ShareDependencies {
  LiveService& service;
  RecordShare record;
};

void write_reader(JsonWriter& out, const SharedReader& shared) {
  out.field("reader", shared.reader.name);
  out.field("kind", shared.reader.key ? "key" : "user");
  out.field("shared_at", rfc3339(shared.shared_at));
}

Response change_answer(const std::string& session_id, const SharedReader& shared, const std::string& message,
                       unsigned status) {
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("status", "success");
  out.field("session_id", session_id);
  write_reader(out, shared);
  out.field("message", message);
  out.close();
  return Response(std::move(json), status);
}

Task<Result<Response>> get_shares(const ShareDependencies& deps, Exchange& exchange) {
  const std::string& session_id = exchange.params.values[0];
  const events::Viewer viewer(exchange.caller);
  CO_TRY(const std::vector<SharedReader> shares,
         co_await run_on(deps.service.executor(), deps.service.shares(session_id, viewer)));
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("session_id", session_id);
  out.open_array("shares");
  for (const SharedReader& shared : shares) {
    out.open();
    write_reader(out, shared);
    out.close();
  }
  out.close_array();
  out.field("total", shares.size());
  out.field("limit", LiveService::max_shares);
  out.close();
  co_return Response(std::move(json));
}

Task<Result<Response>> put_share(const ShareDependencies& deps, Exchange& exchange) {
  if (auto fault = http::JsonBody::unexpected(exchange.request)) co_return std::move(*fault);
  const std::string& session_id = exchange.params.values[0];
  const events::Viewer viewer(exchange.caller);
  CO_TRY(const ShareAnswer answer,
         co_await run_on(deps.service.executor(),
                         deps.service.share(session_id, viewer, exchange.params.values[1])));
  const std::string& name = answer.shared.reader.name;
  if (!answer.added) {
    co_return change_answer(session_id, answer.shared, "The session was shared with " + name + " before",
                            200);
  }
  deps.record(exchange, name, "may read session " + session_id);
  co_return change_answer(session_id, answer.shared, name + " may read the session", 201);
}

Task<Result<Response>> delete_share(const ShareDependencies& deps, Exchange& exchange) {
  const std::string& session_id = exchange.params.values[0];
  const events::Viewer viewer(exchange.caller);
  CO_TRY(const SharedReader ended,
         co_await run_on(deps.service.executor(),
                         deps.service.end_share(session_id, viewer, exchange.params.values[1])));
  const std::string& name = ended.reader.name;
  deps.record(exchange, name, "may no longer read session " + session_id);
  co_return change_answer(session_id, ended, name + " may no longer read the session", 200);
}

}  // namespace

std::vector<http::Route> share_routes(LiveService& service, RecordShare record) {
  using http::Method;
  const ShareDependencies deps{service, std::move(record)};
  std::vector<http::Route> routes;
  const auto with = [&deps](Task<Result<Response>> (*handler)(const ShareDependencies&, Exchange&)) {
    return http::TaskHandler([deps, handler](Exchange& exchange) { return handler(deps, exchange); });
  };
  routes.push_back({.method = Method::get,
                    .path = "/sessions/{id}/shares",
                    .permission = permission::read,
                    .summary = "Whom one's session is shared with",
                    .handler = with(get_shares),
                    .session_scoped = true});
  // A caller that may create sessions may share them. A key with only `read` cannot let others in.
  routes.push_back({.method = Method::put,
                    .path = "/sessions/{id}/shares/{reader}",
                    .permission = permission::connect,
                    .summary = "Let a user (by name) or a key (by id) read one's session",
                    .handler = with(put_share),
                    .session_scoped = true});
  routes.push_back(
      {.method = Method::del,
       .path = "/sessions/{id}/shares/{reader}",
       .permission = permission::connect,
       .summary = "Remove a share; the reader's open sockets and streams of the session are closed",
       .handler = with(delete_share),
       .session_scoped = true});
  return routes;
}

}  // namespace papi::live
