#pragma once

#include <array>
#include <memory>
#include <string>

#include "events/event_store.hpp"
#include "events/fan_out.hpp"

namespace papi::events {

using PreparedEvents = std::vector<PreparedEventPtr>;

/// Numbers the events of one session and hands them to its subscribers in order. Lives on the live thread.
/// Events go through append_to_all(): numbered, committed, and only then shown.
class EventLog {
 public:
  EventLog(EventStore& store, FanOut& fan_out, const StoredSession& session);

  /// The offset of the last committed event.
  std::uint64_t last_offset() const { return last_offset_; }
  const std::string& epoch() const { return epoch_; }
  std::int64_t key() const { return key_; }
  const std::array<std::uint64_t, event_type_count>& counts() const { return counts_; }

 private:
  friend Task<Result<void>> append_to_all(Executor executor, std::vector<std::shared_ptr<EventLog>> logs,
                                          const PreparedEvents& events, RoomPlace place);
  StoredBatch number(const PreparedEvents& events);
  void publish(std::vector<EventPtr> events);
  void take_back(std::size_t count);

  EventStore& store_;
  FanOut& fan_out_;
  const std::int64_t key_;
  const std::string session_id_;
  const std::string epoch_;
  const std::string owner_;
  std::uint64_t last_offset_;    // committed
  std::uint64_t last_numbered_;  // given out; ahead of the former while a commit is under way
  std::array<std::uint64_t, event_type_count> counts_{};  // since this process began
};

/// Gives the events to every log, in one commit for all of them, and returns when they are committed and on
/// their way to the subscribers. After an error none of them was kept or shown, and the numbers are given to
/// the next ones. `logs` share one store. `place` is saved with them, also where there are no events.
Task<Result<void>> append_to_all(Executor executor, std::vector<std::shared_ptr<EventLog>> logs,
                                 const PreparedEvents& events, RoomPlace place);

}  // namespace papi::events
