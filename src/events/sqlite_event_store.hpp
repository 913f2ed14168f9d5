#pragma once

#include <atomic>

#include "events/event_store.hpp"
#include "events/redaction.hpp"
#include "platform/sqlite/readers.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::events {

/// Keeps sessions and events in SQLite. Writes are jobs of the writer thread, which commits all waiting jobs
/// together. Reads run on the reader threads. Everything that it uses must outlive it.
class SqliteEventStore final : public EventStore {
 public:
  /// Brings the database to the current schema and deletes the oldest entries of ended_logs. Blocking; call
  /// it at start only.
  static Result<void> prepare(sqlite::Database& database);
  /// As load_sessions(), on a connection of the caller. Blocking.
  static Result<std::vector<StoredSession>> sessions_in(sqlite::Database& database, std::size_t limit);

  /// If `keep_events` is false (EVENTS_DURABILITY=off), sessions are stored but their events are not.
  SqliteEventStore(sqlite::Writer& writer, sqlite::Readers& readers, bool keep_events)
      : writer_(writer), readers_(readers), keep_events_(keep_events) {}

  bool keeps_events() const override { return keep_events_; }

  // sqlite_sessions.cpp
  Task<Result<std::vector<StoredSession>>> load_sessions(Executor executor, std::size_t limit) override;
  Task<Result<CreatedSession>> create_session(Executor executor, StoredSession session,
                                              SessionKey replaced) override;
  Task<Result<void>> save_session(Executor executor, StoredSession session) override;
  Task<Result<void>> mark_deleted(Executor executor, SessionKey session_key, UnixMs now) override;
  Task<Result<void>> delete_rows(Executor executor, SessionKey session_key) override;
  Task<Result<std::vector<KnownSession>>> session_keys(Executor executor) override;

  Task<Result<AppendResult>> append(Executor executor, std::vector<StoredBatch> batches,
                                    UpstreamPosition position) override;
  Task<Result<std::vector<SessionKey>>> sessions_with_open_streaks(Executor executor) override;
  Task<Result<UnixMs>> newest_platform_time(Executor executor) override;

  // sqlite_event_reading.cpp
  Task<Result<EventPage>> read(Executor executor, EventQuery query) override;
  // sqlite_session_past.cpp
  Task<Result<SessionPast>> past(Executor executor, SessionKey session_key, std::string room,
                                 std::size_t limit) override;
  // sqlite_event_trim.cpp
  Task<Result<bool>> trim(Executor executor, SessionKey session_key, Retention retention,
                          UnixMs now) override;
  // sqlite_erasure.cpp
  Task<Result<std::size_t>> erase_person(Executor executor, std::string username,
                                         std::string nickname) override;

  void stop_long_work() override { stopping_ = true; }

 private:
  Task<Result<ErasedPerson>> person_of(Executor executor, std::string username, std::string nickname);

  sqlite::Writer& writer_;
  sqlite::Readers& readers_;
  const bool keep_events_;
  std::atomic<bool> stopping_{false};
};

}  // namespace papi::events
