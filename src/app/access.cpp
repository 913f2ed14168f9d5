#include "app/access.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include "app/options.hpp"
#include "auth/denials.hpp"
#include "auth/watch.hpp"
#include "platform/http/middlewares.hpp"

namespace papi::app {
namespace {

// Behind these a login waits for some seconds; more of them are better told to come back.
constexpr std::size_t hashes_waiting_per_thread = 32;

}  // namespace

Access::Access(const Settings& s, const Parts& parts, std::vector<auth::EnvironmentKey> environment,
               auth::TokenKeys token_keys)
    : parts_(parts),
      sessions_shared_(s.auth.sessions_shared),
      limits_(rate_limits(s)),
      signer_(std::move(token_keys)),
      book_(std::move(environment), parts.readers),
      audit_(parts.executor, parts.writer, parts.long_readers, parts.log, parts.clock),
      tickets_(parts.clock),
      sockets_(socket_limits(s)),
      hashing_(static_cast<std::size_t>(s.auth.hash_threads),
               static_cast<std::size_t>(s.auth.hash_threads) * hashes_waiting_per_thread),
      accounts_(auth::AccountParts{parts.writer, parts.readers, book_, signer_, hashing_, audit_, parts.log,
                                   parts.clock},
                account_options(s)),
      upkeep_(auth::UpkeepParts{parts.writer, book_, audit_, key_use_, parts.log, parts.clock, parts.trusted},
              parts.executor, s.auth.audit_days) {}

void Access::start() {
  recording_ = net::co_spawn(parts_.executor, audit_.run(), net::use_future);
  upkeeping_ = net::co_spawn(parts_.executor, upkeep_.run(), net::use_future);
}

bool Access::stop(std::chrono::milliseconds limit) {
  net::post(parts_.executor, [this] {
    upkeep_.stop();
    audit_.stop();
  });
  const auto until = std::chrono::steady_clock::now() + limit;
  const bool late = recording_.wait_until(until) == std::future_status::timeout ||
                    upkeeping_.wait_until(until) == std::future_status::timeout;
  if (late) parts_.log.warning("The record of security events did not stop in time");
  return !late;
}

auth::CredentialParts Access::credential_parts() {
  return {book_,      signer_,     tickets_,
          audit_,     buckets_,    limits_[static_cast<std::size_t>(http::RateRule::auth)],
          parts_.log, parts_.clock};
}

std::vector<http::Route> Access::routes() {
  return auth::auth_routes({accounts_, tickets_, audit_, buckets_, sockets_, limits_, parts_.clock});
}

void Access::record_share(const http::Exchange& exchange, std::string subject, std::string what) {
  auto record = auth::record_of(exchange, auth::AuditKind::share_change, true, std::move(what));
  record.subject = std::move(subject);
  audit_.record(std::move(record));
}

void Access::add_middlewares(std::vector<std::unique_ptr<http::Middleware>>& list) {
  const auth::CredentialParts parts = credential_parts();
  list.push_back(std::make_unique<auth::Watch>(parts));
  list.push_back(std::make_unique<auth::RecordDenials>(parts));
  list.push_back(std::make_unique<auth::Authenticate>(parts, key_use_, sessions_shared_));
  list.push_back(std::make_unique<auth::LimitRate>(parts, limits_));
  list.push_back(std::make_unique<http::Permit>());
  list.push_back(std::make_unique<http::CheckQuery>());
  list.push_back(std::make_unique<auth::LimitSockets>(sockets_, audit_, parts_.log));
}

}  // namespace papi::app
