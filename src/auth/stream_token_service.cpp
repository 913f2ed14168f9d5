#include "auth/stream_token_service.hpp"

#include "auth/account_rules.hpp"
#include "auth/key_service.hpp"

namespace papi::auth {
namespace {

struct MakingStreamToken {
  User owner;
  std::string maker_id;
  NewStreamToken wanted;
  std::int64_t limit = 0;
  AuditRecord record;
};

Task<Result<MadeStreamToken>> make_stream_token(AccountTransaction& accounts,
                                                const MakingStreamToken& making) {
  const UnixMs now = making.record.at;
  CO_TRY(const User owner, co_await lock_owner(accounts, making.owner));
  CO_TRY(const KeyMakers makers, co_await makers_of(accounts, making.maker_id, now));
  if (!makers.ended.empty())
    co_return Error(ErrorCode::authentication_failed, "The key in use no longer works");
  CO_TRY(const std::int64_t working, co_await accounts.count_stream_tokens(owner.id, now));
  if (auto refusal = stream_token_limit_refusal(working, making.limit)) co_return std::move(*refusal);
  MadeStreamToken made = fresh_stream_token(owner.id, making.wanted, now);
  made.token.maker_id = making.maker_id;
  made.token.expires_at = key_end(made.token.expires_at, makers);
  CO_CHECK(co_await accounts.add_stream_token(made.token));
  AuditRecord record = making.record;
  record.subject = made.token.id;
  record.reason = "created for " + owner.username;
  CO_CHECK(co_await accounts.record(record));
  co_return made;
}

Task<Result<void>> revoke_stream_token(AccountTransaction& accounts, const std::string& id,
                                       const Actor& actor, const AuditRecord& record) {
  CO_TRY(const std::optional<StreamToken> token, co_await accounts.stream_token_by_id(id));
  if (auto refusal = revoke_stream_token_refusal(token, actor)) co_return std::move(*refusal);
  CO_TRY(const bool deleted, co_await accounts.delete_stream_token(id));
  if (!deleted) co_return *revoke_stream_token_refusal(std::nullopt, actor);  // somebody was faster
  co_return co_await accounts.record(record);
}

}  // namespace

Task<Result<MadeStreamToken>> StreamTokenService::make(Actor actor, User owner, NewStreamToken wanted) {
  const Executor executor = co_await net::this_coro::executor;
  MakingStreamToken making;
  making.owner = std::move(owner);
  making.maker_id = actor.key_id;
  making.wanted = std::move(wanted);
  making.limit = options_.stream_tokens_per_user;
  making.record = change_record(actor, AuditKind::stream_token_change, "", "", clock_.now_ms());
  AccountStore::Work<MadeStreamToken> work = [making = std::move(making)](AccountTransaction& accounts) {
    return make_stream_token(accounts, making);
  };
  co_return co_await changes_.transact<MadeStreamToken>(executor, std::move(work));
}

Task<Result<void>> StreamTokenService::revoke(Actor actor, std::string id) {
  const Executor executor = co_await net::this_coro::executor;
  const AuditRecord record =
      change_record(actor, AuditKind::stream_token_change, id, "revoked", clock_.now_ms());
  AccountStore::Work<void> work = [id, actor, record](AccountTransaction& accounts) {
    return revoke_stream_token(accounts, id, actor, record);
  };
  co_return co_await changes_.transact<void>(executor, std::move(work));
}

Task<Result<StreamTokenPage>> StreamTokenService::tokens(StreamTokenQuery query) {
  const Executor executor = co_await net::this_coro::executor;
  query.now = clock_.now_ms();
  co_return co_await changes_.store().stream_tokens(executor, std::move(query));
}

}  // namespace papi::auth
