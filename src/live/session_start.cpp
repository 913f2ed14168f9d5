// How a session joins its room and leaves it.

#include <algorithm>
#include <boost/asio/post.hpp>

#include "live/live_service.hpp"

namespace papi::live {

Result<RoomReference> reference_of(const events::StoredSession& stored) {
  return stored.username.empty() ? RoomReference::parse_room_id(stored.room_id)
                                 : RoomReference::parse_username(stored.username);
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
    if (session->machine.running() && reference) attach(session, *reference, true);
  }
  tasks_.spawn(end_streaks_of_stopped());
  co_return;
}

void LiveService::disconnect_all() {
  for (const auto& [id, session] : sessions_) apply(session, session->machine.on_start_stopped());
  tasks_.spawn(end_streaks_of_stopped());
}

std::shared_ptr<LiveRoom> LiveService::room_of(const RoomReference& reference) {
  auto& room = rooms_[reference.key()];
  if (!room) {
    RoomRegistry& registry = *this;  // here, where the private base is accessible
    room = std::make_shared<LiveRoom>(registry, deps_, options_.upstream, reference);
  }
  return room;
}

void LiveService::attach(const SessionPtr& session, const RoomReference& reference, bool resumed) {
  SessionMachine& machine = session->machine;
  const auto effects = resumed ? machine.on_resume(reference.room_id())
                               : machine.on_connect(reference.room_id(), deps_.clock.now_ms());
  if (!effects) return;
  ++session->attachment;
  session->room = room_of(reference);
  session->room->begin_join();
  apply(session, effects);
  tasks_.spawn(join(session, reference));
}

/// Reads which events the session already has, so that it gets none twice. Returns false if the database did
/// not answer.
Task<bool> LiveService::read_past(SessionPtr session, std::string room, events::SessionPast& past) {
  // The row is saved first. When its write is done, all writes for an earlier room of the session are done
  // too.
  auto saved = co_await save_row(session);
  if (saved && store_.keeps_events()) {
    auto read = co_await store_.past(deps_.executor, session->log->key(), std::move(room),
                                     options_.upstream.remembered_ids);
    if (read) past = std::move(*read);
    if (!read) saved = read.error();
  }
  if (!saved) session->machine.on_database_error(saved.error());
  co_return saved.has_value();
}

/// Adds the session to its room. The last announced session starts a room that has not begun. If the database
/// does not answer, the other sessions do not wait for this one: it joins when the database works again.
Task<void> LiveService::join(SessionPtr session, RoomReference reference) {
  constexpr std::chrono::milliseconds first_pause{200}, longest_pause{10'000};
  const std::uint64_t attachment = session->attachment;
  std::shared_ptr<LiveRoom> room = session->room;
  bool expected = true;
  co_await net::post(deps_.executor,
                     use_task);  // all sessions of this step announce themselves before one runs the room
  const auto wanted = [&] { return session->attachment == attachment && !session->deleted && !stopping_; };
  std::chrono::milliseconds wait = first_pause;
  events::SessionPast past;
  while (wanted()) {
    const std::string key = reference.key();
    const bool read = co_await read_past(session, key, past);
    if (read) break;
    if (std::exchange(expected, false)) {
      room->end_join();
      if (room->begin()) tasks_.spawn(run(room));
      if (wanted()) session->room.reset();
      close_if_idle(room);
    }
    co_await pause(wait);
    wait = std::min(wait * 2, longest_pause);
  }
  while (wanted()) {
    const std::shared_ptr<LiveRoom> present = room_of(reference);
    if (!std::exchange(expected, false) || present != room) present->begin_join();
    room = session->room = present;
    // Between two batches, so that the session misses no event after its position and gets none twice.
    AsyncScopedLock storing({&room->upstream().storing()});
    co_await storing.take();
    room->end_join();
    if (!wanted()) break;
    const auto found = rooms_.find(room->key());
    if (found == rooms_.end() || found->second != room) continue;  // it has ended meanwhile
    session->machine.on_database_works();
    room->join(session, std::move(past));
    break;
  }
  if (expected) room->end_join();
  if (!stopping_ && room->begin()) tasks_.spawn(run(room));
  close_if_idle(room);
}

/// Runs the upstream connection and keeps the room alive meanwhile.
Task<void> LiveService::run(std::shared_ptr<LiveRoom> room) {
  UpstreamConnection& upstream = room->upstream();
  co_await upstream.run();
}

void LiveService::leave_room(const SessionPtr& session) {
  ++session->attachment;
  if (!session->room) return;
  const std::shared_ptr<LiveRoom> room = std::move(session->room);
  session->room.reset();
  room->remove(*session);
  close_if_idle(room);
}

void LiveService::close_if_idle(const std::shared_ptr<LiveRoom>& room) {
  if (!room->idle()) return;
  room_over(*room);
  room->upstream().stop();
}

void LiveService::room_over(const LiveRoom& room) {
  const auto found = rooms_.find(room.key());
  if (found != rooms_.end() && found->second.get() == &room) rooms_.erase(found);
}

}  // namespace papi::live
