#include "auth/sqlite_stream_token_rows.hpp"

#include <algorithm>
#include <set>

#include "auth/sqlite_account_rows.hpp"
#include "auth/sqlite_row_readers.hpp"

namespace papi::auth::store {
namespace {

StreamToken read_stream_token(const sqlite::Statement& row) {
  StreamToken token;
  token.id = row.text(0);
  token.user_id = row.text(1);
  token.name = row.text(2);
  token.hash = row.text(3);
  token.preview = row.text(4);
  token.maker_id = row.text(5);
  token.sessions = separated(row.text(6));
  token.types = separated(row.text(7));
  token.origins = separated(row.text(8));
  token.created_at = row.integer(9);
  token.expires_at = row.integer(10);
  token.last_used = row.integer(11);
  return token;
}

SignInCode read_sign_in_code(const sqlite::Statement& row) {
  SignInCode code;
  code.hash = row.text(0);
  code.user_id = row.text(1);
  code.created_at = row.integer(2);
  code.expires_at = row.integer(3);
  code.used_at = row.integer(4);
  return code;
}

}  // namespace

void add_stream_token(sqlite::Database& database, const StreamToken& token) {
  database
      .cached(
          "INSERT INTO stream_tokens(id, user_id, name, hash, preview, maker_id, sessions, types, origins, "
          "created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")
      .bind(1, token.id)
      .bind(2, token.user_id)
      .bind(3, token.name)
      .bind(4, token.hash)
      .bind(5, token.preview)
      .bind(6, token.maker_id)
      .bind(7, joined(token.sessions))
      .bind(8, joined(token.types))
      .bind(9, joined(token.origins))
      .bind(10, token.created_at)
      .bind(11, token.expires_at)
      .run();
  note_change(database, Change::of_account, token.user_id);
}

std::optional<StreamToken> stream_token_by_id(sqlite::Database& database, std::string_view id) {
  auto& query = database.cached(
      "SELECT id, user_id, name, hash, preview, maker_id, sessions, types, origins, created_at, expires_at, "
      "last_used FROM stream_tokens WHERE id = ?1");
  query.bind(1, id);
  return first(query, read_stream_token);
}

std::vector<StreamToken> stream_tokens(sqlite::Database& database) {
  return all(database.cached("SELECT id, user_id, name, hash, preview, maker_id, sessions, types, origins, "
                             "created_at, expires_at, last_used FROM stream_tokens ORDER BY rowid DESC"),
             read_stream_token);
}

std::vector<StreamToken> stream_tokens_of(sqlite::Database& database, std::string_view user_id) {
  auto& query = database.cached(
      "SELECT id, user_id, name, hash, preview, maker_id, sessions, types, origins, created_at, expires_at, "
      "last_used FROM stream_tokens WHERE user_id = ?1 ORDER BY rowid DESC");
  query.bind(1, user_id);
  return all(query, read_stream_token);
}

StreamTokenPage page_of_stream_tokens(sqlite::Database& database, const StreamTokenQuery& query) {
  StreamTokenPage page;
  auto& count = database.cached(
      "SELECT count(*) FROM stream_tokens WHERE expires_at > ?1 AND (?2 = '' OR user_id = ?2)");
  count.bind(1, query.now).bind(2, query.user_id);
  page.total = number(count);
  auto& rows = database.cached(
      "SELECT id, user_id, name, hash, preview, maker_id, sessions, types, origins, created_at, expires_at, "
      "last_used, rowid FROM stream_tokens WHERE rowid < ?1 AND expires_at > ?2 AND (?3 = '' OR user_id = "
      "?3) ORDER BY rowid DESC LIMIT ?4");
  rows.bind(1, query.before).bind(2, query.now).bind(3, query.user_id).bind(4, query.limit + 1);
  constexpr int rowid = 12;
  page.next = read_page(rows, read_stream_token, query.limit, rowid, page.tokens);
  return page;
}

std::int64_t count_stream_tokens(sqlite::Database& database, std::string_view user_id, UnixMs now) {
  auto& query = database.cached("SELECT count(*) FROM stream_tokens WHERE user_id = ?1 AND expires_at > ?2");
  query.bind(1, user_id).bind(2, now);
  return number(query);
}

bool delete_stream_token(sqlite::Database& database, std::string_view id) {
  const std::optional<StreamToken> token = stream_token_by_id(database, id);
  if (!token) return false;
  database.cached("DELETE FROM stream_tokens WHERE id = ?1").bind(1, id).run();
  note_change(database, Change::of_account, token->user_id);
  return true;
}

void delete_stream_tokens_of(sqlite::Database& database, std::string_view user_id) {
  database.cached("DELETE FROM stream_tokens WHERE user_id = ?1").bind(1, user_id).run();
}

void stream_token_used(sqlite::Database& database, std::string_view id, UnixMs when) {
  database.cached("UPDATE stream_tokens SET last_used = max(last_used, ?2) WHERE id = ?1")
      .bind(1, id)
      .bind(2, when)
      .run();
}

void add_sign_in_code(sqlite::Database& database, const SignInCode& code) {
  database.cached("INSERT INTO sign_in_codes(hash, user_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)")
      .bind(1, code.hash)
      .bind(2, code.user_id)
      .bind(3, code.created_at)
      .bind(4, code.expires_at)
      .run();
}

std::optional<SignInCode> sign_in_code(sqlite::Database& database, std::string_view hash) {
  auto& row = database.cached(
      "SELECT hash, user_id, created_at, expires_at, used_at FROM sign_in_codes WHERE hash = ?1");
  row.bind(1, hash);
  return first(row, read_sign_in_code);
}

bool use_sign_in_code(sqlite::Database& database, std::string_view hash, UnixMs now) {
  database.cached("UPDATE sign_in_codes SET used_at = ?2 WHERE hash = ?1 AND used_at = 0")
      .bind(1, hash)
      .bind(2, std::max<UnixMs>(now, 1))
      .run();
  return database.changes() > 0;
}

void delete_sign_in_codes_of(sqlite::Database& database, std::string_view user_id) {
  database.cached("DELETE FROM sign_in_codes WHERE user_id = ?1").bind(1, user_id).run();
}

bool prune_stream_tokens(sqlite::Database& database, UnixMs now, std::int64_t most) {
  auto& query = database.cached("SELECT id, user_id FROM stream_tokens WHERE expires_at <= ?1 LIMIT ?2");
  query.bind(1, now).bind(2, most);
  std::vector<std::string> ids;
  std::set<std::string> users;
  while (query.step()) {
    ids.emplace_back(query.text(0));
    users.emplace(query.text(1));
  }
  query.reset();
  for (const std::string& id : ids)
    database.cached("DELETE FROM stream_tokens WHERE id = ?1").bind(1, id).run();
  for (const std::string& user : users) note_change(database, Change::of_account, user);
  return static_cast<std::int64_t>(ids.size()) == most;
}

bool prune_sign_in_codes(sqlite::Database& database, UnixMs now, std::int64_t most) {
  database
      .cached(
          "DELETE FROM sign_in_codes WHERE hash IN (SELECT hash FROM sign_in_codes WHERE expires_at <= ?1 "
          "LIMIT ?2)")
      .bind(1, now)
      .bind(2, most)
      .run();
  return static_cast<std::int64_t>(database.changes()) == most;
}

}  // namespace papi::auth::store
