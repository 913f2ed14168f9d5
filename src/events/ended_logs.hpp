#pragma once

#include <string>

#include "platform/base/clock.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::events {

// Session ids whose log was deleted or replaced. A position without an epoch may mean such a log, so it is
// not believed for a later log of the same id (SessionPosition::first_log).

inline constexpr int max_ended_logs = 100'000;  // that are remembered

/// Creates and migrates the table, and forgets the oldest beyond `max_ended_logs`, but none of a session that
/// exists. Behind the tables of events. Blocking: at start only.
Result<void> prepare_ended_logs(sqlite::Database& database);

/// The session's log ends. In the transaction that deletes it; throws DatabaseFault. Repeatable.
void note_ended_log(sqlite::Database& database, const std::string& session_id, UnixMs now);

/// Whether an earlier log of that id has ended. Throws DatabaseFault.
bool had_ended_log(sqlite::Database& database, const std::string& session_id);

}  // namespace papi::events
