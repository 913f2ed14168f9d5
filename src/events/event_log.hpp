#pragma once

#include <array>
#include <span>
#include <string>

#include "events/event_store.hpp"
#include "events/fan_out.hpp"

namespace papi::events {

/// A decoded event and its encoding without the session's part, shared by all sessions of a room.
struct PreparedEvent {
  Event event;
  std::string common;
};

/// Numbers and keeps the events of one session, and hands them to subscribers in order.
/// Lives on the live thread. One append() at a time.
class EventLog {
 public:
  EventLog(Executor executor, EventStore& store, FanOut& fan_out, const StoredSession& session);

  /// Returns when the events are committed and on their way to the subscribers. After an error none of them
  /// was kept or shown, and the numbers are given to the next ones.
  Task<Result<void>> append(const std::vector<PreparedEvent>& events);

  /// The offset of the last committed event.
  std::uint64_t last_offset() const { return last_offset_; }
  const std::string& epoch() const { return epoch_; }
  const std::array<std::uint64_t, event_type_count>& counts() const { return counts_; }

 private:
  Executor executor_;
  EventStore& store_;
  FanOut& fan_out_;
  const std::int64_t key_;
  const std::string session_id_;
  const std::string epoch_;
  std::uint64_t last_offset_;
  std::array<std::uint64_t, event_type_count> counts_{};  // since this process began
};

}  // namespace papi::events
