#pragma once

#include <atomic>

#include "events/event_store.hpp"
#include "events/redaction.hpp"
#include "platform/postgres/pool.hpp"
#include "platform/postgres/schema.hpp"
#include "platform/postgres/writer.hpp"

namespace papi::events {

/// Keeps sessions and events in PostgreSQL (tables: migrations/postgres). Everything is stored through the
/// one writer, which commits all waiting jobs together; reads use the pool. Everything that it uses must
/// outlive it.
class PostgresEventStore final : public EventStore {
 public:
  /// If `keep_events` is false (EVENTS_DURABILITY=off), sessions are stored but their events are not.
  PostgresEventStore(postgres::Writer& writer, postgres::Pool& pool, const postgres::Schema& schema,
                     bool keep_events);

  bool keeps_events() const override { return keep_events_; }

  // postgres_sessions.cpp
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

  // postgres_event_reading.cpp
  Task<Result<EventPage>> read(Executor executor, EventQuery query) override;
  Task<Result<SessionPast>> past(Executor executor, SessionKey session_key, std::string room,
                                 std::size_t limit) override;

  // postgres_event_trim.cpp
  Task<Result<bool>> trim(Executor executor, SessionKey session_key, Retention retention,
                          UnixMs now) override;
  // postgres_erasure.cpp
  Task<Result<std::size_t>> erase_person(Executor executor, std::string username,
                                         std::string nickname) override;

  void stop_long_work() override { stopping_ = true; }

 private:
  template <class... Values>
  postgres::Statement statement(std::string_view name, std::string_view sql, Values&&... values) const {
    return postgres::Statement(name, schema_.qualify(sql), std::forward<Values>(values)...);
  }
  Task<Result<AppendResult>> offsets_now(std::vector<std::int64_t> keys);
  Task<Result<ErasedPerson>> person_of(std::string username, std::string nickname);
  Task<Result<std::size_t>> erase_from_events(const ErasedPerson& person);
  Task<Result<void>> erase_from_streaks(const ErasedPerson& person);
  Task<Result<void>> erase_from_sums(const ErasedPerson& person);

  postgres::Writer& writer_;
  postgres::Pool& pool_;
  const postgres::Schema schema_;
  const bool keep_events_;
  const std::string append_sql_;
  std::atomic<bool> stopping_{false};
};

}  // namespace papi::events
