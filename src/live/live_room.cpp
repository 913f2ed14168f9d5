#include "live/live_room.hpp"

#include <algorithm>

#include "events/people_of.hpp"
#include "live/room_batch.hpp"
#include "live/start_position.hpp"

namespace papi::live {

AsyncScopedLock streak_locks(const std::vector<std::shared_ptr<LiveSession>>& sessions) {
  std::vector<AsyncMutex*> locks;
  locks.reserve(sessions.size());
  for (const auto& session : sessions) locks.push_back(&session->streaks_mutex);
  return AsyncScopedLock(std::move(locks));
}

LiveRoom::LiveRoom(RoomRegistry& registry, const LiveDependencies& deps, const UpstreamOptions& options,
                   RoomReference reference)
    : registry_(registry),
      deps_(deps),
      key_(reference.key()),
      upstream_(deps, options, std::move(reference), *this) {}

/// Appends to the event logs and commits or rolls back the streaks. The caller holds the locks of the
/// sessions' streaks.
Task<Result<void>> LiveRoom::append(Sessions sessions, std::vector<events::LogAppend> appends,
                                    events::UpstreamPosition position) {
  for (std::size_t i = 0; i < sessions.size(); ++i) appends[i].streaks = sessions[i]->streaks.changes();
  auto stored = co_await events::append_to_all(deps_.executor, std::move(appends), std::move(position));
  for (const auto& session : sessions) {
    if (stored) {
      session->streaks.commit();
    } else {
      session->streaks.rollback();
    }
    if (session->log->deleted()) registry_.session_deleted(session);
  }
  co_return stored;
}

Task<Result<void>> LiveRoom::take(RoomBatch batch, events::UpstreamPosition position) {
  // Sessions may join and leave while the commit is in progress. The sessions that are here now get the
  // events.
  const Sessions sessions = sessions_;
  if (sessions.empty())
    co_return Error(ErrorCode::unavailable, "The room has no session that could store the events");
  AsyncScopedLock locks = streak_locks(sessions);
  co_await locks.take();
  GiftVariants variants(deps_.gifts.names(), deps_.pictures);
  std::vector<events::LogAppend> appends;
  for (const auto& session : sessions)
    appends.push_back({session->log,
                       events_for(session->streaks, batch, variants, session->ahead),
                       {},
                       batch.received_steady});
  // The people are reported before the events are visible, because a reader may request their pictures at
  // once.
  const auto note = [this](const events::User& user) { deps_.people.seen(user); };
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
  AsyncScopedLock locks = streak_locks(sessions);
  co_await locks.take();
  std::vector<events::LogAppend> appends;
  for (const auto& session : sessions) {
    auto ends = session->streaks.close_idle(which.heard, which.idle);
    appends.push_back({session->log, prepare_ends(std::move(ends), which.now, deps_.pictures), {}});
  }
  events::UpstreamPosition unchanged;
  co_return co_await append(sessions, std::move(appends), std::move(unchanged));
}

void LiveRoom::connection_restored() {
  for (const auto& session : sessions_) session->streaks.touch_all(deps_.clock.steady());
}

void LiveRoom::nothing_heard_for(std::chrono::steady_clock::duration time) {
  for (const auto& session : sessions_) session->streaks.delay_all(time, deps_.clock.steady());
}

void LiveRoom::room_changed(const RoomStatus& status) {
  if (!is_running(status.state)) registry_.room_over(*this);
  const Sessions sessions = sessions_;
  for (const auto& session : sessions) registry_.room_status_changed(session, status, upstream_.heard_at());
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

/// Sets the ids that the session already has. TikTok may send them again for other sessions of the room, and
/// this session must not get them twice.
void LiveRoom::set_ahead(LiveSession& session, std::vector<std::uint64_t> ids, UnixMs heard_at) {
  constexpr std::chrono::milliseconds most_between_clocks{3'600'000};  // between our clock and TikTok's
  session.ahead = std::move(ids);
  session.ahead_until = heard_at + most_between_clocks.count();
}

void LiveRoom::join(const std::shared_ptr<LiveSession>& session, events::SessionPast past) {
  if (!session->streaks_known) session->streaks.restore(past, deps_.clock.steady());
  session->streaks_known = true;
  const auto place = std::find_if(sessions_.begin(), sessions_.end(),
                                  [&](const auto& other) { return other->stored.key > session->stored.key; });
  if (!begun_) {
    pasts_.insert(pasts_.begin() + (place - sessions_.begin()), std::move(past));
    sessions_.insert(place, session);
    return;
  }
  sessions_.insert(place, session);
  auto ahead = ids_behind_common(past.ids, [this](std::uint64_t id) { return upstream_.knows(id); });
  const bool missed = ahead.empty() && !past.own.cursor.empty() && past.own.cursor != upstream_.cursor();
  set_ahead(*session, std::move(ahead), past.own.heard_at);
  if (missed) {
    session->machine.set_note("Joined the running room; what it said since the session left is not replayed");
  }
  const RoomStatus& status = upstream_.status();
  if (status.state == RoomState::waiting && !session->stored.wait_until_live) {
    upstream_.look_now();  // a state from up to a minute ago is no answer to a new /connect
  } else {
    registry_.room_status_changed(session, status, upstream_.heard_at());
  }
}

bool LiveRoom::begin() {
  if (joining_ > 0 || begun_ || sessions_.empty()) return false;
  begun_ = true;
  StartPosition start = choose_start(pasts_);
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    if (start.continues[i]) continue;
    sessions_[i]->machine.set_note(
        "Another session of the room had a different position; events in between are not replayed");
  }
  const bool resumed = std::any_of(sessions_.begin(), sessions_.end(),
                                   [](const auto& session) { return session->machine.was_connected(); });
  upstream_.start_from(start.from, resumed);
  auto ahead = ids_ahead(pasts_);
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    pasts_[i].ids.resize(pasts_[i].ids.size() - ahead[i].size());  // these ids are the newest
    set_ahead(*sessions_[i], std::move(ahead[i]), pasts_[i].own.heard_at);
  }
  upstream_.remember_merged(pasts_);
  pasts_.clear();
  const Sessions sessions = sessions_;
  for (const auto& session : sessions)
    registry_.room_status_changed(session, upstream_.status(), upstream_.heard_at());
  return true;
}

void LiveRoom::remove(const LiveSession& session) {
  const auto found =
      std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& s) { return s.get() == &session; });
  if (found == sessions_.end()) return;
  if (!begun_) pasts_.erase(pasts_.begin() + (found - sessions_.begin()));
  sessions_.erase(found);
}

}  // namespace papi::live
