#include "live/live_room.hpp"

#include <algorithm>

#include "events/people_of.hpp"

namespace papi::live {

bool is_running(RoomState state) {
  return state == RoomState::connecting || state == RoomState::waiting || state == RoomState::connected ||
         state == RoomState::reconnecting;
}

bool is_settled(RoomState state) {
  return state != RoomState::connecting && state != RoomState::reconnecting;
}

LiveRoom::LiveRoom(RoomOwner& owner, const LiveParts& parts, const FollowerOptions& options,
                   RoomReference reference)
    : owner_(owner),
      parts_(parts),
      key_(reference.key()),
      follower_(parts, options, std::move(reference), *this) {}

Task<Result<void>> LiveRoom::take(events::PreparedEvents events, std::string cursor) {
  // Sessions may come and go while the commit is under way: the logs are kept alive, and a session that
  // comes later has not missed these events.
  std::vector<std::shared_ptr<events::EventLog>> logs;
  logs.reserve(sessions_.size());
  for (const auto& session : sessions_) logs.push_back(session->log);
  events::RoomPlace place{std::to_string(follower_.status().room_id), std::move(cursor)};
  auto kept = co_await events::append_to_all(parts_.executor, std::move(logs), events, std::move(place));
  if (kept) {
    const auto note = [this](const events::User& user) { parts_.people.seen(user); };
    for (const auto& prepared : events) events::for_each_person(prepared->event, note);
  }
  co_return kept;
}

void LiveRoom::room_changed(const RoomStatus& status) {
  if (!is_running(status.state)) owner_.room_over(*this);
  const std::vector<std::shared_ptr<LiveSession>> sessions = sessions_;
  for (const auto& session : sessions) tell(*session, status_for(*session, status));
  std::erase_if(sessions_, [](const auto& s) { return !is_running(s->status.state); });
}

/// A room that waits for its next stream is over for a session that did not ask to wait.
RoomStatus LiveRoom::status_for(const LiveSession& session, const RoomStatus& status) const {
  if (status.state != RoomState::waiting || session.stored.wait_until_live) return status;
  RoomStatus own = status;
  own.next_try.reset();
  own.state = session.was_connected ? RoomState::ended : RoomState::failed;
  if (session.was_connected) own.reason = "The stream has ended";
  own.error = Error(ErrorCode::user_offline, own.reason);
  return own;
}

bool LiveRoom::wants_to_wait() const {
  return std::any_of(sessions_.begin(), sessions_.end(),
                     [](const auto& s) { return s->stored.wait_until_live; });
}

void LiveRoom::arrive(const std::shared_ptr<LiveSession>& session, const events::RecentEvents& past) {
  --expected_;
  // In a room that runs, the others' streaks and ids are not this session's to change.
  begun_ ? follower_.remember(past.ids) : follower_.restore(past);
  sessions_.push_back(session);
  const RoomStatus& status = follower_.status();
  if (begun_ && status.state == RoomState::waiting && !session->stored.wait_until_live) {
    follower_.look_now();  // what was seen up to a minute ago is no answer to who asks now
  } else {
    tell(*session, status);
  }
}

bool LiveRoom::begin() {
  if (expected_ > 0 || begun_ || sessions_.empty()) return false;
  return begun_ = true;
}

void LiveRoom::remove(LiveSession& session) {
  std::erase_if(sessions_, [&](const auto& s) { return s.get() == &session; });
}

void LiveRoom::tell(LiveSession& session, const RoomStatus& status) {
  const bool changed = session.status.state != status.state;
  session.status = status;
  if (status.state == RoomState::connected) session.was_connected = true;
  if (status.state == RoomState::reconnecting || status.state == RoomState::failed) {
    if (!status.reason.empty()) session.last_error = status.reason;
  }
  if (changed) owner_.save(session);
  if (is_settled(status.state)) {
    for (auto& waiter : session.waiters) waiter->cancel();
  }
  if (!is_running(status.state)) session.room.reset();
}

}  // namespace papi::live
