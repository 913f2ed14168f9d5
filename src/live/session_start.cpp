// How a session comes to its room and leaves it.

#include <algorithm>
#include <boost/asio/post.hpp>

#include "live/live_service.hpp"

namespace papi::live {

Result<RoomReference> reference_of(const events::StoredSession& stored) {
  return stored.username.empty() ? RoomReference::parse_room_id(stored.room_id)
                                 : RoomReference::parse_username(stored.username);
}

RoomState parse_state(std::string_view name) {
  for (const RoomState state : {RoomState::connecting, RoomState::waiting, RoomState::connected,
                                RoomState::reconnecting, RoomState::ended, RoomState::failed}) {
    if (name == to_string(state)) return state;
  }
  return RoomState::disconnected;
}

std::size_t running_sessions(const std::vector<events::StoredSession>& sessions) {
  return static_cast<std::size_t>(
      std::count_if(sessions.begin(), sessions.end(), [](const events::StoredSession& stored) {
        return is_running(parse_state(stored.state)) && reference_of(stored).has_value();
      }));
}

Task<void> LiveService::resume() {
  const auto known = sessions_;
  for (const auto& [id, session] : known) {
    const auto reference = reference_of(session->stored);
    if (is_running(session->status.state) && reference) attach(session, *reference, true);
  }
  tasks_.spawn(end_streaks_of_stopped());
  co_return;
}

void LiveService::stay_stopped() {
  for (const auto& [id, session] : sessions_) {
    if (is_running(session->status.state))
      change_state(session, RoomState::disconnected, "The service was restarted");
  }
  tasks_.spawn(end_streaks_of_stopped());
}

std::shared_ptr<LiveRoom> LiveService::room_of(const RoomReference& reference) {
  auto& room = rooms_[reference.key()];
  if (!room) {
    RoomRegistry& registry = *this;  // here, where the private base can be seen
    room = std::make_shared<LiveRoom>(registry, parts_, options_.follower, reference);
  }
  return room;
}

void LiveService::attach(const SessionPtr& session, const RoomReference& reference, bool resumed) {
  if (!resumed) session->started_at = parts_.clock.now_ms();
  session->last_error.clear();
  session->note.clear();
  session->was_connected = resumed;
  ++session->attachment;
  session->status.room_id = reference.room_id();
  session->status.error.reset();
  session->room = room_of(reference);
  session->room->expect();
  change_state(session, resumed ? RoomState::reconnecting : RoomState::connecting,
               resumed ? "The service was restarted" : connecting_reason);
  tasks_.spawn(join(session, reference));
}

/// Reads what the session has already, so that nothing is given to it twice. Returns false if the database
/// did not answer.
Task<bool> LiveService::read_past(SessionPtr session, std::string room, events::SessionPast& past) {
  // Saved first: behind it in the writer's queue, nothing of an earlier room of the session is left.
  auto saved = co_await save_row(session);
  if (saved && store_.keeps_events()) {
    auto read = co_await store_.past(parts_.executor, session->log->key(), std::move(room),
                                     options_.follower.remembered_ids);
    if (read) past = std::move(*read);
    if (!read) saved = read.error();
  }
  if (!saved) {
    session->status.error = saved.error();
    session->status.reason = "The database does not answer; trying again";
  }
  co_return saved.has_value();
}

/// Brings the session into its room. The last one to arrive runs a room that has not begun. If the database
/// does not answer, the others need not wait for this session: it comes when the database is well again.
Task<void> LiveService::join(SessionPtr session, RoomReference reference) {
  constexpr std::chrono::milliseconds first_pause{200}, longest_pause{10'000};
  const std::uint64_t attachment = session->attachment;
  std::shared_ptr<LiveRoom> room = session->room;
  bool expected = true;
  co_await net::post(parts_.executor, use_task);  // all who come in this step are expected before one runs
  const auto wanted = [&] { return session->attachment == attachment && !session->deleted && !stopping_; };
  std::chrono::milliseconds wait = first_pause;
  events::SessionPast past;
  while (wanted()) {
    const std::string key = reference.key();
    const bool read = co_await read_past(session, key, past);
    if (read) break;
    if (std::exchange(expected, false)) {
      room->expect_no_more();
      if (room->begin()) tasks_.spawn(run(room));
      if (wanted()) session->room.reset();
      close_if_idle(room);
    }
    co_await pause(wait);
    wait = std::min(wait * 2, longest_pause);
  }
  while (wanted()) {
    const std::shared_ptr<LiveRoom> present = room_of(reference);
    if (!std::exchange(expected, false) || present != room) present->expect();
    room = session->room = present;
    // Between two batches: the session misses none behind its position, and gets none twice.
    AsyncLocks storing({&room->follower().storing()});
    co_await storing.take();
    room->expect_no_more();
    if (!wanted()) break;
    const auto found = rooms_.find(room->key());
    if (found == rooms_.end() || found->second != room) continue;  // it has ended meanwhile
    session->status.error.reset();
    room->join(session, std::move(past));
    break;
  }
  if (expected) room->expect_no_more();
  if (!stopping_ && room->begin()) tasks_.spawn(run(room));
  close_if_idle(room);
}

/// Keeps the room while its follower runs.
Task<void> LiveService::run(std::shared_ptr<LiveRoom> room) {
  RoomFollower& follower = room->follower();
  co_await follower.run();
}

void LiveService::detach(const SessionPtr& session) {
  ++session->attachment;
  if (!session->room) return;
  const std::shared_ptr<LiveRoom> room = std::move(session->room);
  session->room.reset();
  if (session->status.state == RoomState::connected) session->heard_at = room->follower().heard_at();
  room->remove(*session);
  close_if_idle(room);
}

void LiveService::close_if_idle(const std::shared_ptr<LiveRoom>& room) {
  if (!room->idle()) return;
  room_over(*room);
  room->follower().stop();
}

void LiveService::room_over(const LiveRoom& room) {
  const auto found = rooms_.find(room.key());
  if (found != rooms_.end() && found->second.get() == &room) rooms_.erase(found);
}

}  // namespace papi::live
