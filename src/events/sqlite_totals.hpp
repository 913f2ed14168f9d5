#pragma once

#include "events/redaction.hpp"
#include "events/session_totals.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::events {

// The sums of each session in SQLite, by person and by time span. Part of the transactions of EventStore;
// engagement reads the tables. All functions throw DatabaseFault.

void add_totals(sqlite::Database& database, SessionKey session_key, const SessionTotals& totals);
void delete_totals(sqlite::Database& database, SessionKey session_key);

/// Adds the user ids that are known for the person's username, and the nicknames.
void add_known_ids(sqlite::Database& database, ErasedPerson& person);
/// Removes the person's username, nickname and picture. The sums stay.
void erase_from_totals(sqlite::Database& database, const ErasedPerson& person);

}  // namespace papi::events
