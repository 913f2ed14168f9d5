#include "events/ended_logs.hpp"

namespace papi::events {
namespace {

constexpr std::string_view forget_oldest = R"sql(
    DELETE FROM ended_logs WHERE session_id NOT IN (SELECT session_id FROM sessions)
      AND ended_at < (SELECT ended_at FROM ended_logs ORDER BY ended_at DESC LIMIT 1 OFFSET ?1)
    )sql";

}  // namespace

Result<void> prepare_ended_logs(sqlite::Database& database, std::int64_t most) {
  try {
    database.prepare(forget_oldest).bind(1, most - 1).run();
  } catch (const sqlite::DatabaseFault& fault) {
    return fault.as_error();
  }
  return Result<void>();
}

void note_ended_log(sqlite::Database& database, const std::string& session_id, UnixMs now) {
  database.cached("INSERT OR REPLACE INTO ended_logs(session_id, ended_at) VALUES (?1, ?2)")
      .bind(1, session_id)
      .bind(2, now)
      .run();
}

bool had_ended_log(sqlite::Database& database, const std::string& session_id) {
  auto& row = database.cached("SELECT 1 FROM ended_logs WHERE session_id = ?1");
  row.bind(1, session_id);
  const bool found = row.step();
  row.reset();
  return found;
}

}  // namespace papi::events
