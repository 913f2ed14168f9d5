#include "auth/sign_in_codes.hpp"

#include "auth/account_rules.hpp"
#include "auth/bootstrap.hpp"
#include "platform/base/random.hpp"
#include "platform/base/sha256.hpp"

namespace papi::auth {
namespace {

Task<Result<void>> store_code(AccountTransaction& accounts, const SignInCode& code,
                              const AuditRecord& record) {
  CO_CHECK(co_await accounts.lock_user(code.user_id));
  CO_TRY(const std::optional<User> user, co_await accounts.user_by_id(code.user_id));
  if (!user) co_return no_such_user();
  CO_CHECK(co_await accounts.add_sign_in_code(code));
  co_return co_await accounts.record(record);
}

}  // namespace

Task<Result<IssuedCode>> issue_sign_in_code(AccountChanges& changes, const Clock& clock, Actor actor,
                                            User user) {
  constexpr std::size_t random_bytes = 16;
  if (user.from_environment)
    co_return Error(ErrorCode::conflict, "A user of the settings has no login: sign in with the key itself");
  const Executor executor = co_await net::this_coro::executor;
  const UnixMs now = clock.now_ms();
  IssuedCode issued;
  issued.code = Secret(random_base64url(random_bytes));
  issued.username = user.username;
  issued.expires_at = now + std::chrono::milliseconds(sign_in_code_lifetime).count();
  SignInCode code;
  code.hash = sha256_hex(issued.code.reveal());
  code.user_id = user.id;
  code.created_at = now;
  code.expires_at = issued.expires_at;
  const AuditRecord record =
      change_record(actor, AuditKind::token_change, user.username, "sign-in code made", now);
  AccountStore::Work<void> work = [code, record](AccountTransaction& accounts) {
    return store_code(accounts, code, record);
  };
  auto stored = co_await changes.transact<void>(executor, std::move(work));
  if (!stored) co_return stored.error();
  co_return issued;
}

Task<Result<std::optional<User>>> sign_in_user(Executor executor, AccountStore& store,
                                               std::string admin_username) {
  CO_TRY(std::optional<User> demo, co_await store.user_by_name(executor, std::string(demo_username)));
  if (demo && demo->demo && demo->active) co_return demo;
  CO_TRY(std::optional<User> admin, co_await store.user_by_name(executor, std::move(admin_username)));
  if (admin && admin->active && admin->role == Role::admin) co_return admin;
  co_return std::nullopt;
}

Task<Result<std::optional<IssuedCode>>> issue_first_sign_in_code(AccountChanges& changes, const Clock& clock,
                                                                 Actor actor, std::string admin_username) {
  const Executor executor = co_await net::this_coro::executor;
  CO_TRY(const std::optional<User> user,
         co_await sign_in_user(executor, changes.store(), std::move(admin_username)));
  if (!user) co_return std::nullopt;
  CO_TRY(IssuedCode issued, co_await issue_sign_in_code(changes, clock, std::move(actor), *user));
  co_return issued;
}

std::string sign_in_link(std::string_view origin, const IssuedCode& issued) {
  return std::string(origin) + "/#code=" + issued.code.reveal();
}

}  // namespace papi::auth
