// Writes a session's state to the database and to its event log.

#include <algorithm>

#include "live/live_service.hpp"
#include "live/room_batch.hpp"

namespace papi::live {

events::StoredSession LiveService::row_of(const LiveSession& session) const {
  events::StoredSession row = session.stored;
  row.state = to_string(session.machine.state());
  row.reason = session.machine.status().reason;
  row.started_at = session.machine.started_at();
  return row;
}

/// Performs what follows from a change of the session's state. This is the one place that does so. Does
/// nothing if the state did not allow the event.
void LiveService::apply(const SessionPtr& session, const SessionMachine::Effects& effects) {
  if (!effects) return;
  if (effects->leave_room) leave_room(session);
  if (effects->publish) {
    record_change(session, effects->gap);
    save(session);
  }
  if (effects->end_streaks) tasks_.spawn(end_streaks_later(session));
  if (!effects->wake_waiters) return;
  for (auto& waiter : session->waiters) waiter->cancel();
}

void LiveService::room_status_changed(const SessionPtr& session, const RoomStatus& status, UnixMs heard_at) {
  apply(session, session->machine.on_room_status(status, session->stored.wait_until_live, heard_at,
                                                 deps_.clock.now_ms()));
}

/// Puts a `session` event before the next events of the event log.
void LiveService::record_change(const SessionPtr& session, std::optional<std::chrono::milliseconds> gap) {
  const RoomStatus& status = session->machine.status();
  events::SessionChange change;
  change.state = to_string(status.state);
  change.reason = status.reason;
  change.next_try_at = status.next_try;
  events::Event event;
  event.id = deps_.random.next() >> 1;
  event.time = deps_.clock.now_ms();
  event.room_id = status.room_id;
  change.gap = gap;
  event.body = std::move(change);
  session->log->put_first(prepare_event(std::move(event), deps_.pictures));
}

/// Saves the row and the waiting events. Does not wait for the database.
void LiveService::save(const SessionPtr& session) {
  session->unsaved = true;
  if (!std::exchange(session->recording, true)) tasks_.spawn(write_records(session));
}

/// Saves until everything is stored or the session is deleted. When the service stops, it tries only once
/// more.
Task<void> LiveService::write_records(SessionPtr session) {
  constexpr std::chrono::milliseconds first_pause{200}, longest_pause{10'000};
  std::chrono::milliseconds wait = first_pause;
  while (!session->deleted && (session->unsaved || session->log->has_waiting())) {
    session->unsaved = false;
    auto written = co_await write_once(session);
    if (session->log->deleted()) session_deleted(session);
    if (written) {
      wait = first_pause;
      continue;
    }
    session->unsaved = true;
    deps_.log.error("Session state could not be saved", {{"session_id", session->stored.id}});
    if (stopping_) break;
    co_await pause(wait);
    wait = std::min(wait * 2, longest_pause);
  }
  session->recording = false;
}

Task<Result<void>> LiveService::save_row(SessionPtr session) {
  AsyncScopedLock row_lock({&session->row_mutex});
  co_await row_lock.take();
  auto saved = co_await store_.save_session(deps_.executor, row_of(*session));
  co_return saved;
}

Task<Result<void>> LiveService::write_once(SessionPtr session) {
  auto saved = co_await save_row(session);
  if (!saved || !session->log->has_waiting()) co_return saved;
  std::vector<events::LogAppend> appends(1);
  appends.front().log = session->log;
  events::UpstreamPosition position;
  const std::shared_ptr<LiveRoom> room = session->room;
  if (room && session->machine.state() == RoomState::connected) {
    // A session that has joined a running room is at the room's position. No batch may be in progress,
    // because the position would be too old then. The room's own position is saved only with the room's
    // events.
    AsyncScopedLock storing({&room->upstream().storing()});
    co_await storing.take();
    if (session->room == room) position = room->upstream().position();
    co_return co_await events::append_to_all(deps_.executor, std::move(appends), std::move(position));
  }
  co_return co_await events::append_to_all(deps_.executor, std::move(appends), std::move(position));
}

/// Waits. Returns false if the service stops.
Task<bool> LiveService::pause(std::chrono::milliseconds length) {
  const auto timer = std::make_shared<SteadyTimer>(deps_.executor);
  timer->expires_after(length);
  if (stopping_) co_return false;
  pauses_.push_back(timer);
  co_await timer->async_wait(as_result);
  std::erase(pauses_, timer);
  co_return !stopping_;
}

/// Ends the open streaks of a session that no longer follows its room. First waits for the time in which the
/// session might return.
Task<void> LiveService::end_streaks_later(SessionPtr session) {
  const std::uint64_t attachment = session->attachment;
  const auto wanted = [&] { return session->attachment == attachment && !session->deleted; };
  if (!store_.keeps_events() || (session->streaks_known && session->streaks.open() == 0)) co_return;
  bool ended = false;
  while (!ended) {
    const bool goes_on = co_await pause(options_.upstream.protocol.streak_idle);
    if (!goes_on || !wanted()) co_return;
    const std::vector<SessionPtr> alone{session};
    AsyncScopedLock locks = streak_locks(alone);
    co_await locks.take();
    if (!wanted()) co_return;
    if (!session->streaks_known) {
      events::SessionPast past;
      auto read = co_await store_.past(deps_.executor, session->log->key(), session->room_key,
                                       options_.upstream.remembered_ids);
      if (!read) continue;
      if (!wanted()) co_return;
      past = std::move(*read);
      session->streaks.restore(past, deps_.clock.steady());
      session->streaks_known = true;
    }
    std::vector<events::LogAppend> appends(1);
    appends.front().log = session->log;
    appends.front().events = prepare_ends(session->streaks.close_all(), deps_.clock.now_ms(), deps_.pictures);
    appends.front().streaks = session->streaks.changes();
    events::UpstreamPosition unchanged;
    auto stored = co_await events::append_to_all(deps_.executor, std::move(appends), std::move(unchanged));
    ended = stored.has_value();
    if (ended) {
      session->streaks.commit();
    } else {
      session->streaks.rollback();
    }
    if (session->log->deleted()) session_deleted(session);
  }
}

/// Ends the streaks that an earlier run of the program left open in stopped sessions.
Task<void> LiveService::end_streaks_of_stopped() {
  const auto keys = co_await store_.sessions_with_open_streaks(deps_.executor);
  if (!keys || !store_.keeps_events()) co_return;
  for (const auto& [id, session] : sessions_) {
    const bool has_open = std::find(keys->begin(), keys->end(), session->stored.key) != keys->end();
    if (has_open && !session->machine.running()) tasks_.spawn(end_streaks_later(session));
  }
}

}  // namespace papi::live
