// The part of sqlite_account_rows.hpp for tokens and failed logins.

#include "auth/sqlite_account_rows.hpp"

namespace papi::auth::store {
namespace {

constexpr std::chrono::milliseconds day = std::chrono::days(1);

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

LoginAttempt reserve_attempt(sqlite::Database& database, std::string_view username, const LockOut& rule,
                             UnixMs now) {
  const std::string key = login_failure_key(username);
  auto& query = database.cached("SELECT failures, locked_until FROM login_failures WHERE name_key = ?1");
  query.bind(1, key);
  LoginAttempt attempt;
  if (query.step()) {
    attempt.failures = static_cast<int>(query.integer(0));
    attempt.locked_until = query.integer(1);
  }
  query.reset();
  if (attempt.locked_until > now + rule.lock.count()) {
    // The clock was set back, or the setting was lowered. The new end is stored, so that the time left
    // decreases from now on.
    attempt.locked_until = now + rule.lock.count();
    database.cached("UPDATE login_failures SET locked_until = ?2, last_at = ?3 WHERE name_key = ?1")
        .bind(1, key)
        .bind(2, attempt.locked_until)
        .bind(3, now)
        .run();
  }
  attempt.locked = attempt.locked_until > now;
  if (attempt.locked) return attempt;
  // When a lock-out has ended, counting starts again at one.
  attempt.failures = attempt.locked_until > 0 ? 1 : attempt.failures + 1;
  attempt.locked_until = attempt.failures >= rule.max_failures ? now + rule.lock.count() : 0;
  database
      .cached(
          "INSERT INTO login_failures(name_key, failures, locked_until, last_at) VALUES (?1, ?2, ?3, ?4) "
          "ON CONFLICT(name_key) DO UPDATE SET failures = excluded.failures, locked_until = "
          "excluded.locked_until, last_at = excluded.last_at")
      .bind(1, key)
      .bind(2, attempt.failures)
      .bind(3, attempt.locked_until)
      .bind(4, now)
      .run();
  return attempt;
}

void refund_attempt(sqlite::Database& database, std::string_view username) {
  database
      .cached(
          "UPDATE login_failures SET failures = max(0, failures - 1), locked_until = 0 WHERE name_key = ?1")
      .bind(1, login_failure_key(username))
      .run();
}

void clear_login_failures(sqlite::Database& database, std::string_view username) {
  database.cached("DELETE FROM login_failures WHERE name_key = ?1")
      .bind(1, login_failure_key(username))
      .run();
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
  database
      .cached(
          "DELETE FROM login_failures WHERE name_key IN "
          "(SELECT name_key FROM login_failures WHERE last_at < ?1 AND locked_until <= ?2 LIMIT ?3)")
      .bind(1, now - day.count())
      .bind(2, now)
      .bind(3, most)
      .run();
  return more || database.changes() == most;
}

}  // namespace papi::auth::store
