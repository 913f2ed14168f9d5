#pragma once

#include "auth/account_cache.hpp"
#include "auth/actor.hpp"
#include "auth/audit.hpp"
#include "auth/last_used.hpp"
#include "auth/tickets.hpp"
#include "auth/token.hpp"
#include "auth/token_buckets.hpp"
#include "platform/http/pipeline.hpp"

namespace papi::auth {

using Tickets = TicketBook<http::Caller>;

/// Makes the actor of a request. Every route and every middleware makes it here.
Actor actor_of(const http::Exchange& exchange);

/// The parts that identify a caller. Everything here must outlive the middleware.
struct CredentialDependencies {
  AccountCache& cache;
  const TokenSigner& signer;
  Tickets& tickets;
  AuditTrail& audit;
  TokenBuckets& buckets;
  const RateLimit& failures;  // per address
  Logger& log;
  const Clock& clock;
};

/// Returns the bit of an event type in CredentialScope::types, or nullopt if there is no such type. auth/
/// does not know the types itself.
using EventTypeBit = std::optional<std::uint32_t> (*)(std::string_view name);

/// How Authenticate treats the callers that it identifies. The references must outlive it.
struct CallerOptions {
  LastUsed& keys_used;
  LastUsed& stream_tokens_used;
  EventTypeBit event_type_bit;
  bool share_sessions = false;  // every caller sees every session
};

/// Identifies the caller by X-API-Key, else by a bearer token, which may be a stream token. On routes that
/// allow it, also by `?ticket=`, `?api_key=` or `?token=`. An Authorization header of another scheme is
/// ignored. If the request has no credential, the caller stays unknown, and Authorize decides.
///
/// A wrong credential is charged to the client address. If too many came from that address, the answer is
/// 429. A right credential is always accepted, whatever other clients at its address do. It cannot be
/// guessed: it has 256 random bits, or is signed.
class Authenticate final : public http::Middleware {
 public:
  Authenticate(CredentialDependencies deps, const CallerOptions& options) : deps_(deps), options_(options) {}
  std::optional<Error> enter(http::Exchange& exchange) const override;

 private:
  enum class Kind { none, key, token, ticket };
  struct Credential {
    Kind kind = Kind::none;
    std::string text;
  };
  struct Verdict {
    std::optional<http::Caller> caller;
    std::string_view answer;  // for the client that was refused
    std::string reason;       // for the application log and the audit trail
  };
  /// Whether the caller sees the objects of others only because the caller is an admin.
  bool sees_all_as_admin(const http::Caller& caller) const {
    return !options_.share_sessions && caller.may(permission::admin);
  }
  static Credential find(const http::Exchange& exchange);
  Verdict recognise(const Credential& credential, const http::Exchange& exchange) const;
  Verdict by_key(const std::string& key, const http::Exchange& exchange) const;
  Verdict by_token(const std::string& token, const http::Exchange& exchange) const;
  Verdict by_stream_token(const std::string& token, const http::Exchange& exchange) const;
  Verdict by_ticket(const std::string& ticket, const http::Exchange& exchange) const;

  const CredentialDependencies deps_;
  const CallerOptions options_;
};

}  // namespace papi::auth
