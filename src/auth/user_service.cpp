#include "auth/user_service.hpp"

#include "auth/account_rules.hpp"

namespace papi::auth {
namespace {

Task<Result<User>> add(AccountTransaction& accounts, const NewUser& user, const AuditRecord& record) {
  CO_TRY(const bool added, co_await accounts.add_user(user));
  if (!added) co_return name_taken();
  CO_CHECK(co_await accounts.record(record));
  co_return user.user;
}

/// Locks the user, and the admins if their number may fall, and returns the user.
Task<Result<User>> lock(AccountTransaction& accounts, const std::string& id, bool admins) {
  if (admins) CO_CHECK(co_await accounts.lock_admins());
  CO_CHECK(co_await accounts.lock_user(id));
  CO_TRY(std::optional<User> user, co_await accounts.user_by_id(id));
  if (!user) co_return no_such_user();
  co_return std::move(*user);
}

Task<Result<void>> keep_an_admin(AccountTransaction& accounts, const User& before,
                                 const std::optional<User>& after) {
  if (!takes_admin_away(before, after)) co_return Result<void>();
  CO_TRY(const bool other, co_await accounts.other_admin(before.id));
  if (auto refusal = last_admin_refusal(before, after, other)) co_return std::move(*refusal);
  co_return Result<void>();
}

std::string description_of(const UserChange& change) {
  std::string text;
  const auto add = [&](const std::string& what) { text += (text.empty() ? "" : " ") + what; };
  if (change.role) add("role " + std::string(to_string(*change.role)));
  if (change.active) add(*change.active ? "enabled" : "disabled");
  if (change.password) add("password set");
  if (change.email) add("email changed");
  return text;
}

Task<Result<User>> apply(AccountTransaction& accounts, const std::string& id, const UserChange& change,
                         const std::string& hash, AuditRecord record) {
  CO_TRY(const User before, co_await lock(accounts, id, change.role || change.active));
  User user = before;
  if (change.email) user.email = *change.email;
  if (change.role) user.role = *change.role;
  if (change.active) user.active = *change.active;
  user.permissions = permissions_of(user.role);
  const std::optional<User> after = user;
  CO_CHECK(co_await keep_an_admin(accounts, before, after));
  CO_CHECK(co_await accounts.update_user(user));
  if (!hash.empty()) CO_CHECK(co_await accounts.set_password(user, hash, record.at));
  if (!user.active) CO_CHECK(co_await accounts.revoke_families_of(id, record.at));
  record.subject = user.username;
  CO_CHECK(co_await accounts.record(record));
  co_return user;
}

Task<Result<void>> erase(AccountTransaction& accounts, const std::string& id, AuditRecord record) {
  CO_TRY(const User user, co_await lock(accounts, id, true));
  const std::optional<User> nobody;
  CO_CHECK(co_await keep_an_admin(accounts, user, nobody));
  CO_CHECK(co_await accounts.delete_user(id, record.at));
  record.subject = user.username;
  co_return co_await accounts.record(record);
}

}  // namespace

Task<Result<User>> UserService::create(Actor actor, NewAccount account) {
  const Executor executor = co_await net::this_coro::executor;
  NewUser user;
  CO_TRY(user.password_hash, co_await hasher_.hash(executor, actor, account.password));
  const UnixMs now = clock_.now_ms();
  user.user = fresh_user(account.username, account.email, account.role, now);
  const AuditRecord record = change_record(actor, AuditKind::user_change, account.username,
                                           "created as " + std::string(to_string(account.role)), now);
  AccountStore::Work<User> work = [user, record](AccountTransaction& accounts) {
    return add(accounts, user, record);
  };
  co_return co_await changes_.transact<User>(executor, std::move(work));
}

Task<Result<User>> UserService::change(Actor actor, std::string id, UserChange change) {
  const Executor executor = co_await net::this_coro::executor;
  std::string hash;
  if (change.password) {
    CO_TRY(hash, co_await hasher_.hash(executor, actor, *change.password));
  }
  const AuditRecord record =
      change_record(actor, AuditKind::user_change, "", description_of(change), clock_.now_ms());
  AccountStore::Work<User> work = [id, change, hash, record](AccountTransaction& accounts) {
    return apply(accounts, id, change, hash, record);
  };
  co_return co_await changes_.transact<User>(executor, std::move(work));
}

Task<Result<void>> UserService::remove(Actor actor, std::string id) {
  const Executor executor = co_await net::this_coro::executor;
  const AuditRecord record = change_record(actor, AuditKind::user_change, "", "deleted", clock_.now_ms());
  AccountStore::Work<void> work = [id, record](AccountTransaction& accounts) {
    return erase(accounts, id, record);
  };
  co_return co_await changes_.transact<void>(executor, std::move(work));
}

Task<Result<UserPage>> UserService::users(UserQuery query) {
  const Executor executor = co_await net::this_coro::executor;
  co_return co_await changes_.store().users(executor, std::move(query));
}

Task<Result<User>> UserService::user(std::string id) {
  const Executor executor = co_await net::this_coro::executor;
  CO_TRY(std::optional<User> found, co_await changes_.store().user(executor, std::move(id)));
  if (!found) co_return no_such_user();
  co_return std::move(*found);
}

}  // namespace papi::auth
