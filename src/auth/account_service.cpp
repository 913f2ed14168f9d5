#include "auth/account_service.hpp"

#include <cstdlib>

#include "auth/authenticate.hpp"
#include "auth/password.hpp"
#include "platform/base/random.hpp"
#include "platform/base/sha256.hpp"
#include "platform/base/text.hpp"

namespace papi::auth {
namespace {

constexpr UnixMs grace_ms = 10'000;
constexpr UnixMs family_lifetime_ms = 30LL * 86'400'000;  // however often it is refreshed

Error no_such_user() { return Error(ErrorCode::not_found, "There is no user of that id"); }

Error last_admin() {
  return Error(ErrorCode::conflict, "This is the last active admin: make another one first");
}

Error wrong_token() { return Error(ErrorCode::authentication_failed, "Invalid or expired token"); }

}  // namespace

/// One transaction. Its own Result is what the database decided; nothing was changed then.
template <class Value>
Task<Result<Value>> AccountService::commit(Executor executor, Change<Value> change) {
  auto outcome = std::make_shared<std::optional<Result<Value>>>();
  sqlite::Writer::Job job = [outcome, change = std::move(change)](sqlite::Database& database) {
    outcome->emplace(change(database));
  };
  auto written = co_await parts_.writer.write(executor, std::move(job));
  if (!written) co_return written.error();
  if (auto fresh = co_await parts_.book.refresh(executor); !fresh) co_return fresh.error();
  co_return std::move(**outcome);
}

template <class Value>
Task<Result<Value>> AccountService::look(Executor executor, std::function<Value(sqlite::Database&)> query) {
  return parts_.readers.read<Value>(executor, std::move(query));
}

Task<Result<std::string>> AccountService::hash(const http::Exchange& exchange, Secret password) {
  std::function<std::string()> work = [password = std::move(password)] { return hash_password(password); };
  return parts_.pool.run<std::string>(exchange.executor, std::move(work),
                                      address_bucket(exchange.request.client_address));
}

Task<Result<bool>> AccountService::check(const http::Exchange& exchange, std::string hash, Secret password) {
  std::function<bool()> work = [hash = std::move(hash), password = std::move(password)] {
    return password_matches(hash, password);
  };
  return parts_.pool.run<bool>(exchange.executor, std::move(work),
                               address_bucket(exchange.request.client_address));
}

void AccountService::record(const http::Exchange& exchange, AuditKind kind, bool success, std::string subject,
                            std::string reason) {
  AuditRecord record = record_of(exchange, kind, success, std::move(reason));
  record.subject = std::move(subject);
  parts_.audit.record(std::move(record));
}

Task<Result<User>> AccountService::create(const http::Exchange& exchange, NewAccount account) {
  store::NewUser add;
  CO_TRY(add.password_hash, co_await hash(exchange, account.password));
  add.user = fresh_user(account.username, account.email, account.role, parts_.clock.now_ms());
  Change<User> change = [add](sqlite::Database& database) -> Result<User> {
    if (!store::add_user(database, add)) return Error(ErrorCode::conflict, "username: is taken");
    return add.user;
  };
  CO_TRY(User user, co_await commit<User>(exchange.executor, std::move(change)));
  record(exchange, AuditKind::user_change, true, user.username,
         "created as " + std::string(to_string(user.role)));
  co_return user;
}

Error AccountService::wrong_login(const http::Exchange& exchange, const std::string& subject,
                                  const store::LoginAttempt& attempt) {
  const char* reason = attempt.locked ? "locked" : "wrong username or password";
  parts_.audit.refused(exchange, subject, reason);
  if (!attempt.locked && attempt.locked_until > 0) {
    parts_.log.warning("Account locked",
                       {{"username", subject}, {"client_ip", exchange.request.client_address}});
    record(exchange, AuditKind::lockout, false, subject,
           std::to_string(attempt.failures) + " failures in a row");
  }
  if (!attempt.locked) return Error(ErrorCode::authentication_failed, "Invalid username or password");
  json::object details;
  details["retry_after"] = (attempt.locked_until - parts_.clock.now_ms() + 999) / 1000;
  return Error(ErrorCode::authentication_failed, "Too many failed logins in a row: locked for some minutes",
               std::move(details));
}

/// The password that everybody knows is worth something on this machine and in a private network only.
bool AccountService::demo_may_enter(const http::Exchange& exchange) const {
  if (!options_.demo_may_log_in) return false;
  if (!exchange.request.from_near) {
    parts_.log.warning("The development admin is let in from loopback and private addresses only",
                       {{"client_ip", exchange.request.client_address}});
  }
  return exchange.request.from_near;
}

/// Counts the attempt, and gives what is to be checked. Who is unknown is counted and checked like who is
/// known: neither time nor answer tells them apart.
Task<Result<AccountService::Attempt>> AccountService::begin_attempt(Executor executor, std::string username) {
  Change<Attempt> begin = [this, username,
                           now = parts_.clock.now_ms()](sqlite::Database& database) -> Result<Attempt> {
    Attempt attempt;
    attempt.count =
        store::begin_login(database, username, options_.failures_until_lock, options_.lock_ms, now);
    attempt.user = store::user_by_name(database, username);
    attempt.hash = attempt.user ? store::password_hash_of(database, attempt.user->id) : nobodys_hash();
    return attempt;
  };
  return commit<Attempt>(executor, std::move(begin));
}

/// While a password was looked at, it may have been changed, or its user shut out.
bool still_holds(sqlite::Database& database, const User& user, const std::string& hash) {
  const auto now = store::user_by_id(database, user.id);
  return now && now->active && store::password_hash_of(database, user.id) == hash;
}

Task<Result<AccountService::Attempt>> AccountService::attempt(const http::Exchange& exchange,
                                                              std::string username, Secret password) {
  CO_TRY(Attempt attempt, co_await begin_attempt(exchange.executor, username));
  const std::string subject = attempt.user ? attempt.user->username : shown_login(username);
  if (attempt.count.locked) co_return wrong_login(exchange, subject, attempt.count);
  const auto right = co_await check(exchange, attempt.hash, std::move(password));
  if (!right) {
    Change<bool> take_back = [username](sqlite::Database& database) -> Result<bool> {
      store::take_login_back(database, username);
      return true;
    };
    auto done = co_await commit<bool>(exchange.executor, std::move(take_back));
    co_return done ? right.error() : done.error();
  }
  const bool known =
      attempt.user && attempt.user->active && (!attempt.user->demo || demo_may_enter(exchange));
  if (!*right || !known) co_return wrong_login(exchange, subject, attempt.count);
  co_return attempt;
}

Task<Result<TokenPair>> AccountService::login(const http::Exchange& exchange, std::string username,
                                              Secret password) {
  CO_TRY(const LoginTurns::Turn turn, co_await turns_.take(exchange.executor, to_lower_ascii(username)));
  CO_TRY(Attempt attempt, co_await this->attempt(exchange, username, std::move(password)));
  auto pair = co_await start_family(exchange, std::move(attempt));
  if (pair) record(exchange, AuditKind::login, true, pair->user.username, "");
  co_return pair;
}

Task<Result<TokenPair>> AccountService::start_family(const http::Exchange& exchange, Attempt attempt) {
  User user = std::move(*attempt.user);
  const UnixMs now = parts_.clock.now_ms();
  store::TokenFamily family;
  family.id = random_base64url(16);
  family.user_id = user.id;
  family.created_at = family.current_at = now;
  family.expires_at = now + options_.refresh_seconds * 1000;
  family.current = family.id + "." + random_base64url(12);
  Change<bool> change = [family, user, hash = attempt.hash, now](sqlite::Database& database) -> Result<bool> {
    if (!still_holds(database, user, hash)) return false;
    store::clear_login_failures(database, user.username);
    store::logged_in(database, user.id, now);
    store::save_family(database, family);
    return true;
  };
  CO_TRY(const bool saved, co_await commit<bool>(exchange.executor, std::move(change)));
  if (!saved) co_return wrong_login(exchange, user.username, attempt.count);
  user.last_login_at = now;
  co_return pair_of(user, family);
}

TokenPair AccountService::pair_of(const User& user, const store::TokenFamily& family) {
  const UnixMs now = parts_.clock.now_ms();
  TokenClaims claims;
  claims.subject = user.id, claims.username = user.username, claims.role = to_string(user.role);
  claims.issued_at = now / 1000, claims.expires_at = now / 1000 + options_.access_seconds;
  claims.id = family.id + "." + random_base64url(12);
  TokenPair pair;
  pair.access = Secret(parts_.signer.sign(claims));
  claims.type = TokenType::refresh;
  // Made of what the row says alone: asked for again, it is the same token.
  claims.id = family.current;
  claims.issued_at = family.current_at / 1000, claims.expires_at = family.expires_at / 1000;
  pair.refresh = Secret(parts_.signer.sign(claims));
  pair.expires_in = options_.access_seconds;
  pair.user = user;
  return pair;
}

Task<Result<TokenPair>> AccountService::refresh(const http::Exchange& exchange, Secret token) {
  const UnixMs now = parts_.clock.now_ms();
  const auto claims = parts_.signer.verify(token.reveal(), TokenType::refresh, now);
  const auto refused = [&](const std::string& reason) {
    parts_.audit.refused(exchange, claims ? claims->username : "", reason);
    return wrong_token();
  };
  if (!claims) co_return refused("refresh token: " + claims.error().message);
  struct Turn {
    enum { rotated, again, stolen, unknown } kind = unknown;
    store::TokenFamily family;
    std::optional<User> user;
  };
  Change<Turn> change = [this, id = claims->id, family_id = claims->family(),
                         now](sqlite::Database& database) -> Result<Turn> {
    Turn turn;
    auto family = store::family(database, family_id);
    if (!family || family->expires_at <= now) return turn;
    turn.user = store::user_by_id(database, family->user_id);
    if (!turn.user || !turn.user->active) return turn;
    if (id == family->current) {
      turn.kind = Turn::rotated;
      family->previous = family->current;
      family->current = family_id + "." + random_base64url(12);
      family->current_at = now;
      family->created_at = std::min(family->created_at, now);  // the clock may have been set back
      family->expires_at =
          std::min(now + options_.refresh_seconds * 1000, family->created_at + family_lifetime_ms);
      store::save_family(database, *family);
    } else if (id == family->previous && std::abs(now - family->current_at) <= grace_ms) {
      turn.kind = Turn::again;
    } else {
      turn.kind = Turn::stolen;
      store::revoke_family(database, family_id, now);
    }
    turn.family = *family;
    return turn;
  };
  CO_TRY(Turn turn, co_await commit<Turn>(exchange.executor, std::move(change)));
  if (turn.kind == Turn::stolen) {
    parts_.log.warning("Refresh token used twice: its tokens are revoked",
                       {{"username", turn.user->username}, {"client_ip", exchange.request.client_address}});
    record(exchange, AuditKind::token_reuse, false, turn.user->username, "family revoked");
    co_return refused("refresh token: used before");
  }
  if (turn.kind == Turn::unknown) co_return refused("refresh token: revoked");
  co_return pair_of(*turn.user, turn.family);
}

Task<Result<void>> AccountService::logout(const http::Exchange& exchange) {
  const std::string family = exchange.caller.token_id.substr(0, exchange.caller.token_id.find('.'));
  if (family.empty()) {
    co_return invalid("Authorization", "log out with the access token; an API key is revoked instead");
  }
  const UnixMs now = parts_.clock.now_ms();
  Change<bool> change = [family, now](sqlite::Database& database) -> Result<bool> {
    return store::revoke_family(database, family, now);
  };
  CO_TRY([[maybe_unused]] const bool was_known, co_await commit<bool>(exchange.executor, std::move(change)));
  record(exchange, AuditKind::logout, true, exchange.caller.username, "");
  co_return Result<void>();
}

Task<Result<void>> AccountService::change_own_password(const http::Exchange& exchange, Secret old_one,
                                                       Secret new_one) {
  const std::string username = exchange.caller.username;
  const auto identities = parts_.book.now();
  const auto me = identities->user(exchange.caller.id);
  if (!me || me->from_environment)
    co_return Error(ErrorCode::conflict, "A user of the settings has no password");
  // Guessing here is guessing there: the same count, the same lock.
  CO_TRY(const LoginTurns::Turn turn, co_await turns_.take(exchange.executor, to_lower_ascii(username)));
  CO_TRY(const Attempt attempt, co_await this->attempt(exchange, username, std::move(old_one)));
  CO_TRY(std::string hashed, co_await hash(exchange, std::move(new_one)));
  Change<bool> change = [user = *attempt.user, before = attempt.hash, hashed,
                         now = parts_.clock.now_ms()](sqlite::Database& database) -> Result<bool> {
    if (!still_holds(database, user, before)) return false;
    store::set_password(database, user, hashed, now);
    return true;
  };
  CO_TRY(const bool done, co_await commit<bool>(exchange.executor, std::move(change)));
  if (!done) co_return wrong_login(exchange, username, attempt.count);
  record(exchange, AuditKind::user_change, true, username, "password changed");
  co_return Result<void>();
}

Task<Result<store::UserPage>> AccountService::users(Executor executor, store::UserQuery query) {
  std::function<store::UserPage(sqlite::Database&)> job = [query =
                                                               std::move(query)](sqlite::Database& database) {
    return store::page_of_users(database, query);
  };
  return look<store::UserPage>(executor, std::move(job));
}

Task<Result<User>> AccountService::user(Executor executor, std::string id) {
  std::function<std::optional<User>(sqlite::Database&)> query =
      [id = std::move(id)](sqlite::Database& database) { return store::user_by_id(database, id); };
  CO_TRY(std::optional<User> found, co_await look<std::optional<User>>(executor, std::move(query)));
  if (!found) co_return no_such_user();
  co_return std::move(*found);
}

Task<Result<User>> AccountService::change(const http::Exchange& exchange, std::string id, UserChange change) {
  std::string hashed;
  if (change.password) {
    CO_TRY(hashed, co_await hash(exchange, *change.password));
  }
  const UnixMs now = parts_.clock.now_ms();
  Change<User> job = [id, change, hashed, now](sqlite::Database& database) -> Result<User> {
    auto user = store::user_by_id(database, id);
    if (!user) return no_such_user();
    const bool was_admin = user->role == Role::admin && user->active;
    if (change.email) user->email = *change.email;
    if (change.role) user->role = *change.role;
    if (change.active) user->active = *change.active;
    const bool is_admin = user->role == Role::admin && user->active;
    if (was_admin && !is_admin && !store::other_admin(database, id)) return last_admin();
    user->permissions = permissions_of(user->role);
    store::update_user(database, *user);
    if (!hashed.empty()) store::set_password(database, *user, hashed, now);
    if (!user->active) store::revoke_families_of(database, id, now);
    return std::move(*user);
  };
  CO_TRY(User user, co_await commit<User>(exchange.executor, std::move(job)));
  std::string what = change.role ? "role " + std::string(to_string(*change.role)) + " " : std::string();
  if (change.active) what += *change.active ? "enabled " : "disabled ";
  if (change.password) what += "password set ";
  if (change.email) what += "email changed";
  record(exchange, AuditKind::user_change, true, user.username, what);
  co_return user;
}

Task<Result<void>> AccountService::remove(const http::Exchange& exchange, std::string id) {
  const UnixMs now = parts_.clock.now_ms();
  Change<User> change = [id, now](sqlite::Database& database) -> Result<User> {
    auto user = store::user_by_id(database, id);
    if (!user) return no_such_user();
    if (user->role == Role::admin && user->active && !store::other_admin(database, id)) return last_admin();
    store::delete_user(database, id, now);
    return std::move(*user);
  };
  CO_TRY(const User gone, co_await commit<User>(exchange.executor, std::move(change)));
  record(exchange, AuditKind::user_change, true, gone.username, "deleted");
  co_return Result<void>();
}

Task<Result<store::KeyPage>> AccountService::keys(Executor executor, store::KeyQuery query) {
  std::function<store::KeyPage(sqlite::Database&)> job =
      [query = std::move(query)](sqlite::Database& database) { return store::page_of_keys(database, query); };
  return look<store::KeyPage>(executor, std::move(job));
}

Task<Result<MadeKey>> AccountService::make_key(const http::Exchange& exchange,
                                               std::shared_ptr<const User> owner, NewKey wanted) {
  // A key cannot make one that may do more than itself, nor one for more than its owner may.
  const bool own = owner->id == exchange.caller.id;
  const PermissionSet most =
      own ? static_cast<PermissionSet>(owner->permissions & exchange.caller.permissions) : owner->permissions;
  const PermissionSet permissions = wanted.permissions.value_or(most);
  if ((permissions & ~most) != 0) {
    co_return Error(ErrorCode::insufficient_permissions,
                    "permissions: more than the key's owner, or the key in use, may do");
  }
  const UnixMs now = parts_.clock.now_ms();
  MadeKey made = fresh_key(*owner, wanted.name, permissions, wanted.days.value_or(options_.key_days), now);
  // A key that a key has made ends with it, whoever gets it: else a key that leaked would live for ever.
  if (!exchange.caller.key_id.empty()) {
    made.key.parent_id = exchange.caller.key_id;
    const auto maker = parts_.book.now()->key_by_id(exchange.caller.key_id);
    if (!maker) co_return Error(ErrorCode::authentication_failed, "The key in use no longer works");
    made.key.expires_at = std::min(made.key.expires_at, maker->key.expires_at);
  }
  Change<bool> change = [this, key = made.key, now](sqlite::Database& database) -> Result<bool> {
    if (store::count_keys(database, key.user_id, now) >= options_.keys_per_user) {
      return Error(ErrorCode::conflict, "At most " + std::to_string(options_.keys_per_user) +
                                            " active keys a user: revoke one first");
    }
    store::add_key(database, key);
    return true;
  };
  CO_TRY([[maybe_unused]] const bool added, co_await commit<bool>(exchange.executor, std::move(change)));
  record(exchange, AuditKind::key_change, true, made.key.id, "created for " + owner->username);
  co_return made;
}

Task<Result<void>> AccountService::revoke_key(const http::Exchange& exchange, std::string id) {
  const http::Caller caller = exchange.caller;
  Change<bool> change = [id, caller](sqlite::Database& database) -> Result<bool> {
    const auto key = store::key_by_id(database, id);
    const bool admin = caller.may(Permission::admin);
    if (!key || !key->active || (key->user_id != caller.id && !admin))
      return Error(ErrorCode::not_found, "There is no active key of that id");
    // What the key may is bounded by what its owner may now.
    const auto owner = store::user_by_id(database, key->user_id);
    const PermissionSet worth = owner ? key->permissions & owner->permissions : key->permissions;
    if (!admin && (worth & ~caller.permissions) != 0) {
      return Error(ErrorCode::insufficient_permissions, "That key may do more than the key in use");
    }
    return store::revoke_key(database, id);
  };
  CO_TRY([[maybe_unused]] const bool revoked, co_await commit<bool>(exchange.executor, std::move(change)));
  record(exchange, AuditKind::key_change, true, id, "revoked");
  co_return Result<void>();
}

MadeKey fresh_key(const User& owner, std::string name, PermissionSet permissions, std::int64_t days,
                  UnixMs now) {
  MadeKey made;
  made.secret = Secret("pk_" + random_base64url(32));
  made.key.id = "k_" + random_base64url(12);
  made.key.user_id = owner.id;
  made.key.name = std::move(name);
  made.key.hash = sha256_hex(made.secret.reveal());
  made.key.preview = made.secret.reveal().substr(0, 8);
  made.key.permissions = permissions;
  made.key.created_at = now;
  made.key.expires_at = now + days * 86'400'000;
  return made;
}

User fresh_user(std::string username, std::string email, Role role, UnixMs now) {
  User user;
  user.id = "u_" + random_base64url(12);
  user.username = std::move(username);
  user.email = std::move(email);
  user.role = role;
  user.permissions = permissions_of(role);
  user.created_at = now;
  return user;
}

}  // namespace papi::auth
