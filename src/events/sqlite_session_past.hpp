#pragma once

#include "events/ids.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::events {

// Keeps what the next start of a session must know of events that retention deletes: their ids, so that
// messages that TikTok repeats are recognised, and the streaks that they ended. Runs on the writer's thread.
// Throws DatabaseFault.

/// Call it before the session's events up to that offset are deleted.
void keep_trimmed(sqlite::Database& database, SessionKey session_key, std::int64_t up_to);
/// Call it when the session is deleted.
void forget_trimmed(sqlite::Database& database, SessionKey session_key);

}  // namespace papi::events
