#include "auth/postgres_account_transaction.hpp"

#include "auth/postgres_audit_store.hpp"
#include "platform/base/text.hpp"

namespace papi::auth {
namespace {

using postgres::findable;
using postgres::Reply;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;
using postgres::storable;

constexpr std::chrono::milliseconds day = std::chrono::days(1);
constexpr std::int64_t rows_per_prune = 500;

/// The families that a statement deletes from token_families go to the list of revoked tokens. Without its
/// row a refresh token never works again, even if that list is emptied.
constexpr std::string_view revoke_where = "WITH gone AS (DELETE FROM {schema}.token_families WHERE ";
constexpr std::string_view revoke_rest =
    " = $1 RETURNING id, user_id, expires_at), listed AS (INSERT INTO {schema}.revoked_tokens (family, "
    "user_id, "
    "revoked_at, expires_at) SELECT id, user_id, $2, greatest(expires_at, $3) FROM gone ON CONFLICT DO "
    "NOTHING) "
    "SELECT id FROM gone";

std::string revoke_sql(std::string_view column) {
  return std::string(revoke_where) + std::string(column) + std::string(revoke_rest);
}

}  // namespace

User read_user(const Row& row) {
  User user;
  user.id = row.get<std::string>(0);
  user.username = row.get<std::string>(1);
  user.email = row.get<std::string>(2);
  user.role = parse_role(row.get<std::string_view>(3)).value_or(Role::readonly);
  user.permissions = permissions_of(user.role);
  user.active = row.get<bool>(4);
  user.demo = row.get<bool>(5);
  user.created_at = row.get<std::int64_t>(6);
  user.last_login_at = row.get<std::int64_t>(7);
  return user;
}

ApiKey read_key(const Row& row) {
  ApiKey key;
  key.id = row.get<std::string>(0);
  key.user_id = row.get<std::string>(1);
  key.name = row.get<std::string>(2);
  key.hash = row.get<std::string>(3);
  key.preview = row.get<std::string>(4);
  key.permissions = static_cast<PermissionSet>(row.get<std::int16_t>(5));
  key.created_at = row.get<std::int64_t>(6);
  key.expires_at = row.get<std::int64_t>(7);
  key.last_used = row.get<std::int64_t>(8);
  key.active = row.get<bool>(9);
  key.parent_id = row.get<std::string>(10);
  return key;
}

Task<Result<Rows>> PostgresAccountTransaction::run(Statement statement) {
  auto rows = co_await connection_.query(statement);
  if (!rows) {
    fault_ = rows.error();
    co_return rows.error().as_error();
  }
  co_return *std::move(rows);
}

void PostgresAccountTransaction::changed(Changed kind, const std::string& id) {
  changed_kinds_.emplace_back(static_cast<std::int64_t>(kind));
  changed_ids_.push_back(id);
}

std::size_t PostgresAccountTransaction::families_changed(const Rows& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) changed(Changed::family, rows[i].get<std::string>(0));
  return rows.size();
}

Task<Reply<void>> PostgresAccountTransaction::note_changes() {
  if (changed_kinds_.empty()) co_return Reply<void>();
  const Statement note("note_changes",
                       schema_.qualify("SELECT {schema}.note_changes_v1($1::bigint[]::smallint[], $2)"),
                       changed_kinds_, changed_ids_);
  auto noted = co_await connection_.query(note);
  if (!noted) co_return noted.error();
  co_return Reply<void>();
}

