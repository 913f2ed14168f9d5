#pragma once

#include <memory>
#include <string>
#include <vector>

#include "events/event_log.hpp"
#include "events/share_store.hpp"
#include "live/gift_streaks.hpp"
#include "live/room_follower.hpp"

namespace papi::live {

class LiveRoom;

/// The session follows its room, or will do so without a new /connect.
bool is_running(RoomState state);
/// /connect waits for one of these states.
bool is_settled(RoomState state);

/// A session of LiveService. All of it belongs to the live thread.
struct LiveSession {
  LiveSession(const LiveParts& parts, events::EventStore& store, events::FanOut& fan_out,
              events::StoredSession row, std::shared_ptr<events::SessionAccess> who)
      : stored(std::move(row)),
        access(std::move(who)),
        log(std::make_shared<events::EventLog>(parts.executor, store, fan_out, stored, parts.identity,
                                               access)),
        gifts(parts.executor),
        heard_at(stored.heard_at),
        saving(parts.executor) {}

  events::StoredSession stored;
  std::shared_ptr<events::SessionAccess> access;
  events::SessionShares shares;  // as stored; `access` knows the same readers
  std::shared_ptr<events::EventLog> log;
  GiftStreaks streaks;  // of this log
  std::vector<std::uint64_t>
      ahead;               // sorted ids that its log has and the room has not yet, while it may be behind
  UnixMs ahead_until = 0;  // the platform's time at which the room is no longer behind
  AsyncLock gifts;         // held while a batch changes `streaks`, until it is committed
  std::string room_key;    // of the room that it last followed
  RoomStatus status;
  UnixMs started_at = 0;
  UnixMs heard_at;  // when data last reached it, while no data flows; 0: never
  std::string last_error;
  std::string note;            // why it could not go on from its kept position
  bool was_connected = false;  // since it was last started
  bool deleted = false;
  bool streaks_known = false;  // `streaks` has been read from the database

  std::shared_ptr<LiveRoom> room;
  std::uint64_t attachment = 0;  // changes whenever it starts to follow a room or stops to

  AsyncLock saving;        // held from the making of a row until it is stored: rows are stored in their order
  bool unsaved = false;    // the row is behind `status`
  bool recording = false;  // a task saves the row and the waiting events
  std::vector<std::shared_ptr<SteadyTimer>> waiters;  // /connect calls that wait for the session to settle
};

}  // namespace papi::live
