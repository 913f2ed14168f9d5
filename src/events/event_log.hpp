#pragma once

#include <array>
#include <memory>
#include <string>

#include "events/event_store.hpp"
#include "events/fan_out.hpp"
#include "events/shown_offsets.hpp"
#include "platform/base/async_mutex.hpp"

namespace papi::events {

using PreparedEvents = std::vector<PreparedEventPtr>;

class EventLog;

/// One append to one event log. `streaks` is stored in the same transaction. `received` is when the events
/// came from the platform; nullopt: they did not, or it is not known.
struct LogAppend {
  std::shared_ptr<EventLog> log;
  PreparedEvents events;
  std::vector<StreakChange> streaks;
  std::optional<std::chrono::steady_clock::time_point> received = {};
};

/// Numbers the events of one session and hands them to the subscribers in order. Events are added by
/// append_to_all(): they are numbered, committed, and only then shown. Lives on the live thread.
class EventLog {
 public:
  struct Options {
    TotalsOf totals_of = nullptr;      // computes the sums that are stored with events; nullptr: none are
    ShownOffsets* identity = nullptr;  // is informed how far the event log may have been shown; nullptr: none
    SessionAccessPtr access;           // is passed on with each batch
  };
  /// `executor`: that of the live thread.
  EventLog(Executor executor, EventStore& store, FanOut& fan_out, const StoredSession& session,
           Options options);

  /// The offset of the last committed event.
  Offset last_offset() const { return last_offset_; }
  const std::string& epoch() const { return epoch_; }
  SessionKey key() const { return key_; }
  const std::array<std::uint64_t, event_type_count>& counts() const { return counts_; }

  /// Puts the event before those of the next append_to_all(). It waits until it is committed. If more than
  /// `max_waiting` events wait, the oldest is dropped. Does nothing if the session is deleted.
  void put_first(PreparedEventPtr event);
  bool has_waiting() const { return !waiting_.empty(); }
  /// Returns whether the store has left out an append because the session is deleted there. From then on
  /// nothing of this event log is stored or shown, and nothing waits. Whoever owns the session ends it.
  bool deleted() const { return deleted_; }
  static constexpr std::size_t max_waiting = 64;

 private:
  friend Task<Result<void>> append_to_all(Executor executor, std::vector<LogAppend> appends,
                                          UpstreamPosition position);
  std::vector<EventPtr> number(const PreparedEvents& waiting, const PreparedEvents& events) const;
  SessionTotals totals_of(const std::vector<EventPtr>& events) const;
  using TimePoint = std::chrono::steady_clock::time_point;
  void publish(std::vector<EventPtr> events, std::size_t waited, std::optional<TimePoint> received);
  void announce(const EventPtr& event) const;
  void set_deleted();
  Task<Result<void>> catch_up(Offset stored_offset, PreparedEvents& events);

  EventStore& store_;
  FanOut& fan_out_;
  const TotalsOf totals_of_;
  ShownOffsets* const identity_;
  const SessionKey key_;
  const std::string session_id_;
  const std::string epoch_;
  const SessionAccessPtr access_;
  const Executor executor_;
  AsyncMutex lock_;            // one append at a time, so that offsets follow the order of commits
  Offset last_offset_;         // committed
  std::uint64_t dropped_ = 0;  // how many were dropped from waiting_
  PreparedEvents waiting_;
  bool deleted_ = false;
  std::array<std::uint64_t, event_type_count> counts_{};  // since this process started
};

/// Appends to each event log its events, all in one commit. Returns when they are committed and on their way
/// to the subscribers. After an error, none of them was stored or shown. All event logs must use the same
/// store. `position` is saved in the same commit, even if there are no events; see EventStore::append().
///
/// If the store has more events of an event log than the EventLog knows, those are shown first. Events of
/// `events` that are among them are not appended again, and the append is repeated.
///
/// If a session is deleted in the store, its events are neither stored nor shown; the others get theirs. That
/// is not an error, because trying again would change nothing. Afterwards EventLog::deleted() is true.
Task<Result<void>> append_to_all(Executor executor, std::vector<LogAppend> appends,
                                 UpstreamPosition position);

}  // namespace papi::events
