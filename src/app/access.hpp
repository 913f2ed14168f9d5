#pragma once

#include <future>

#include "app/settings.hpp"
#include "auth/account_store.hpp"
#include "auth/audit_store.hpp"
#include "auth/auth_routes.hpp"
#include "auth/limit_sockets.hpp"
#include "auth/maintenance_job.hpp"
#include "auth/rate_limit.hpp"
#include "auth/tickets.hpp"
#include "platform/metrics/exposition.hpp"

namespace papi::app {

/// All parts of auth/, constructed and connected: authentication, authorization, rate limits and the audit
/// trail. The executor's thread must run no other work that waits for this object. The stores must outlive
/// it.
class Access {
 public:
  struct Dependencies {
    Executor executor;
    auth::AccountStore& accounts;
    auth::AuditStore& audit;
    Logger& log;
    const Clock& clock;
    TrustedClock& trusted;
  };
  Access(const Settings& settings, const Dependencies& deps, std::vector<auth::EnvironmentKey> environment,
         auth::TokenKeys token_keys);

  /// Reads users, keys and revoked logins into memory. Call it before the first request.
  Task<Result<void>> load(Executor executor) { return cache_.refresh(executor); }
  void start();
  /// Writes the waiting audit records and the use of keys. Blocks. Call it after the last request. Returns
  /// false if it takes longer than `limit`.
  bool stop(std::chrono::milliseconds limit);

  /// `may_read` is called for requests that make stream tokens.
  std::vector<http::Route> routes(auth::MayRead may_read);
  /// Returns the account snapshots of users and keys. Any thread may read them.
  const auth::AccountCache& cache() const { return cache_; }
  /// Runs changes of users and credentials.
  auth::AccountChanges& changes() { return changes_; }
  /// Returns how many events of a kind were seen since the start.
  std::uint64_t seen(auth::AuditKind kind) const { return audit_.count(kind); }
  /// How much waits now. Any thread.
  struct Waiting {
    std::size_t audit_records = 0;
    std::size_t password_hashes = 0;
  };
  Waiting waiting() { return {audit_.waiting(), hashing_.waiting()}; }
  /// Writes the families of refusals, open sockets and the audit trail. Any thread.
  void write_metrics(metrics::Exposition& page) const;
  /// Adds a record to the audit trail: a session was shared with somebody, or no longer.
  void record_share(const http::Exchange& exchange, std::string subject, std::string what);
  /// Adds a record to the audit trail: an admin changed how the running service works.
  void record_setting(const http::Exchange& exchange, std::string subject, std::string what);
  /// Appends the middlewares of auth/ and those that belong between them, in this order: attack detection,
  /// audit of forbidden requests, authentication, rate limit, permission, query parameters, number of
  /// sockets.
  void add_middlewares(std::vector<std::unique_ptr<http::Middleware>>& list);

 private:
  auth::CredentialDependencies credential_parts();
  void record_change(const http::Exchange& exchange, auth::AuditKind kind, std::string subject,
                     std::string what);

  const Dependencies deps_;
  const bool sessions_shared_;
  const auth::RateLimits limits_;
  auth::TokenSigner signer_;
  auth::AccountCache cache_;
  auth::AuditTrail audit_;
  auth::TokenBuckets buckets_;
  auth::Tickets tickets_;
  auth::LastUsed keys_used_, stream_tokens_used_;
  quota::SocketQuota sockets_;
  ThreadPool hashing_;
  auth::PasswordHasher hasher_;
  auth::AccountChanges changes_;
  const auth::AccountOptions options_;
  const auth::TokenIssuer issuer_;
  auth::LoginService logins_;
  auth::TokenService tokens_;
  auth::UserService users_;
  auth::KeyService keys_;
  auth::StreamTokenService stream_tokens_;
  auth::MaintenanceJob maintenance_;
  std::future<void> recording_;
  std::future<void> maintaining_;
};

}  // namespace papi::app
