#include "auth/authenticate.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "auth/founding.hpp"
#include "auth/lease.hpp"
#include "platform/base/sha256.hpp"
#include "platform/base/text.hpp"
#include "platform/http/route_table.hpp"
#include "platform/net/ip_address.hpp"

namespace papi::auth {
namespace {

http::Caller caller_of(const User& user, PermissionSet permissions, bool share_sessions) {
  http::Caller caller;
  caller.id = user.id;
  caller.username = user.username;
  caller.role = to_string(user.role);
  caller.permissions = permissions;
  caller.all_objects = share_sessions || caller.may(Permission::admin);
  return caller;
}

/// The token of `Authorization: Bearer …`. Nothing for another scheme: that credential is for somebody else,
/// such as a proxy in front of us, and says nothing of who calls us.
std::optional<std::string> bearer_token(const http::Request& request) {
  for (const http::Header& header : request.headers) {
    if (!equals_ignoring_case(header.name, "authorization")) continue;
    const std::string_view value = trim(header.value);
    const std::size_t end = std::min(value.find(' '), value.size());
    if (equals_ignoring_case(value.substr(0, end), "bearer")) return std::string(trim(value.substr(end)));
  }
  return std::nullopt;
}

}  // namespace

std::string address_bucket(std::string_view client_address) {
  const auto address = parse_ip_address(client_address);
  if (!address || !address->is_v6()) return std::string(client_address);
  auto bytes = address->to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return boost::asio::ip::make_address_v6(bytes).to_string() + "/64";
}

void KeyUse::used(const KnownKey& key, UnixMs now) {
  constexpr UnixMs minute = 60'000;
  UnixMs last = key.last_used.load(std::memory_order_relaxed);
  if (now - last < minute || !key.last_used.compare_exchange_strong(last, now)) return;
  std::lock_guard lock(mutex_);
  pending_[key.key.id] = now;
}

std::vector<std::pair<std::string, UnixMs>> KeyUse::take() {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, UnixMs>> out(pending_.begin(), pending_.end());
  pending_.clear();
  return out;
}

Authenticate::Credential Authenticate::find(const http::Exchange& exchange) {
  const http::Request& request = exchange.request;
  if (const auto key = request.header("x-api-key"); !key.empty()) return {Kind::key, std::string(key)};
  if (auto token = bearer_token(request)) return {Kind::token, std::move(*token)};
  if (!exchange.route->websocket && !exchange.route->query_credentials) return {};
  constexpr std::pair<std::string_view, Kind> names[] = {
      {"ticket", Kind::ticket}, {"api_key", Kind::key}, {"token", Kind::token}};
  for (const auto& [name, kind] : names) {
    if (auto value = request.query_value(name); value && !value->empty()) return {kind, std::move(*value)};
  }
  return {};
}

std::optional<Error> Authenticate::enter(http::Exchange& exchange) const {
  const http::Route* route = exchange.route;
  if (!route || (route->permission == Permission::none && !route->reads_caller)) return std::nullopt;
  const Credential credential = find(exchange);
  if (credential.kind == Kind::none) return std::nullopt;  // Permit answers: who is nobody may do nothing
  Verdict verdict = recognise(credential, exchange);
  if (verdict.caller) {
    exchange.caller = std::move(*verdict.caller);
    return std::nullopt;
  }
  if (parts_.failures.requests > 0) {
    const std::string bucket = "failures " + address_bucket(exchange.request.client_address);
    const auto taken = parts_.buckets.take(bucket, parts_.failures, parts_.clock.steady());
    if (!taken.allowed) return refuse_rate(exchange, taken, parts_.failures, http::RateRule::auth, parts_);
  }
  parts_.audit.refused(exchange, "", std::move(verdict.reason));
  return Error(ErrorCode::authentication_failed, std::string(verdict.answer));
}

Authenticate::Verdict Authenticate::recognise(const Credential& credential,
                                              const http::Exchange& exchange) const {
  if (credential.kind == Kind::key) return by_key(credential.text, exchange);
  if (credential.kind == Kind::token) return by_token(credential.text, exchange);
  return by_ticket(credential.text, exchange);
}

Authenticate::Verdict Authenticate::by_key(const std::string& key, const http::Exchange& exchange) const {
  // Looked up by its hash: whatever time that takes says nothing of the key.
  const auto known = parts_.book.now()->key_by_hash(sha256_hex(key));
  const UnixMs now = parts_.clock.now_ms();
  constexpr std::string_view answer = "Invalid API key";
  if (!known) return {std::nullopt, answer, "unknown or revoked API key"};
  if (!known->valid_at(now)) {
    const bool owner_active = known->owner->active;
    return {std::nullopt, answer, owner_active ? "expired API key" : "API key of a disabled user"};
  }
  if (key == known_key && !exchange.request.from_near) {
    constexpr std::string_view far =
        "This key is known to everybody and accepted from loopback and private addresses only: set API_KEY";
    return {std::nullopt, far, "the development key, from a public address or passed on by a stranger"};
  }
  use_.used(*known, now);
  http::Caller caller = caller_of(*known->owner, known->permissions(), share_sessions_);
  caller.key_id = known->key.id;
  caller.lease = std::make_shared<KeyLease>(parts_.book, parts_.clock, known->key.id,
                                            exchange.route->permission, sees_all_as_admin(caller));
  return {std::move(caller), {}, {}};
}

Authenticate::Verdict Authenticate::by_token(const std::string& token, const http::Exchange& exchange) const {
  constexpr std::string_view answer = "Invalid or expired token";
  const auto claims = parts_.signer.verify(token, TokenType::access, parts_.clock.now_ms());
  if (!claims) return {std::nullopt, answer, "token: " + claims.error().message};
  const auto identities = parts_.book.now();
  const auto user = identities->user(claims->subject);
  if (!user || user->from_environment) return {std::nullopt, answer, "token: unknown user"};
  if (!user->active) return {std::nullopt, answer, "token: disabled user"};
  if (identities->is_revoked(claims->family())) return {std::nullopt, answer, "token: revoked"};
  // Role and permissions are what they are now, not what they were when the token was made.
  http::Caller caller = caller_of(*user, user->permissions, share_sessions_);
  caller.token_id = claims->id;
  caller.lease = std::make_shared<TokenLease>(parts_.book, parts_.clock, *claims, exchange.route->permission,
                                              sees_all_as_admin(caller));
  return {std::move(caller), {}, {}};
}

Authenticate::Verdict Authenticate::by_ticket(const std::string& ticket,
                                              const http::Exchange& exchange) const {
  constexpr std::string_view answer =
      "Invalid ticket: it works once, for 60 seconds, for pictures and the sessions it names";
  constexpr std::string_view spent =
      "This ticket was used: each works once. Get another for every connection (POST /auth/tickets)";
  auto redeemed = parts_.tickets.redeem(ticket);
  if (!redeemed && parts_.tickets.was_used(ticket)) return {std::nullopt, spent, "ticket: used before"};
  if (!redeemed) return {std::nullopt, answer, "ticket: unknown or expired"};
  const http::Route& route = *exchange.route;
  const auto& ids = redeemed->session_ids;
  const bool named =
      exchange.params.count > 0 && std::find(ids.begin(), ids.end(), exchange.params.values[0]) != ids.end();
  // What takes a credential in its query and is no session's is a picture, for an <img>.
  const bool picture = !route.owned && !route.websocket && route.query_credentials;
  if (!picture && !(route.owned && named)) return {std::nullopt, answer, "ticket: of another session"};
  const std::string_view withdrawn = "ticket: its owner's credentials were withdrawn";
  if (!redeemed->caller.lease) return {std::nullopt, answer, std::string(withdrawn)};
  // What its owner may is looked at now: for this route, and not for the one that issued the ticket.
  // Without the permission Permit says so; it is no fault of the ticket.
  if (redeemed->caller.may(exchange.route->permission))
    redeemed->caller.lease = redeemed->caller.lease->narrowed_to(exchange.route->permission);
  if (!redeemed->caller.lease->holds()) return {std::nullopt, answer, std::string(withdrawn)};
  return {std::move(redeemed->caller), {}, {}};
}

Error refuse_rate(http::Exchange& exchange, const TokenBuckets::Taken& taken, const RateLimit& limit,
                  http::RateRule rule, const CredentialParts& parts) {
  exchange.rate = verdict_of(taken, limit, rule);
  if (taken.newly_refused) {
    parts.audit.record(record_of(exchange, AuditKind::rate_limit, false, std::string(to_string(rule))));
  } else {
    parts.audit.seen(AuditKind::rate_limit);
  }
  parts.log.warning("Rate limit exceeded",
                    {{"rule", to_string(rule)},
                     {"client_ip", exchange.request.client_address},
                     {"username", exchange.caller.username},
                     {"endpoint", exchange.route ? exchange.route->endpoint : "unmatched"},
                     {"correlation_id", exchange.correlation_id}});
  const std::string setting = settings_of(rule) + "_REQUESTS";
  json::object details;
  details["rule"] = to_string(rule);
  details["setting"] = setting;
  details["retry_after"] = exchange.rate->retry_after_seconds;
  details["limit"] = exchange.rate->limit;
  details["window"] = exchange.rate->window_seconds;
  details["remaining"] = exchange.rate->remaining;
  return Error(ErrorCode::rate_limited,
               "Rate limit exceeded: rule '" + std::string(to_string(rule)) + "' allows " +
                   std::to_string(exchange.rate->limit) + " requests in " +
                   std::to_string(exchange.rate->window_seconds) + " s (" + setting + "); try again in " +
                   std::to_string(exchange.rate->retry_after_seconds) + " s",
               std::move(details));
}

}  // namespace papi::auth
