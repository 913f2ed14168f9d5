// Stream tokens and sign-in codes in a transaction of PostgresAccountStore.

#include <algorithm>
#include <set>

#include "auth/postgres_account_transaction.hpp"

namespace papi::auth {

namespace {

using postgres::findable;
using postgres::Rows;
using postgres::storable;

}  // namespace

StreamToken read_stream_token(const postgres::Row& row) {
  StreamToken token;
  token.id = row.get<std::string>(0);
  token.user_id = row.get<std::string>(1);
  token.name = row.get<std::string>(2);
  token.hash = row.get<std::string>(3);
  token.preview = row.get<std::string>(4);
  token.maker_id = row.get<std::string>(5);
  token.sessions = separated(row.get<std::string_view>(6));
  token.types = separated(row.get<std::string_view>(7));
  token.origins = separated(row.get<std::string_view>(8));
  token.created_at = row.get<std::int64_t>(9);
  token.expires_at = row.get<std::int64_t>(10);
  token.last_used = row.get<std::int64_t>(11);
  return token;
}

Task<Result<void>> PostgresAccountTransaction::add_stream_token(const StreamToken& token) {
  CO_TRY([[maybe_unused]] const Rows rows,
         co_await ask("add_stream_token",
                      "INSERT INTO {schema}.stream_tokens (id, user_id, name, hash, preview, maker_id, "
                      "sessions, types, origins, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, "
                      "$7, $8, $9, $10, $11)",
                      token.id, token.user_id, storable(token.name), token.hash, token.preview,
                      token.maker_id, joined(token.sessions), joined(token.types), joined(token.origins),
                      std::int64_t{token.created_at}, std::int64_t{token.expires_at}));
  changed(Changed::account, token.user_id);
  co_return Result<void>();
}

Task<Result<std::optional<StreamToken>>> PostgresAccountTransaction::stream_token_by_id(
    const std::string& id) {
  CO_TRY(const Rows rows, co_await ask("stream_token_by_id",
                                       "SELECT " + std::string(stream_token_columns) +
                                           " FROM {schema}.stream_tokens WHERE id = $1",
                                       findable(id)));
  co_return rows.empty() ? std::nullopt : std::optional(read_stream_token(rows[0]));
}

Task<Result<std::int64_t>> PostgresAccountTransaction::count_stream_tokens(const std::string& user_id,
                                                                           UnixMs now) {
  CO_TRY(const Rows rows,
         co_await ask("count_stream_tokens",
                      "SELECT count(*) FROM {schema}.stream_tokens WHERE user_id = $1 AND expires_at > $2",
                      findable(user_id), std::int64_t{now}));
  co_return rows[0].get<std::int64_t>(0);
}

Task<Result<bool>> PostgresAccountTransaction::delete_stream_token(const std::string& id) {
  CO_TRY(const Rows rows,
         co_await ask("delete_stream_token",
                      "DELETE FROM {schema}.stream_tokens WHERE id = $1 RETURNING user_id", findable(id)));
  if (rows.empty()) co_return false;
  changed(Changed::account, rows[0].get<std::string>(0));
  co_return true;
}

Task<Result<void>> PostgresAccountTransaction::stream_token_used(const std::string& id, UnixMs when) {
  CO_TRY([[maybe_unused]] const Rows rows,
         co_await ask("stream_token_used",
                      "UPDATE {schema}.stream_tokens SET last_used = greatest(last_used, $2) WHERE id = $1",
                      findable(id), std::int64_t{when}));
  co_return Result<void>();
}

Task<Result<void>> PostgresAccountTransaction::add_sign_in_code(const SignInCode& code) {
  CO_TRY([[maybe_unused]] const Rows rows,
         co_await ask("add_sign_in_code",
                      "INSERT INTO {schema}.sign_in_codes (hash, user_id, created_at, expires_at) VALUES "
                      "($1, $2, $3, $4)",
                      code.hash, code.user_id, std::int64_t{code.created_at}, std::int64_t{code.expires_at}));
  co_return Result<void>();
}

Task<Result<std::optional<SignInCode>>> PostgresAccountTransaction::sign_in_code(const std::string& hash) {
  CO_TRY(const Rows rows,
         co_await ask("sign_in_code",
                      "SELECT hash, user_id, created_at, expires_at, used_at FROM {schema}.sign_in_codes "
                      "WHERE hash = $1",
                      findable(hash)));
  if (rows.empty()) co_return std::nullopt;
  SignInCode code;
  code.hash = rows[0].get<std::string>(0);
  code.user_id = rows[0].get<std::string>(1);
  code.created_at = rows[0].get<std::int64_t>(2);
  code.expires_at = rows[0].get<std::int64_t>(3);
  code.used_at = rows[0].get<std::int64_t>(4);
  co_return code;
}

Task<Result<bool>> PostgresAccountTransaction::use_sign_in_code(const std::string& hash, UnixMs now) {
  CO_TRY(const Rows rows,
         co_await ask("use_sign_in_code",
                      "UPDATE {schema}.sign_in_codes SET used_at = $2 WHERE hash = $1 AND used_at = 0",
                      findable(hash), std::max<std::int64_t>(now, 1)));
  co_return rows.affected() > 0;
}

Task<Result<void>> PostgresAccountTransaction::delete_sign_in_codes_of(const std::string& user_id) {
  CO_TRY([[maybe_unused]] const Rows rows,
         co_await ask("delete_sign_in_codes", "DELETE FROM {schema}.sign_in_codes WHERE user_id = $1",
                      findable(user_id)));
  co_return Result<void>();
}

Task<Result<bool>> PostgresAccountTransaction::prune_stream_tokens(UnixMs now, std::int64_t most) {
  CO_TRY(const Rows tokens,
         co_await ask("prune_stream_tokens",
                      "DELETE FROM {schema}.stream_tokens WHERE id IN (SELECT id FROM "
                      "{schema}.stream_tokens WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED) "
                      "RETURNING user_id",
                      std::int64_t{now}, most));
  std::set<std::string> users;
  for (std::size_t i = 0; i < tokens.size(); ++i) users.insert(tokens[i].get<std::string>(0));
  for (const std::string& user : users) changed(Changed::account, user);
  CO_TRY(const Rows codes,
         co_await ask("prune_sign_in_codes",
                      "DELETE FROM {schema}.sign_in_codes WHERE hash IN (SELECT hash FROM "
                      "{schema}.sign_in_codes WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
                      std::int64_t{now}, most));
  const auto full = static_cast<std::uint64_t>(most);
  co_return tokens.size() == full || codes.affected() == full;
}

}  // namespace papi::auth
