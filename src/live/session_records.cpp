// What the database and the log are told of a session's state.

#include <algorithm>

#include "live/live_service.hpp"
#include "live/room_batch.hpp"

namespace papi::live {

events::StoredSession LiveService::row_of(const LiveSession& session) const {
  events::StoredSession row = session.stored;
  row.state = to_string(session.status.state);
  row.reason = session.status.reason;
  row.started_at = session.started_at;
  return row;
}

void LiveService::change_state(const SessionPtr& session, RoomState state, std::string reason) {
  session->status.state = state;
  session->status.reason = std::move(reason);
  session->status.next_try.reset();
  session_changed(session, true);
  if (is_settled(state)) {
    for (auto& waiter : session->waiters) waiter->cancel();
  }
}

void LiveService::session_changed(const SessionPtr& session, bool new_state) {
  if (!new_state) return;
  record_change(session);
  save(session);
  if (!is_running(session->status.state)) tasks_.spawn(end_streaks_later(session));
}

/// Puts a `session` event before the log's next events.
void LiveService::record_change(const SessionPtr& session) {
  const RoomStatus& status = session->status;
  events::SessionChange change;
  change.state = to_string(status.state);
  change.reason = status.reason;
  change.next_try_at = status.next_try;
  events::Event event;
  event.id = parts_.random.next() >> 1;
  event.time = parts_.clock.now_ms();
  event.room_id = status.room_id;
  if (status.state == RoomState::connected && session->heard_at > 0) {
    change.gap_ms = std::max<UnixMs>(0, event.time - session->heard_at);
    session->heard_at = 0;
  }
  event.body = std::move(change);
  session->log->put_first(prepare_event(std::move(event), parts_.pictures));
}

/// Brings the row and the waiting events to the database. Does not wait for it.
void LiveService::save(const SessionPtr& session) {
  session->unsaved = true;
  if (!std::exchange(session->recording, true)) tasks_.spawn(write_records(session));
}

/// Until all is stored, or the session is deleted. When the service stops, it tries once more only.
Task<void> LiveService::write_records(SessionPtr session) {
  constexpr std::chrono::milliseconds first_pause{200}, longest_pause{10'000};
  std::chrono::milliseconds wait = first_pause;
  while (!session->deleted && (session->unsaved || session->log->has_waiting())) {
    session->unsaved = false;
    auto written = co_await write_once(session);
    if (written) {
      wait = first_pause;
      continue;
    }
    session->unsaved = true;
    parts_.log.error("Session state could not be saved", {{"session_id", session->stored.id}});
    if (stopping_) break;
    co_await pause(wait);
    wait = std::min(wait * 2, longest_pause);
  }
  session->recording = false;
}

Task<Result<void>> LiveService::save_row(SessionPtr session) {
  AsyncLocks saving({&session->saving});
  co_await saving.take();
  auto saved = co_await store_.save_session(parts_.executor, row_of(*session));
  co_return saved;
}

Task<Result<void>> LiveService::write_once(SessionPtr session) {
  auto saved = co_await save_row(session);
  if (!saved || !session->log->has_waiting()) co_return saved;
  std::vector<events::LogAppend> appends(1);
  appends.front().log = session->log;
  events::UpstreamPosition position;
  const std::shared_ptr<LiveRoom> room = session->room;
  if (room && session->status.state == RoomState::connected) {
    // A session that has joined a running room stands where the room stands. No batch may be under way, or
    // the position would be an old one. The room's own position is saved with the room's events only.
    AsyncLocks storing({&room->follower().storing()});
    co_await storing.take();
    if (session->room == room) position = room->follower().position();
    co_return co_await events::append_to_all(parts_.executor, std::move(appends), std::move(position));
  }
  co_return co_await events::append_to_all(parts_.executor, std::move(appends), std::move(position));
}

/// Returns false if the service stops.
Task<bool> LiveService::pause(std::chrono::milliseconds length) {
  const auto timer = std::make_shared<SteadyTimer>(parts_.executor);
  timer->expires_after(length);
  if (stopping_) co_return false;
  pauses_.push_back(timer);
  co_await timer->async_wait(as_result);
  std::erase(pauses_, timer);
  co_return !stopping_;
}

/// Ends the open streaks of a session that does not follow its room any more, after the time in which it
/// might come back.
Task<void> LiveService::end_streaks_later(SessionPtr session) {
  const std::uint64_t attachment = session->attachment;
  const auto wanted = [&] { return session->attachment == attachment && !session->deleted; };
  if (!store_.keeps_events() || (session->streaks_known && session->streaks.open() == 0)) co_return;
  bool ended = false;
  while (!ended) {
    const bool goes_on = co_await pause(options_.follower.streak_idle);
    if (!goes_on || !wanted()) co_return;
    const std::vector<SessionPtr> alone{session};
    AsyncLocks locks = gift_locks(alone);
    co_await locks.take();
    if (!wanted()) co_return;
    if (!session->streaks_known) {
      events::SessionPast past;
      auto read = co_await store_.past(parts_.executor, session->log->key(), session->room_key,
                                       options_.follower.remembered_ids);
      if (!read) continue;
      if (!wanted()) co_return;
      past = std::move(*read);
      session->streaks.restore(past, parts_.clock.steady());
      session->streaks_known = true;
    }
    std::vector<events::LogAppend> appends(1);
    appends.front().log = session->log;
    appends.front().events =
        prepare_ends(session->streaks.close_all(), parts_.clock.now_ms(), parts_.pictures);
    appends.front().streaks = session->streaks.changes();
    events::UpstreamPosition unchanged;
    auto stored = co_await events::append_to_all(parts_.executor, std::move(appends), std::move(unchanged));
    ended = stored.has_value();
    ended ? session->streaks.commit() : session->streaks.rollback();
  }
}

/// Those that an earlier run of the program left open in sessions that do not run.
Task<void> LiveService::end_streaks_of_stopped() {
  const auto keys = co_await store_.sessions_with_open_streaks(parts_.executor);
  if (!keys || !store_.keeps_events()) co_return;
  for (const auto& [id, session] : sessions_) {
    const bool has_open = std::find(keys->begin(), keys->end(), session->stored.key) != keys->end();
    if (has_open && !is_running(session->status.state)) tasks_.spawn(end_streaks_later(session));
  }
}

}  // namespace papi::live
