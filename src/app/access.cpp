#include "app/access.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include "access/permissions.hpp"
#include "access/rate_rules.hpp"
#include "app/options.hpp"
#include "auth/audit_forbidden.hpp"
#include "auth/detect_attacks.hpp"
#include "events/filter_query.hpp"
#include "platform/http/middlewares.hpp"

namespace papi::app {
namespace {

// With this queue a login waits for some seconds. If it is full, it is better to ask the client to come back
// later.
constexpr std::size_t hashes_waiting_per_thread = 32;

}  // namespace

Access::Access(const Settings& s, const Dependencies& deps, std::vector<auth::EnvironmentKey> environment,
               auth::TokenKeys token_keys)
    : deps_(deps),
      sessions_shared_(s.auth.sessions_shared),
      limits_(rate_limits(s)),
      signer_(std::move(token_keys)),
      cache_(std::move(environment), deps.accounts),
      audit_(deps.executor, deps.audit, deps.log, deps.clock),
      tickets_(deps.clock),
      sockets_(socket_limits(s)),
      hashing_(static_cast<std::size_t>(s.auth.hash_threads),
               static_cast<std::size_t>(s.auth.hash_threads) * hashes_waiting_per_thread),
      hasher_(hashing_),
      changes_(deps.accounts, &cache_),
      options_(account_options(s)),
      issuer_(signer_, options_.access_lifetime),
      logins_(auth::LoginService::Dependencies{changes_, hasher_, issuer_, audit_, deps.log, deps.clock},
              options_),
      tokens_(auth::TokenService::Dependencies{changes_, signer_, issuer_, audit_, deps.log, deps.clock},
              options_),
      users_(changes_, hasher_, deps.clock),
      keys_(changes_, deps.clock, options_),
      stream_tokens_(changes_, deps.clock, options_),
      maintenance_(auth::MaintenanceDependencies{deps.accounts, cache_, audit_, keys_used_,
                                                 stream_tokens_used_, deps.log, deps.clock, deps.trusted},
                   deps.executor, s.auth.audit_retention) {}

void Access::start() {
  recording_ = net::co_spawn(deps_.executor, audit_.run(), net::use_future);
  maintaining_ = net::co_spawn(deps_.executor, maintenance_.run(), net::use_future);
}

bool Access::stop(std::chrono::milliseconds limit) {
  net::post(deps_.executor, [this] {
    maintenance_.stop();
    audit_.stop();
  });
  const auto until = std::chrono::steady_clock::now() + limit;
  const bool late = recording_.wait_until(until) == std::future_status::timeout ||
                    maintaining_.wait_until(until) == std::future_status::timeout;
  if (late) deps_.log.warning("The audit trail was not written in time: some records may be lost");
  return !late;
}

auth::CredentialDependencies Access::credential_parts() {
  return {cache_,    signer_,    tickets_,
          audit_,    buckets_,   limits_[static_cast<std::size_t>(rate_rule::auth)],
          deps_.log, deps_.clock};
}

std::vector<http::Route> Access::routes(auth::MayRead may_read) {
  return auth::auth_routes({logins_, tokens_, users_, keys_, stream_tokens_, cache_, options_, tickets_,
                            audit_, buckets_, sockets_, limits_, deps_.clock, events::event_type_bit,
                            std::move(may_read)});
}

void Access::record_share(const http::Exchange& exchange, std::string subject, std::string what) {
  record_change(exchange, auth::AuditKind::share_change, std::move(subject), std::move(what));
}

void Access::record_setting(const http::Exchange& exchange, std::string subject, std::string what) {
  record_change(exchange, auth::AuditKind::setting_change, std::move(subject), std::move(what));
}

void Access::record_change(const http::Exchange& exchange, auth::AuditKind kind, std::string subject,
                           std::string what) {
  auto record = auth::record_of(auth::actor_of(exchange), kind, true, std::move(what));
  record.subject = std::move(subject);
  audit_.record(std::move(record));
}

void Access::add_middlewares(std::vector<std::unique_ptr<http::Middleware>>& list) {
  const auth::CredentialDependencies deps = credential_parts();
  list.push_back(std::make_unique<auth::DetectAttacks>(deps));
  list.push_back(std::make_unique<auth::AuditForbidden>(deps));
  list.push_back(std::make_unique<auth::Authenticate>(
      deps, auth::CallerOptions{keys_used_, stream_tokens_used_, events::event_type_bit, sessions_shared_}));
  list.push_back(std::make_unique<auth::LimitRate>(deps, limits_));
  list.push_back(std::make_unique<http::Authorize>(permission::name_of));
  list.push_back(std::make_unique<http::CheckQuery>());
  list.push_back(std::make_unique<auth::LimitSockets>(sockets_, audit_, deps_.log));
}

}  // namespace papi::app
