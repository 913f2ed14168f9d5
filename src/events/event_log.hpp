#pragma once

#include <array>
#include <memory>
#include <string>

#include "events/event_store.hpp"
#include "events/fan_out.hpp"
#include "events/log_identity.hpp"
#include "platform/base/async_lock.hpp"

namespace papi::events {

using PreparedEvents = std::vector<PreparedEventPtr>;

class EventLog;

/// What one log is given. `streaks` is stored in the same transaction.
struct LogAppend {
  std::shared_ptr<EventLog> log;
  PreparedEvents events;
  std::vector<StreakChange> streaks;
};

/// Numbers the events of one session and hands them to its subscribers in order. Lives on the live thread.
/// Events go through append_to_all(): they are numbered, committed, and only then shown.
class EventLog {
 public:
  /// `executor` is the live thread's. `identity`: is told how far the log may have been shown; nullptr: none.
  /// `access`: goes along with each batch.
  EventLog(Executor executor, EventStore& store, FanOut& fan_out, const StoredSession& session,
           LogIdentity* identity = nullptr, SessionAccessPtr access = {});

  /// The offset of the last committed event.
  std::uint64_t last_offset() const { return last_offset_; }
  const std::string& epoch() const { return epoch_; }
  std::int64_t key() const { return key_; }
  const std::array<std::uint64_t, event_type_count>& counts() const { return counts_; }

  /// Puts the event before those of the next append_to_all(). It waits there until it is committed. If more
  /// than `max_waiting` events wait, the oldest is dropped.
  void put_first(PreparedEventPtr event);
  bool has_waiting() const { return !waiting_.empty(); }
  static constexpr std::size_t max_waiting = 64;

 private:
  friend Task<Result<void>> append_to_all(Executor executor, std::vector<LogAppend> appends,
                                          UpstreamPosition position);
  std::vector<EventPtr> number(const PreparedEvents& waiting, const PreparedEvents& events) const;
  void publish(std::vector<EventPtr> events, std::size_t waited);
  Task<Result<void>> catch_up(std::uint64_t stored_offset, PreparedEvents& events);

  EventStore& store_;
  FanOut& fan_out_;
  LogIdentity* const identity_;
  const std::int64_t key_;
  const std::string session_id_;
  const std::string epoch_;
  const SessionAccessPtr access_;
  const Executor executor_;
  AsyncLock lock_;             // one append at a time: numbers are given in the order of the commits
  std::uint64_t last_offset_;  // committed
  std::uint64_t dropped_ = 0;  // from waiting_, ever
  PreparedEvents waiting_;
  std::array<std::uint64_t, event_type_count> counts_{};  // since this process began
};

/// Gives each log its events in one commit for all, and returns when they are committed and on their way to
/// the subscribers. After an error none of them was stored or shown. The logs share one store. `position` is
/// saved with the events, also if there are none; see EventStore::append().
/// If a log turns out to have more events in the store than it knows, it shows those first, leaves out of
/// `events` what is among them, and tries again.
Task<Result<void>> append_to_all(Executor executor, std::vector<LogAppend> appends,
                                 UpstreamPosition position);

}  // namespace papi::events
