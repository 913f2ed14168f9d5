#include "live/live_room.hpp"

#include <algorithm>

#include "events/people_of.hpp"
#include "live/room_batch.hpp"
#include "live/start_position.hpp"

namespace papi::live {

bool is_running(RoomState state) {
  return state == RoomState::connecting || state == RoomState::waiting || state == RoomState::connected ||
         state == RoomState::reconnecting;
}

bool is_settled(RoomState state) {
  return state != RoomState::connecting && state != RoomState::reconnecting;
}

AsyncLocks gift_locks(const std::vector<std::shared_ptr<LiveSession>>& sessions) {
  std::vector<AsyncLock*> locks;
  locks.reserve(sessions.size());
  for (const auto& session : sessions) locks.push_back(&session->gifts);
  return AsyncLocks(std::move(locks));
}

LiveRoom::LiveRoom(RoomRegistry& registry, const LiveParts& parts, const FollowerOptions& options,
                   RoomReference reference)
    : registry_(registry),
      parts_(parts),
      key_(reference.key()),
      follower_(parts, options, std::move(reference), *this) {}

/// The caller holds the locks of the sessions' streaks.
Task<Result<void>> LiveRoom::append(Sessions sessions, std::vector<events::LogAppend> appends,
                                    events::UpstreamPosition position) {
  for (std::size_t i = 0; i < sessions.size(); ++i) appends[i].streaks = sessions[i]->streaks.changes();
  auto stored = co_await events::append_to_all(parts_.executor, std::move(appends), std::move(position));
  for (const auto& session : sessions) stored ? session->streaks.commit() : session->streaks.rollback();
  co_return stored;
}

Task<Result<void>> LiveRoom::take(RoomBatch batch, events::UpstreamPosition position) {
  // Sessions may come and go while the commit is under way. Those that were here when it began get the
  // events.
  const Sessions sessions = sessions_;
  if (sessions.empty()) co_return Error(ErrorCode::unavailable, "No session is there to take the events");
  AsyncLocks locks = gift_locks(sessions);
  co_await locks.take();
  GiftVariants variants(parts_.gifts.names(), parts_.pictures);
  std::vector<events::LogAppend> appends;
  for (const auto& session : sessions)
    appends.push_back({session->log, events_for(session->streaks, batch, variants, session->ahead), {}});
  // Known before they are shown: who sees an event may ask for the pictures in it at once.
  const auto note = [this](const events::User& user) { parts_.people.seen(user); };
  for (const auto& prepared : batch.events) events::for_each_person(prepared->event, note);
  position.room = key_;
  auto stored = co_await append(sessions, std::move(appends), std::move(position));
  if (stored) {
    for (const auto& session : sessions) {
      if (batch.platform_time > session->ahead_until) session->ahead = {};
    }
  }
  co_return stored;
}

Task<Result<void>> LiveRoom::end_streaks(StreakEnd which) {
  Sessions sessions;
  std::copy_if(sessions_.begin(), sessions_.end(), std::back_inserter(sessions), [&](const auto& session) {
    return session->streaks.open() > 0 && !(which.leaving_only && session->stored.wait_until_live);
  });
  AsyncLocks locks = gift_locks(sessions);
  co_await locks.take();
  std::vector<events::LogAppend> appends;
  for (const auto& session : sessions) {
    auto ends = session->streaks.close_idle(which.heard, which.idle);
    appends.push_back({session->log, prepare_ends(std::move(ends), which.now, parts_.pictures), {}});
  }
  events::UpstreamPosition unchanged;
  co_return co_await append(sessions, std::move(appends), std::move(unchanged));
}

void LiveRoom::connection_restored() {
  for (const auto& session : sessions_) session->streaks.touch_all(parts_.clock.steady());
}

void LiveRoom::nothing_heard_for(std::chrono::steady_clock::duration time) {
  for (const auto& session : sessions_) session->streaks.delay_all(time, parts_.clock.steady());
}

void LiveRoom::room_changed(const RoomStatus& status) {
  if (!is_running(status.state)) registry_.room_over(*this);
  const Sessions sessions = sessions_;
  for (const auto& session : sessions) tell(session, status_for(*session, status));
  std::erase_if(sessions_, [](const auto& s) { return !is_running(s->status.state); });
  if (!is_running(status.state) || !idle()) return;
  registry_.room_over(*this);
  follower_.stop();
}

/// A room that waits for its next stream is over for a session that did not ask to wait.
RoomStatus LiveRoom::status_for(const LiveSession& session, const RoomStatus& status) const {
  RoomStatus own = status;
  if (status.state == RoomState::connected && own.reason.empty()) own.reason = session.note;
  if (status.state != RoomState::waiting || session.stored.wait_until_live) return own;
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

std::size_t LiveRoom::readers() const {
  std::size_t readers = 0;
  for (const auto& session : sessions_) readers += registry_.readers_of(*session);
  return readers;
}

/// Other sessions of the room may still get what this one has: it must not get that twice.
void LiveRoom::set_ahead(LiveSession& session, std::vector<std::uint64_t> ids, UnixMs heard_at) {
  constexpr UnixMs most_between_clocks = 3'600'000;  // ours and the platform's
  session.ahead = std::move(ids);
  session.ahead_until = heard_at + most_between_clocks;
}

void LiveRoom::join(const std::shared_ptr<LiveSession>& session, events::SessionPast past) {
  if (!session->streaks_known) session->streaks.restore(past, parts_.clock.steady());
  session->streaks_known = true;
  const auto place = std::find_if(sessions_.begin(), sessions_.end(),
                                  [&](const auto& other) { return other->stored.key > session->stored.key; });
  if (!begun_) {
    pasts_.insert(pasts_.begin() + (place - sessions_.begin()), std::move(past));
    sessions_.insert(place, session);
    return;
  }
  sessions_.insert(place, session);
  auto ahead = ids_behind_common(past.ids, [this](std::uint64_t id) { return follower_.knows(id); });
  const bool missed = ahead.empty() && !past.own.cursor.empty() && past.own.cursor != follower_.cursor();
  set_ahead(*session, std::move(ahead), past.own.heard_at);
  if (missed) session->note = "Joined the running room; what it said since the session left is not replayed";
  const RoomStatus& status = follower_.status();
  if (status.state == RoomState::waiting && !session->stored.wait_until_live) {
    follower_.look_now();  // what was seen up to a minute ago is no answer to a new /connect
  } else {
    tell(session, status_for(*session, status));
  }
}

bool LiveRoom::begin() {
  if (expected_ > 0 || begun_ || sessions_.empty()) return false;
  begun_ = true;
  StartPosition start = choose_start(pasts_);
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    if (!start.continues[i])
      sessions_[i]->note =
          "Another session of the room had a different position; events in between are not replayed";
  }
  const bool resumed = std::any_of(sessions_.begin(), sessions_.end(),
                                   [](const auto& session) { return session->was_connected; });
  follower_.start_from(start.from, resumed);
  auto ahead = ids_ahead(pasts_);
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    pasts_[i].ids.resize(pasts_[i].ids.size() - ahead[i].size());  // they are the newest
    set_ahead(*sessions_[i], std::move(ahead[i]), pasts_[i].own.heard_at);
  }
  follower_.remember_merged(pasts_);
  pasts_.clear();
  for (const auto& session : Sessions(sessions_)) tell(session, follower_.status());
  return true;
}

void LiveRoom::remove(const LiveSession& session) {
  const auto found =
      std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& s) { return s.get() == &session; });
  if (found == sessions_.end()) return;
  if (!begun_) pasts_.erase(pasts_.begin() + (found - sessions_.begin()));
  sessions_.erase(found);
}

void LiveRoom::tell(const std::shared_ptr<LiveSession>& session, const RoomStatus& status) {
  const bool new_state = session->status.state != status.state;
  if (session->status.state == RoomState::connected && new_state) session->heard_at = follower_.heard_at();
  session->status = status;
  if (status.state == RoomState::connected) session->was_connected = true;
  if (status.state == RoomState::reconnecting || status.state == RoomState::failed) {
    if (!status.reason.empty()) session->last_error = status.reason;
  }
  if (status.state == RoomState::connected) session->note.clear();
  if (!is_running(status.state)) {
    ++session->attachment;
    session->room.reset();
  }
  registry_.session_changed(session, new_state);
  if (is_settled(status.state)) {
    for (auto& waiter : session->waiters) waiter->cancel();
  }
}

}  // namespace papi::live
