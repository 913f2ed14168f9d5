#pragma once

#include <string>

#include "platform/base/clock.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::events {

// Session ids whose log was deleted or replaced. A position without an epoch may mean such a log, so it is
// not believed for a later log of the same id (SessionPosition::first_log).

/// Creates and migrates the table. Blocking: at start only.
Result<void> prepare_ended_logs(sqlite::Database& database);

/// The session's log ends. In the transaction that deletes it; throws DatabaseFault. Repeatable.
void note_ended_log(sqlite::Database& database, const std::string& session_id, UnixMs now);

/// Whether an earlier log of that id has ended. Throws DatabaseFault.
bool had_ended_log(sqlite::Database& database, const std::string& session_id);

}  // namespace papi::events
