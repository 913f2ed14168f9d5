#pragma once

#include <future>

#include "app/settings.hpp"
#include "auth/account_service.hpp"
#include "auth/auth_routes.hpp"
#include "auth/open_sockets.hpp"
#include "auth/rate_limit.hpp"
#include "auth/tickets.hpp"
#include "auth/upkeep.hpp"

namespace papi::app {

/// Who may call, and how often: all of auth/, wired. The executor is of a thread that runs nothing else that
/// waits for this; writer and readers outlive it.
class Access {
 public:
  struct Parts {
    Executor executor;
    sqlite::Writer& writer;
    sqlite::Readers& readers;       // for nothing else
    sqlite::Readers& long_readers;  // of the record, which may take their time
    Logger& log;
    const Clock& clock;
    TrustedClock& trusted;
  };
  Access(const Settings& settings, const Parts& parts, std::vector<auth::EnvironmentKey> environment,
         auth::TokenKeys token_keys);

  /// Reads who may call. Blocking: before anybody calls.
  void load(sqlite::Database& database) { book_.load(database); }
  void start();
  /// Writes down what was recorded. Blocking; after the last request. Returns false if it takes longer.
  bool stop(std::chrono::milliseconds limit);

  std::vector<http::Route> routes();
  /// Returns the users and keys in memory. Any thread.
  const auth::IdentityBook& book() const { return book_; }
  /// Records a change of whom a session is shared with.
  void record_share(const http::Exchange& exchange, std::string subject, std::string what);
  /// Appends what every request passes, in this order: what it looks like, who calls, how often, whether that
  /// is permitted, how many sockets.
  void add_middlewares(std::vector<std::unique_ptr<http::Middleware>>& list);

 private:
  auth::CredentialParts credential_parts();

  const Parts parts_;
  const bool sessions_shared_;
  const auth::RateLimits limits_;
  auth::TokenSigner signer_;
  auth::IdentityBook book_;
  auth::AuditTrail audit_;
  auth::TokenBuckets buckets_;
  auth::Tickets tickets_;
  auth::KeyUse key_use_;
  auth::OpenSockets sockets_;
  WorkPool hashing_;
  auth::AccountService accounts_;
  auth::Upkeep upkeep_;
  std::future<void> recording_;
  std::future<void> upkeeping_;
};

}  // namespace papi::app
