#pragma once

#include <memory>
#include <string>
#include <vector>

#include "events/event_log.hpp"
#include "events/share_store.hpp"
#include "live/gift_streaks.hpp"
#include "live/session_machine.hpp"
#include "live/upstream_connection.hpp"

namespace papi::live {

class LiveRoom;

/// A session of LiveService. All of it belongs to the live thread.
struct LiveSession {
  LiveSession(const LiveDependencies& deps, events::EventStore& store, events::FanOut& fan_out,
              events::StoredSession row, std::shared_ptr<events::SessionAccess> who,
              SessionMachine machine_now)
      : stored(std::move(row)),
        access(std::move(who)),
        log(std::make_shared<events::EventLog>(
            deps.executor, store, fan_out, stored,
            events::EventLog::Options{deps.totals_of, deps.identity, access})),
        streaks_mutex(deps.executor),
        machine(std::move(machine_now)),
        row_mutex(deps.executor) {}

  events::StoredSession stored;
  std::shared_ptr<events::SessionAccess> access;
  events::SessionShares shares;  // as stored; `access` has the same readers
  std::shared_ptr<events::EventLog> log;
  GiftStreaks streaks;               // of this event log
  std::vector<std::uint64_t> ahead;  // sorted ids that its event log has and its room does not have yet
  UnixMs ahead_until = 0;            // TikTok's time at which the room has caught up
  AsyncMutex streaks_mutex;          // held while a batch changes `streaks`, until it is committed
  std::string room_key;              // key of the room that it last followed
  SessionMachine machine;            // LiveService::apply() performs what follows from a change
  bool deleted = false;
  bool ending = false;         // the database has it as deleted; it is about to be deleted here too
  bool streaks_known = false;  // `streaks` has been read from the database

  std::shared_ptr<LiveRoom> room;
  std::uint64_t attachment = 0;  // changes whenever it starts or stops following a room

  AsyncMutex row_mutex;    // held from building a row until it is stored, so rows are stored in order
  bool unsaved = false;    // the stored row is older than `machine`
  bool recording = false;  // a task is saving the row and the waiting events
  std::vector<std::shared_ptr<SteadyTimer>> waiters;  // /connect calls that wait for the session to settle
};

}  // namespace papi::live
