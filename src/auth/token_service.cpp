#include "auth/token_service.hpp"

#include "auth/account_rules.hpp"

namespace papi::auth {
namespace {

struct Refreshed {
  Refresh outcome = Refresh::refused;
  std::optional<TokenFamily> family;  // after the rotation
  std::optional<User> user;
};

Task<Result<Refreshed>> refresh_family(AccountTransaction& accounts, const TokenClaims& claims,
                                       const std::string& next, std::chrono::milliseconds lifetime,
                                       UnixMs now) {
  Refreshed refreshed;
  const std::string id = claims.family();
  CO_TRY(refreshed.family, co_await accounts.lock_family(id));
  if (!refreshed.family) co_return refreshed;
  CO_TRY(refreshed.user, co_await accounts.user_by_id(refreshed.family->user_id));
  refreshed.outcome = refresh_meaning(refreshed.family, refreshed.user, claims.id, now);
  if (refreshed.outcome == Refresh::rotate) {
    refreshed.family = rotated(std::move(*refreshed.family), next, lifetime, now);
    CO_CHECK(co_await accounts.save_family(*refreshed.family));
  } else if (refreshed.outcome == Refresh::stolen) {
    CO_CHECK(co_await accounts.revoke_family(id, now));
  }
  co_return refreshed;
}

Task<Result<void>> end_family(AccountTransaction& accounts, const std::string& id,
                              const AuditRecord& record) {
  CO_CHECK(co_await accounts.revoke_family(id, record.at));
  co_return co_await accounts.record(record);
}

Task<Result<std::size_t>> end_families_of(AccountTransaction& accounts, const std::string& user_id,
                                          AuditRecord record) {
  CO_CHECK(co_await accounts.lock_user(user_id));
  CO_TRY(const std::optional<User> user, co_await accounts.user_by_id(user_id));
  if (!user) co_return no_such_user();
  CO_TRY(const std::size_t count, co_await accounts.revoke_families_of(user_id, record.at));
  record.subject = user->username;
  record.reason = std::to_string(count) + " logins revoked";
  CO_CHECK(co_await accounts.record(record));
  co_return count;
}

Task<Result<std::size_t>> clear(AccountTransaction& accounts, AuditRecord record) {
  CO_TRY(const std::size_t count, co_await accounts.clear_revoked());
  record.reason = std::to_string(count) + " revocations cleared";
  CO_CHECK(co_await accounts.record(record));
  co_return count;
}

}  // namespace

Task<Result<TokenPair>> TokenService::refresh(Actor actor, Secret token) {
  const Executor executor = co_await net::this_coro::executor;
  const UnixMs now = deps_.clock.now_ms();
  const auto claims = deps_.signer.verify(token.reveal(), TokenType::refresh, now);
  const auto refused = [&](const std::string& reason) {
    deps_.audit.refused(actor, claims ? claims->username : "", reason);
    return Error(ErrorCode::authentication_failed, "Invalid or expired token");
  };
  if (!claims) co_return refused("refresh token: " + claims.error().message);
  AccountStore::Work<Refreshed> work =
      [claims = *claims, next = new_token_id(claims->family()), lifetime = options_.refresh_lifetime,
       now](AccountTransaction& accounts) { return refresh_family(accounts, claims, next, lifetime, now); };
  CO_TRY(const Refreshed done, co_await deps_.changes.transact<Refreshed>(executor, std::move(work)));
  if (done.outcome == Refresh::stolen) {
    deps_.log.warning("A refresh token was used twice: all tokens of this login are revoked",
                      {{"username", done.user->username}, {"client_ip", actor.client_address}});
    AuditRecord record = record_of(actor, AuditKind::token_reuse, false, "family revoked");
    record.subject = done.user->username;
    deps_.audit.record(std::move(record));
    co_return refused("refresh token: used before");
  }
  if (done.outcome == Refresh::refused) co_return refused("refresh token: revoked");
  co_return deps_.issuer.pair_of(*done.user, *done.family, deps_.clock.now_ms());
}

Task<Result<void>> TokenService::logout(Actor actor) {
  const Executor executor = co_await net::this_coro::executor;
  const std::string family = actor.token_id.substr(0, actor.token_id.find('.'));
  if (family.empty()) {
    co_return invalid("Authorization", "log out with the access token; an API key is revoked instead");
  }
  const AuditRecord record =
      change_record(actor, AuditKind::logout, actor.username, "", deps_.clock.now_ms());
  AccountStore::Work<void> work = [family, record](AccountTransaction& accounts) {
    return end_family(accounts, family, record);
  };
  co_return co_await deps_.changes.transact<void>(executor, std::move(work));
}

Task<Result<std::size_t>> revoke_logins(AccountChanges& changes, const Clock& clock, Actor actor,
                                        std::string user_id) {
  const Executor executor = co_await net::this_coro::executor;
  const AuditRecord record = change_record(actor, AuditKind::token_change, "", "", clock.now_ms());
  AccountStore::Work<std::size_t> work = [user_id, record](AccountTransaction& accounts) {
    return end_families_of(accounts, user_id, record);
  };
  co_return co_await changes.transact<std::size_t>(executor, std::move(work));
}

Task<Result<std::size_t>> clear_revocations(AccountChanges& changes, const Clock& clock, Actor actor) {
  const Executor executor = co_await net::this_coro::executor;
  const AuditRecord record = change_record(actor, AuditKind::token_change, "", "", clock.now_ms());
  AccountStore::Work<std::size_t> work = [record](AccountTransaction& accounts) {
    return clear(accounts, record);
  };
  co_return co_await changes.transact<std::size_t>(executor, std::move(work));
}

}  // namespace papi::auth
