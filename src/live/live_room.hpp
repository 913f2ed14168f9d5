#pragma once

// The sessions of one room and the follower that they share. Internal to LiveService; all of it belongs to
// the live thread.

#include <memory>
#include <string>
#include <vector>

#include "live/live_session.hpp"

namespace papi::live {

/// LiveService, as its rooms see it.
class RoomRegistry {
 public:
  virtual ~RoomRegistry() = default;
  /// The session's status has changed. `new_state`: also its state.
  virtual void session_changed(const std::shared_ptr<LiveSession>& session, bool new_state) = 0;
  /// The room has ended or failed. A new /connect makes a new one.
  virtual void room_over(const LiveRoom& room) = 0;
  virtual std::size_t readers_of(const LiveSession& session) const = 0;
};

class LiveRoom final : public RoomSink {
 public:
  LiveRoom(RoomRegistry& registry, const LiveParts& parts, const FollowerOptions& options,
           RoomReference reference);

  // RoomSink
  Task<Result<void>> take(RoomBatch batch, events::UpstreamPosition position) override;
  Task<Result<void>> end_streaks(StreakEnd which) override;
  void connection_restored() override;
  void nothing_heard_for(std::chrono::steady_clock::duration time) override;
  void room_changed(const RoomStatus& status) override;
  bool wants_to_wait() const override;
  std::size_t readers() const override;

  /// A session is on its way in: its past is being read. begin() waits for it.
  void expect() { ++expected_; }
  /// It does not come soon, or not at all.
  void expect_no_more() { --expected_; }
  /// The session joins, with its past. Call expect_no_more() before, if it was expected.
  void join(const std::shared_ptr<LiveSession>& session, events::SessionPast past);
  /// Returns true once: everybody who was expected has joined, and the follower is to run.
  bool begin();

  void remove(const LiveSession& session);
  bool idle() const { return sessions_.empty() && expected_ == 0; }
  RoomFollower& follower() { return follower_; }
  const RoomFollower& follower() const { return follower_; }
  const std::string& key() const { return key_; }

  void tell(const std::shared_ptr<LiveSession>& session, const RoomStatus& status);

 private:
  using Sessions = std::vector<std::shared_ptr<LiveSession>>;
  static void set_ahead(LiveSession& session, std::vector<std::uint64_t> ids, UnixMs heard_at);
  RoomStatus status_for(const LiveSession& session, const RoomStatus& status) const;
  Task<Result<void>> append(Sessions sessions, std::vector<events::LogAppend> appends,
                            events::UpstreamPosition position);

  RoomRegistry& registry_;
  const LiveParts& parts_;
  const std::string key_;
  Sessions sessions_;                       // in the order of their keys
  std::vector<events::SessionPast> pasts_;  // of sessions_, until begin()
  int expected_ = 0;
  bool begun_ = false;
  RoomFollower follower_;
};

/// Locks the streaks of the sessions, which stand in the order of their keys.
AsyncLocks gift_locks(const std::vector<std::shared_ptr<LiveSession>>& sessions);

}  // namespace papi::live
