#include "auth/sqlite_lock_out.hpp"

namespace papi::auth::store {

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

std::size_t prune_login_failures(sqlite::Database& database, UnixMs now, std::int64_t max) {
  constexpr std::chrono::milliseconds day = std::chrono::days(1);
  database
      .cached(
          "DELETE FROM login_failures WHERE name_key IN "
          "(SELECT name_key FROM login_failures WHERE last_at < ?1 AND locked_until <= ?2 LIMIT ?3)")
      .bind(1, now - day.count())
      .bind(2, now)
      .bind(3, max)
      .run();
  return database.changes();
}

}  // namespace papi::auth::store
