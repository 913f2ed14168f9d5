#pragma once

#include <string>

#include "platform/base/clock.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::events {

// Remembers the session ids whose event log was deleted or replaced. A reader's position without an epoch may
// belong to such an ended event log. Therefore it is not trusted for a later event log of the same id
// (SessionPosition::first_log).

inline constexpr int max_ended_logs = 100'000;  // remembered session ids

/// Deletes the oldest entries beyond `most`, except those of existing sessions. Blocking; call it at start
/// only.
Result<void> prepare_ended_logs(sqlite::Database& database, std::int64_t most = max_ended_logs);

/// Notes that the session's event log ends. Call it in the transaction that deletes the event log. It may be
/// called again. Throws DatabaseFault.
void note_ended_log(sqlite::Database& database, const std::string& session_id, UnixMs now);

/// Whether an earlier event log of that session id has ended. Throws DatabaseFault.
bool had_ended_log(sqlite::Database& database, const std::string& session_id);

}  // namespace papi::events
