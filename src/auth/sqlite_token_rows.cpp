#include "auth/sqlite_token_rows.hpp"

#include "auth/sqlite_account_rows.hpp"
#include "auth/sqlite_lock_out.hpp"
#include "auth/sqlite_stream_token_rows.hpp"

namespace papi::auth::store {
namespace {

std::vector<std::string> texts(sqlite::Statement& query) {
  std::vector<std::string> out;
  while (query.step()) out.emplace_back(query.text(0));
  query.reset();
  return out;
}

}  // namespace

void save_family(sqlite::Database& database, const TokenFamily& family) {
  database
      .cached(
          "INSERT INTO token_families(id, user_id, created_at, expires_at, current, current_at, previous) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(id) DO UPDATE "
          "SET created_at = min(created_at, excluded.created_at), expires_at = excluded.expires_at, current "
          "= excluded.current, current_at = "
          "excluded.current_at, previous = excluded.previous")
      .bind(1, family.id)
      .bind(2, family.user_id)
      .bind(3, family.created_at)
      .bind(4, family.expires_at)
      .bind(5, family.current)
      .bind(6, family.current_at)
      .bind(7, family.previous)
      .run();
}

std::optional<TokenFamily> family(sqlite::Database& database, std::string_view id) {
  auto& row = database.cached(
      "SELECT id, user_id, created_at, expires_at, current, current_at, previous FROM token_families WHERE "
      "id = ?1");
  row.bind(1, id);
  std::optional<TokenFamily> found;
  if (row.step()) {
    found.emplace();
    found->id = row.text(0);
    found->user_id = row.text(1);
    found->created_at = row.integer(2);
    found->expires_at = row.integer(3);
    found->current = row.text(4);
    found->current_at = row.integer(5);
    found->previous = row.text(6);
  }
  row.reset();
  return found;
}

bool revoke_family(sqlite::Database& database, std::string_view id, UnixMs now) {
  database
      .cached(
          "INSERT INTO revoked_tokens(family, user_id, revoked_at, expires_at) SELECT id, user_id, ?2, "
          "max(expires_at, ?3) "
          "FROM token_families WHERE id = ?1 ON CONFLICT DO NOTHING")
      .bind(1, id)
      .bind(2, now)
      .bind(3, now + longest_access.count())
      .run();
  // Without this row the refresh token never works again, even if the list of revoked tokens is emptied.
  database.cached("DELETE FROM token_families WHERE id = ?1").bind(1, id).run();
  if (database.changes() == 0) return false;
  note_change(database, Change::of_family, id);
  return true;
}

std::size_t revoke_families_of(sqlite::Database& database, std::string_view user_id, UnixMs now) {
  auto& query = database.cached("SELECT id FROM token_families WHERE user_id = ?1");
  query.bind(1, user_id);
  const std::vector<std::string> families = texts(query);
  for (const std::string& family : families) revoke_family(database, family, now);
  return families.size();
}

std::vector<std::string> revoked_families(sqlite::Database& database) {
  return texts(database.cached("SELECT family FROM revoked_tokens"));
}

bool is_revoked(sqlite::Database& database, std::string_view family) {
  auto& query = database.cached("SELECT 1 FROM revoked_tokens WHERE family = ?1");
  query.bind(1, family);
  const bool found = query.step();
  query.reset();
  return found;
}

std::size_t clear_revoked(sqlite::Database& database) {
  database.cached("DELETE FROM revoked_tokens").run();
  const std::size_t count = database.changes();
  raise_version(database);
  return count;
}

bool prune(sqlite::Database& database, UnixMs now) {
  constexpr std::int64_t most = 500;
  database
      .cached(
          "DELETE FROM token_families WHERE id IN "
          "(SELECT id FROM token_families WHERE expires_at <= ?1 LIMIT ?2)")
      .bind(1, now - longest_access.count())
      .bind(2, most)
      .run();
  bool more = database.changes() == most;
  auto& over = database.cached("SELECT family FROM revoked_tokens WHERE expires_at <= ?1 LIMIT ?2");
  over.bind(1, now).bind(2, most);
  const std::vector<std::string> forgotten = texts(over);
  for (const std::string& family : forgotten) {
    database.cached("DELETE FROM revoked_tokens WHERE family = ?1").bind(1, family).run();
    note_change(database, Change::of_family, family);
  }
  more = more || forgotten.size() == most;
  more = prune_stream_tokens(database, now, most) || more;
  more = prune_sign_in_codes(database, now, most) || more;
  return prune_login_failures(database, now, most) == most || more;
}

}  // namespace papi::auth::store
