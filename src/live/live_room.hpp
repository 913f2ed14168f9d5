#pragma once

// The sessions of one room and the upstream connection that they share. Internal to LiveService. All of it
// belongs to the live thread.

#include <memory>
#include <string>
#include <vector>

#include "live/live_session.hpp"

namespace papi::live {

/// The part of LiveService that its rooms use.
class RoomRegistry {
 public:
  virtual ~RoomRegistry() = default;
  /// The session's room has this status. `heard_at` is when the room last received data. A session that stops
  /// has left the room when this returns.
  virtual void room_status_changed(const std::shared_ptr<LiveSession>& session, const RoomStatus& status,
                                   UnixMs heard_at) = 0;
  /// The database has the session as deleted. It ends soon, if nobody here is deleting it already.
  virtual void session_deleted(const std::shared_ptr<LiveSession>& session) = 0;
  /// The room has ended or failed, or has no sessions left. A new /connect creates a new room.
  virtual void room_over(const LiveRoom& room) = 0;
  virtual std::size_t readers_of(const LiveSession& session) const = 0;
};

/// One followed room: its sessions and its upstream connection. It gives each batch to all its sessions, and
/// its status to each of them.
class LiveRoom final : public RoomSink {
 public:
  LiveRoom(RoomRegistry& registry, const LiveDependencies& deps, const UpstreamOptions& options,
           RoomReference reference);

  // RoomSink
  Task<Result<void>> take(RoomBatch batch, events::UpstreamPosition position) override;
  Task<Result<void>> end_streaks(StreakEnd which) override;
  void connection_restored() override;
  void nothing_heard_for(std::chrono::steady_clock::duration time) override;
  void room_changed(const RoomStatus& status) override;
  bool wants_to_wait() const override;
  std::size_t readers() const override;

  /// Announces a session whose past is still being read. begin() waits until it joins.
  void begin_join() { ++joining_; }
  /// Withdraws the announcement. The session may join right afterwards, later or never.
  void end_join() { --joining_; }
  /// Adds the session with its past. If the session was announced, call end_join() first.
  void join(const std::shared_ptr<LiveSession>& session, events::SessionPast past);
  /// Returns true once: when all announced sessions have joined. The caller then runs the upstream
  /// connection.
  bool begin();

  void remove(const LiveSession& session);
  bool idle() const { return sessions_.empty() && joining_ == 0; }
  UpstreamConnection& upstream() { return upstream_; }
  const UpstreamConnection& upstream() const { return upstream_; }
  const std::string& key() const { return key_; }

 private:
  using Sessions = std::vector<std::shared_ptr<LiveSession>>;
  static void set_ahead(LiveSession& session, std::vector<std::uint64_t> ids, UnixMs heard_at);
  Task<Result<void>> append(Sessions sessions, std::vector<events::LogAppend> appends,
                            events::UpstreamPosition position);

  RoomRegistry& registry_;
  const LiveDependencies& deps_;
  const std::string key_;
  Sessions sessions_;                       // ordered by their keys
  std::vector<events::SessionPast> pasts_;  // parallel to sessions_, until begin()
  int joining_ = 0;
  bool begun_ = false;
  UpstreamConnection upstream_;
};

/// Returns a lock for the streaks of the sessions. The sessions must be ordered by their keys.
AsyncScopedLock streak_locks(const std::vector<std::shared_ptr<LiveSession>>& sessions);

}  // namespace papi::live
