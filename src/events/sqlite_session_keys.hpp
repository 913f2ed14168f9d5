#pragma once

#include "events/ids.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::events {

/// Returns a key that no session has had. It is taken with the transaction in which this runs. Throws
/// DatabaseFault.
SessionKey take_session_key(sqlite::Database& database);

}  // namespace papi::events
