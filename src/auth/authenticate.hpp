#pragma once

#include "auth/audit.hpp"
#include "auth/identities.hpp"
#include "auth/tickets.hpp"
#include "auth/token.hpp"
#include "auth/token_buckets.hpp"
#include "platform/http/pipeline.hpp"

namespace papi::auth {

/// What recognises a caller. All of it outlives the middleware.
struct CredentialParts {
  IdentityBook& book;
  const TokenSigner& signer;
  Tickets& tickets;
  AuditTrail& audit;
  TokenBuckets& buckets;
  const RateLimit& failures;  // per address
  Logger& log;
  const Clock& clock;
};

/// The address that a limit counts: an IPv4 address, or the /64 of an IPv6 one, which is what one subscriber
/// has.
std::string address_bucket(std::string_view client_address);

/// Notes that API keys are in use; `last_used` is written at most once a minute and key. Any thread.
class KeyUse {
 public:
  void used(const KnownKey& key, UnixMs now);
  /// What has to be written since the last call.
  std::vector<std::pair<std::string, UnixMs>> take();

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, UnixMs> pending_;
};

/// Recognises the caller by X-API-Key, else a bearer token; where the route allows it also by `?api_key=`,
/// `?token=` or `?ticket=`. An Authorization of another scheme is ignored. Who offers nothing stays unknown,
/// and Permit answers. A wrong credential is charged to the address; where too many came from there, the
/// answer is 429. A right one is served whatever others at its address do: they are 256 bits long, or signed,
/// and not to be guessed.
class Authenticate final : public http::Middleware {
 public:
  Authenticate(CredentialParts parts, KeyUse& use, bool share_sessions)
      : parts_(parts), use_(use), share_sessions_(share_sessions) {}
  std::optional<Error> enter(http::Exchange& exchange) const override;

 private:
  enum class Kind { none, key, token, ticket };
  struct Credential {
    Kind kind = Kind::none;
    std::string text;
  };
  struct Verdict {
    std::optional<http::Caller> caller;
    std::string_view answer;  // to who was refused
    std::string reason;       // to the log and the record
  };
  /// What others own is seen for as long as the caller is an admin.
  bool sees_all_as_admin(const http::Caller& caller) const {
    return !share_sessions_ && caller.may(Permission::admin);
  }
  static Credential find(const http::Exchange& exchange);
  Verdict recognise(const Credential& credential, const http::Exchange& exchange) const;
  Verdict by_key(const std::string& key, const http::Exchange& exchange) const;
  Verdict by_token(const std::string& token, const http::Exchange& exchange) const;
  Verdict by_ticket(const std::string& ticket, const http::Exchange& exchange) const;

  const CredentialParts parts_;
  KeyUse& use_;
  const bool share_sessions_;
};

/// 429, with what to_response() makes headers of; also told to the log and, once per series, to the record.
Error refuse_rate(http::Exchange& exchange, const TokenBuckets::Taken& taken, const RateLimit& limit,
                  http::RateRule rule, const CredentialParts& parts);

}  // namespace papi::auth
