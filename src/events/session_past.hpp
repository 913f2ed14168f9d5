#pragma once

#include "platform/sqlite/database.hpp"

namespace papi::events {

// What the next start of a session has to know of events that retention deletes: their ids, so that the
// platform's repetition is noticed, and the streaks that they ended. On the writer's thread; throw
// DatabaseFault.

/// Before the session's events up to that offset are deleted.
void keep_trimmed(sqlite::Database& database, std::int64_t session_key, std::int64_t up_to);
/// The session is gone.
void forget_trimmed(sqlite::Database& database, std::int64_t session_key);

}  // namespace papi::events
