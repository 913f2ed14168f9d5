#pragma once

// A session and the room that it shares with others. Internal to LiveService; all of it on the live thread.

#include <memory>
#include <string>
#include <vector>

#include "events/event_log.hpp"
#include "live/room_follower.hpp"
#include "platform/base/signal.hpp"

namespace papi::live {

class LiveRoom;

bool is_running(RoomState state);
/// What /connect waits for.
bool is_settled(RoomState state);

struct LiveSession {
  LiveSession(events::EventStore& store, events::FanOut& fan_out, events::StoredSession kept)
      : stored(std::move(kept)), log(std::make_shared<events::EventLog>(store, fan_out, stored)) {}

  events::StoredSession stored;
  std::shared_ptr<events::EventLog> log;
  std::string room_key;  // of the room it last followed
  RoomStatus status;
  UnixMs started_at = 0;
  std::string last_error;
  bool was_connected = false;  // since it was last started
  std::shared_ptr<LiveRoom> room;
  std::vector<std::shared_ptr<SteadyTimer>> waiters;  // connect calls that wait for the session to settle
};

/// Who keeps the rooms.
class RoomOwner {
 public:
  virtual ~RoomOwner() = default;
  virtual void save(const LiveSession& session) = 0;
  /// The room has ended or failed: a new connect makes a new one.
  virtual void room_over(const LiveRoom& room) = 0;
  virtual std::size_t readers(const LiveSession& session) const = 0;
};

/// The sessions of one room and its follower.
class LiveRoom final : public RoomSink {
 public:
  LiveRoom(RoomOwner& owner, const LiveParts& parts, const FollowerOptions& options, RoomReference reference);

  // RoomSink
  Task<Result<void>> take(events::PreparedEvents events, std::string cursor) override;
  void room_changed(const RoomStatus& status) override;
  bool wants_to_wait() const override;
  std::size_t readers() const override;

  /// A session that is on its way in: its past is being read.
  void expect() { ++expected_; }
  /// It is here, with its past. Nothing: it did not come.
  void arrive(const std::shared_ptr<LiveSession>& session, const events::RecentEvents& past);
  void stay_away() { --expected_; }
  /// True, once: all who were expected are here and the follower is to run.
  bool begin();

  void remove(LiveSession& session);
  bool idle() const { return sessions_.empty() && expected_ == 0; }
  RoomFollower& follower() { return follower_; }
  const RoomFollower& follower() const { return follower_; }
  const std::string& key() const { return key_; }

  void tell(LiveSession& session, const RoomStatus& status);

 private:
  RoomStatus status_for(const LiveSession& session, const RoomStatus& status) const;

  RoomOwner& owner_;
  const LiveParts& parts_;
  const std::string key_;
  std::vector<std::shared_ptr<LiveSession>> sessions_;
  int expected_ = 0;
  bool begun_ = false;
  RoomFollower follower_;
};

}  // namespace papi::live
