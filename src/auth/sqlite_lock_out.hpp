#pragma once

// Failed logins in a row as rows of SQLite, and the lock-out that follows from them. Blocking functions over
// one connection; they throw DatabaseFault. On PostgreSQL the same rule is the function reserve_attempt_v1 of
// migrations/postgres/0003_accounts_and_audit.sql.

#include <string_view>

#include "auth/account_store.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::auth::store {

/// Counts the attempt as failed before the password is verified. So parallel attempts cannot exceed
/// `rule.max_failures` in a row. If the username is locked out, the attempt is not counted. A lock-out never
/// lasts longer than `rule.lock` from `now`, even if the clock was set back after it began.
LoginAttempt reserve_attempt(sqlite::Database& database, std::string_view username, const LockOut& rule,
                             UnixMs now);
/// Takes the attempt back because the password could not be verified.
void refund_attempt(sqlite::Database& database, std::string_view username);
void clear_login_failures(sqlite::Database& database, std::string_view username);
/// Deletes at most `max` old rows whose lock-out has ended. Returns how many.
std::size_t prune_login_failures(sqlite::Database& database, UnixMs now, std::int64_t max);

}  // namespace papi::auth::store