Task<Result<void>> PostgresAccountTransaction::lock(std::string name) {
  CO_TRY([[maybe_unused]] const Rows rows,
         co_await ask("lock", "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                      "profile-api " + schema_.name() + ' ' + name));
  co_return Result<void>();
}

Task<Result<void>> PostgresAccountTransaction::lock_admins() { return lock("admins"); }
Task<Result<void>> PostgresAccountTransaction::lock_user(const std::string& id) {
  return lock("user " + findable(id));
}

Task<Result<std::optional<TokenFamily>>> PostgresAccountTransaction::lock_family(const std::string& id) {
  CO_TRY(const Rows rows,
         co_await ask("lock_family",
                      "SELECT id, user_id, created_at, expires_at, current, current_at, previous FROM "
                      "{schema}.token_families WHERE id = $1 FOR UPDATE",
                      findable(id)));
  if (rows.empty()) co_return std::nullopt;
  TokenFamily family;
  family.id = rows[0].get<std::string>(0);
  family.user_id = rows[0].get<std::string>(1);
  family.created_at = rows[0].get<std::int64_t>(2);
  family.expires_at = rows[0].get<std::int64_t>(3);
  family.current = rows[0].get<std::string>(4);
  family.current_at = rows[0].get<std::int64_t>(5);
  family.previous = rows[0].get<std::string>(6);
  co_return family;
}

// Users.

Task<Result<bool>> PostgresAccountTransaction::add_user(const NewUser& add) {
  const User& user = add.user;
  CO_TRY(const Rows rows,
         co_await ask("add_user",
                      "INSERT INTO {schema}.users (id, username, name_key, email, role, password, "
                      "active, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
                      "ON CONFLICT (name_key) DO NOTHING",
                      user.id, storable(user.username), storable(to_lower_ascii(user.username)),
                      storable(user.email), to_string(user.role), add.password_hash, user.active,
                      std::int64_t{user.created_at}));
  if (rows.affected() == 0) co_return false;
  changed(Changed::account, user.id);
  co_return true;
}

Task<Result<std::optional<User>>> PostgresAccountTransaction::user_by_id(const std::string& id) {
  CO_TRY(
      const Rows rows,
      co_await ask("user_by_id", "SELECT " + std::string(user_columns) + " FROM {schema}.users WHERE id = $1",
                   findable(id)));
  co_return rows.empty() ? std::nullopt : std::optional(read_user(rows[0]));
}

Task<Result<std::optional<User>>> PostgresAccountTransaction::user_by_name(const std::string& username) {
  CO_TRY(const Rows rows,
         co_await ask("user_by_name",
                      "SELECT " + std::string(user_columns) + " FROM {schema}.users WHERE name_key = $1",
                      findable(to_lower_ascii(username))));
  co_return rows.empty() ? std::nullopt : std::optional(read_user(rows[0]));
}

Task<Result<std::string>> PostgresAccountTransaction::password_hash_of(const std::string& user_id) {
  CO_TRY(const Rows rows, co_await ask("password_hash", "SELECT password FROM {schema}.users WHERE id = $1",
                                       findable(user_id)));
  co_return rows.empty() ? std::string() : rows[0].get<std::string>(0);
}

Task<Result<bool>> PostgresAccountTransaction::other_admin(const std::string& user_id) {
  CO_TRY(const Rows rows,
         co_await ask("other_admin",
                      "SELECT EXISTS (SELECT FROM {schema}.users WHERE role = 'admin' AND active AND "
                      "id <> $1)",
                      findable(user_id)));
  co_return rows[0].get<bool>(0);
}

Task<Result<void>> PostgresAccountTransaction::update_user(const User& user) {
  CO_TRY([[maybe_unused]] const Rows rows,
         co_await ask("update_user",
                      "UPDATE {schema}.users SET email = $2, role = $3, active = $4 WHERE id = $1", user.id,
                      storable(user.email), to_string(user.role), user.active));
  changed(Changed::account, user.id);
  co_return Result<void>();
}

Task<Result<void>> PostgresAccountTransaction::set_password(const User& user, const std::string& hash,
                                                            UnixMs now) {
  CO_TRY([[maybe_unused]] const Rows rows,
         co_await ask("set_password", "UPDATE {schema}.users SET password = $2, demo = false WHERE id = $1",
                      user.id, hash));
  if (auto cleared = co_await clear_login_failures(user.username); !cleared) co_return cleared.error();
  if (auto revoked = co_await revoke_families_of(user.id, now); !revoked) co_return revoked.error();
  CO_CHECK(co_await delete_sign_in_codes_of(user.id));
  changed(Changed::account, user.id);
  co_return Result<void>();
}

Task<Result<void>> PostgresAccountTransaction::set_demo(const std::string& user_id) {
  CO_TRY([[maybe_unused]] const Rows rows,
         co_await ask("set_demo", "UPDATE {schema}.users SET demo = true WHERE id = $1", user_id));
  co_return Result<void>();
}

Task<Result<bool>> PostgresAccountTransaction::delete_user(const std::string& id, UnixMs now) {
  if (auto revoked = co_await revoke_families_of(id, now); !revoked) co_return revoked.error();
  CO_TRY([[maybe_unused]] const Rows keys,
         co_await ask("delete_keys", "DELETE FROM {schema}.api_keys WHERE user_id = $1", findable(id)));
  CO_TRY([[maybe_unused]] const Rows tokens,
         co_await ask("delete_stream_tokens", "DELETE FROM {schema}.stream_tokens WHERE user_id = $1",
                      findable(id)));
  CO_CHECK(co_await delete_sign_in_codes_of(id));
  CO_TRY(const Rows rows,
         co_await ask("delete_user", "DELETE FROM {schema}.users WHERE id = $1", findable(id)));
  changed(Changed::account, findable(id));
  co_return rows.affected() > 0;
}

Task<Result<void>> PostgresAccountTransaction::logged_in(const std::string& user_id, UnixMs now) {
  CO_TRY([[maybe_unused]] const Rows rows,
         co_await ask("logged_in", "UPDATE {schema}.users SET last_login_at = $2 WHERE id = $1", user_id,
                      std::int64_t{now}));
  co_return Result<void>();
}

// Keys.

Task<Result<void>> PostgresAccountTransaction::add_key(const ApiKey& key) {
  CO_TRY([[maybe_unused]] const Rows rows,
         co_await ask("add_key",
                      "INSERT INTO {schema}.api_keys (id, user_id, name, hash, preview, permissions, "
                      "created_at, expires_at, active, parent_id) VALUES ($1, $2, $3, $4, $5, $6, $7, "
                      "$8, $9, $10)",
                      key.id, key.user_id, storable(key.name), key.hash, storable(key.preview),
                      static_cast<std::int16_t>(key.permissions), std::int64_t{key.created_at},
                      std::int64_t{key.expires_at}, key.active, key.parent_id));
  changed(Changed::account, key.user_id);
  co_return Result<void>();
}

Task<Result<std::optional<ApiKey>>> PostgresAccountTransaction::key_by_id(const std::string& id) {
  CO_TRY(const Rows rows,
         co_await ask("key_by_id",
                      "SELECT " + std::string(key_columns) + " FROM {schema}.api_keys WHERE id = $1",
                      findable(id)));
  co_return rows.empty() ? std::nullopt : std::optional(read_key(rows[0]));
}

Task<Result<std::int64_t>> PostgresAccountTransaction::count_keys(const std::string& user_id, UnixMs now) {
  CO_TRY(const Rows rows,
         co_await ask("count_keys",
                      "SELECT count(*) FROM {schema}.api_keys WHERE user_id = $1 AND active AND "
                      "expires_at > $2",
                      findable(user_id), std::int64_t{now}));
  co_return rows[0].get<std::int64_t>(0);
}

Task<Result<bool>> PostgresAccountTransaction::revoke_key(const std::string& id) {
  CO_TRY(const Rows rows,
         co_await ask("revoke_key",
                      "UPDATE {schema}.api_keys SET active = false WHERE id = $1 AND active RETURNING "
                      "user_id",
                      findable(id)));
  if (rows.empty()) co_return false;
  changed(Changed::account, rows[0].get<std::string>(0));
  co_return true;
}

Task<Result<void>> PostgresAccountTransaction::shorten_key(const std::string& id, UnixMs expires_at) {
  CO_TRY(const Rows rows,
         co_await ask("shorten_key",
                      "UPDATE {schema}.api_keys SET expires_at = least(expires_at, $2) WHERE id = $1 "
                      "RETURNING user_id",
                      findable(id), std::int64_t{expires_at}));
  if (!rows.empty()) changed(Changed::account, rows[0].get<std::string>(0));
  co_return Result<void>();
}

Task<Result<void>> PostgresAccountTransaction::key_used(const std::string& id, UnixMs when) {
  CO_TRY([[maybe_unused]] const Rows rows,
         co_await ask("key_used",
                      "UPDATE {schema}.api_keys SET last_used = greatest(last_used, $2) WHERE id = $1",
                      findable(id), std::int64_t{when}));
  co_return Result<void>();
}

// Tokens.

Task<Result<void>> PostgresAccountTransaction::save_family(const TokenFamily& family) {
  CO_TRY(
      [[maybe_unused]] const Rows rows,
      co_await ask(
          "save_family",
          "INSERT INTO {schema}.token_families AS f (id, user_id, created_at, expires_at, current, "
          "current_at, previous) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET "
          "created_at = least(f.created_at, excluded.created_at), expires_at = excluded.expires_at, current "
          "= excluded.current, current_at = excluded.current_at, previous = excluded.previous",
          family.id, family.user_id, std::int64_t{family.created_at}, std::int64_t{family.expires_at},
          family.current, std::int64_t{family.current_at}, family.previous));
  co_return Result<void>();
}

Task<Result<bool>> PostgresAccountTransaction::revoke_family(const std::string& id, UnixMs now) {
  CO_TRY(const Rows rows, co_await ask("revoke_family", revoke_sql("id"), findable(id), std::int64_t{now},
                                       std::int64_t{now + longest_access.count()}));
  co_return families_changed(rows) > 0;
}

Task<Result<std::size_t>> PostgresAccountTransaction::revoke_families_of(const std::string& user_id,
                                                                         UnixMs now) {
  CO_TRY(const Rows rows, co_await ask("revoke_families", revoke_sql("user_id"), findable(user_id),
                                       std::int64_t{now}, std::int64_t{now + longest_access.count()}));
  co_return families_changed(rows);
}

Task<Result<std::size_t>> PostgresAccountTransaction::clear_revoked() {
  CO_TRY(const Rows rows, co_await ask("clear_revoked", "DELETE FROM {schema}.revoked_tokens"));
  changed_kinds_.emplace_back();
  changed_ids_.emplace_back();
  co_return static_cast<std::size_t>(rows.affected());
}

// Failed logins.

Task<Result<LoginAttempt>> PostgresAccountTransaction::reserve_attempt(const std::string& username,
                                                                       const LockOut& rule, UnixMs now) {
  CO_TRY(const Rows rows,
         co_await ask("reserve_attempt",
                      "SELECT locked, failures, locked_until FROM {schema}.reserve_attempt_v1($1, $2, "
                      "$3, $4)",
                      login_failure_key(username), std::int32_t{rule.max_failures},
                      std::int64_t{rule.lock.count()}, std::int64_t{now}));
  LoginAttempt attempt;
  attempt.locked = rows[0].get<bool>(0);
  attempt.failures = rows[0].get<std::int32_t>(1);
  attempt.locked_until = rows[0].get<std::int64_t>(2);
  co_return attempt;
}

Task<Result<void>> PostgresAccountTransaction::refund_attempt(const std::string& username) {
  CO_TRY([[maybe_unused]] const Rows rows,
         co_await ask("refund_attempt",
                      "UPDATE {schema}.login_failures SET failures = greatest(0, failures - 1), "
                      "locked_until = 0 WHERE name_key = $1",
                      login_failure_key(username)));
  co_return Result<void>();
}

Task<Result<void>> PostgresAccountTransaction::clear_login_failures(const std::string& username) {
  CO_TRY([[maybe_unused]] const Rows rows,
         co_await ask("clear_failures", "DELETE FROM {schema}.login_failures WHERE name_key = $1",
                      login_failure_key(username)));
  co_return Result<void>();
}

Task<Result<void>> PostgresAccountTransaction::record(const AuditRecord& record) {
  const std::vector<AuditRecord> one{record};
  CO_TRY([[maybe_unused]] const Rows rows, co_await run(insert_audit_records(schema_, one)));
  co_return Result<void>();
}

Task<Result<bool>> PostgresAccountTransaction::prune(UnixMs now) {
  CO_TRY(const Rows families,
         co_await ask("prune_families",
                      "DELETE FROM {schema}.token_families WHERE id IN (SELECT id FROM "
                      "{schema}.token_families WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
                      std::int64_t{now - longest_access.count()}, rows_per_prune));
  CO_TRY(const Rows revoked,
         co_await ask("prune_revoked",
                      "DELETE FROM {schema}.revoked_tokens WHERE family IN (SELECT family FROM "
                      "{schema}.revoked_tokens WHERE expires_at <= $1 LIMIT $2) RETURNING family",
                      std::int64_t{now}, rows_per_prune));
  families_changed(revoked);
  CO_TRY(const Rows failures,
         co_await ask("prune_failures",
                      "DELETE FROM {schema}.login_failures WHERE name_key IN (SELECT name_key FROM "
                      "{schema}.login_failures WHERE last_at < $1 AND locked_until <= $2 LIMIT $3 FOR "
                      "UPDATE SKIP LOCKED)",
                      std::int64_t{now - day.count()}, std::int64_t{now}, rows_per_prune));
  CO_TRY(const bool more, co_await prune_stream_tokens(now, rows_per_prune));
  const auto full = [](std::uint64_t count) { return count == static_cast<std::uint64_t>(rows_per_prune); };
  co_return more || full(families.affected()) || full(revoked.size()) || full(failures.affected());
}

Task<Result<void>> PostgresAccountTransaction::set_noticed(std::int64_t version) {
  CO_TRY([[maybe_unused]] const Rows rows,
         co_await ask("set_noticed", "UPDATE {schema}.auth_version SET noticed = $1", version));
  co_return Result<void>();
}

}  // namespace papi::auth
