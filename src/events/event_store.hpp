#pragma once

#include <string>
#include <vector>

#include "events/event_json.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::events {

/// A session as it is kept. `key` is the row's number; events refer to it.
struct StoredSession {
  std::int64_t key = 0;
  std::string id;
  std::string epoch;
  std::string username;
  std::string room_id;
  std::string state;
  std::string reason;
  bool wait_until_live = false;
  UnixMs created_at = 0;
  std::uint64_t last_offset = 0;
};

/// Events of one session, to be kept.
struct StoredBatch {
  std::int64_t session_key = 0;
  std::vector<EventPtr> events;
};

/// Keeps sessions and their events in SQLite. Writes go through the writer thread in groups.
class EventStore {
 public:
  /// Creates and migrates the tables. Blocking: at start only.
  static Result<void> prepare(sqlite::Database& database);
  /// The newest `limit` sessions, oldest first, with the last offset of each. Blocking: at start only.
  static Result<std::vector<StoredSession>> load_sessions(sqlite::Database& database, int limit);

  explicit EventStore(sqlite::Writer& writer) : writer_(writer) {}

  /// Inserts or updates by key. Keys are given by the caller, and never used twice.
  Task<Result<void>> save_session(Executor executor, StoredSession session);
  /// All batches or none.
  Task<Result<void>> append(Executor executor, std::vector<StoredBatch> batches);

 private:
  sqlite::Writer& writer_;
};

}  // namespace papi::events
