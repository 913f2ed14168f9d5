#include "events/sqlite_session_keys.hpp"

namespace papi::events {
SessionKey take_session_key(sqlite::Database& database) {
  // An older version of the program, which does not know the table, may have made sessions since.
  auto next = database.prepare(
      "UPDATE session_keys SET last = max(last, (SELECT coalesce(max(key), 0) FROM sessions)) + 1"
      " RETURNING last");
  next.step();
  const SessionKey key(next.integer(0));
  next.step();
  return key;
}

}  // namespace papi::events
