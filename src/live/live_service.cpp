#include "live/live_service.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "platform/base/text.hpp"

namespace papi::live {
namespace {

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

void wake(LiveSession& session) {
  for (auto& waiter : session.waiters) waiter->cancel();
}

}  // namespace

LiveService::LiveService(const LiveParts& parts, Options options, events::EventStore& store,
                         events::FanOut& fan_out, Known known)
    : parts_(parts),
      options_(options),
      store_(store),
      fan_out_(fan_out),
      next_key_(known.last_key + 1),
      tasks_(parts.executor, [&log = parts.log](std::exception_ptr escaped) {
        try {
          std::rethrow_exception(escaped);
        } catch (const std::exception& bug) {
          log.error("Live task failed", {{"reason", bug.what()}});
        }
      }) {
  for (auto& stored : known.sessions) {
    if (!store_.keeps_events()) stored.epoch = random_hex(8), stored.last_offset = 0;
    auto session = std::make_shared<LiveSession>(store_, fan_out_, stored);
    const RoomState state = parse_state(stored.state);
    session->status.state = is_running(state) ? RoomState::disconnected : state;
    session->status.reason = is_running(state) ? "the service was restarted" : stored.reason;
    session->status.room_id = parse_uint(stored.room_id).value_or(0);
    session->started_at = stored.started_at;
    if (auto reference = reference_of(stored)) session->room_key = reference->key();
    sessions_[stored.id] = std::move(session);
  }
}

LiveService::~LiveService() = default;

Task<void> LiveService::resume() {
  const auto known = sessions_;
  for (const auto& [id, session] : known) {
    if (!is_running(parse_state(session->stored.state))) continue;
    if (auto reference = reference_of(session->stored)) attach(session, *reference, true);
  }
  co_return;
}

events::StoredSession LiveService::row_of(const LiveSession& session) const {
  events::StoredSession row = session.stored;
  row.state = to_string(session.status.state);
  row.reason = session.status.reason;
  row.started_at = session.started_at;
  row.room_id = std::to_string(session.status.room_id);
  return row;
}

void LiveService::save(const LiveSession& session) {
  // Not awaited: the writer keeps the order, and what is written next (events) comes after it.
  tasks_.spawn([](events::EventStore& store, Executor executor, events::StoredSession kept,
                  Logger& log) -> Task<void> {
    auto saved = co_await store.save_session(executor, std::move(kept));
    if (!saved) log.error("Session could not be saved");
  }(store_, parts_.executor, row_of(session), parts_.log));
}

std::size_t LiveService::running() const {
  return static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(), [](const auto& entry) {
    return is_running(entry.second->status.state);
  }));
}

Result<void> LiveService::may_start(const events::Viewer& viewer) const {
  if (running() >= options_.max_sessions) {
    return Error(ErrorCode::unavailable,
                 "Too many sessions: at most " + std::to_string(options_.max_sessions) + " run at once");
  }
  const auto own = std::count_if(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
    const LiveSession& session = *entry.second;
    return is_running(session.status.state) && session.stored.started_by == viewer.credential();
  });
  const auto most = static_cast<std::int64_t>(options_.max_sessions_per_caller);
  if (own < most) return {};
  json::object details;
  details["limit"] = most, details["remaining"] = 0, details["retry_after"] = 60;
  return Error(ErrorCode::rate_limited,
               "At most " + std::to_string(most) + " sessions of one key run at once: disconnect one first",
               std::move(details));
}

/// The session of that id, if the viewer may know of it.
std::shared_ptr<LiveSession> LiveService::seen(const std::string& session_id,
                                               const events::Viewer& viewer) const {
  const auto found = sessions_.find(session_id);
  return found != sessions_.end() && viewer.sees(found->second->stored.owner) ? found->second : nullptr;
}

/// Frees a session's id for another room. Its log goes with it: the id names one log at a time.
Result<void> LiveService::give_away(const std::shared_ptr<LiveSession>& session, bool replace) {
  const std::string& id = session->stored.id;
  if (!replace) {
    const std::string bound =
        session->stored.username.empty() ? "another room" : "@" + session->stored.username;
    return Error(ErrorCode::conflict, "Session '" + id + "' belongs to " + bound +
                                          "; take another session_id, or send \"replace\": true, which "
                                          "deletes its events");
  }
  tasks_.spawn([](LiveService& service, std::shared_ptr<LiveSession> old) -> Task<void> {
    auto erased = co_await service.erase(std::move(old));
    if (!erased) service.parts_.log.error("Replaced session could not be deleted");
  }(*this, session));
  sessions_.erase(id);
  return {};
}

Result<std::shared_ptr<LiveSession>> LiveService::prepare(const ConnectRequest& request) {
  const auto found = sessions_.find(request.session_id);
  const bool known = found != sessions_.end();
  if (known && !request.viewer.sees(found->second->stored.owner)) {
    return Error(ErrorCode::conflict,
                 "session_id: '" + request.session_id + "' is taken; choose another session_id");
  }
  const bool same = known && found->second->room_key == request.reference.key();
  if (known && same && is_running(found->second->status.state)) return found->second;
  if (auto free = may_start(request.viewer); !free) return free.error();
  if (same) {
    found->second->stored.started_by = request.viewer.credential();
    return found->second;
  }
  if (known) {
    const std::shared_ptr<LiveSession> old = found->second;
    if (auto freed = give_away(old, request.replace); !freed) return freed.error();
  }
  events::StoredSession fresh;
  fresh.key = next_key_++;
  fresh.id = request.session_id;
  fresh.epoch = random_hex(8);
  fresh.username = request.reference.username();
  fresh.created_at = parts_.clock.now_ms();
  fresh.owner = request.viewer.user_id();
  fresh.started_by = request.viewer.credential();
  auto session = std::make_shared<LiveSession>(store_, fan_out_, std::move(fresh));
  session->room_key = request.reference.key();
  session->status.state = RoomState::disconnected;
  sessions_[request.session_id] = session;
  return session;
}

void LiveService::attach(const std::shared_ptr<LiveSession>& session, const RoomReference& reference,
                         bool resumed) {
  session->started_at = parts_.clock.now_ms();
  session->last_error.clear();
  session->was_connected = resumed;
  session->status = RoomStatus();
  session->status.room_id = reference.room_id();
  auto& room = rooms_[reference.key()];
  if (!room) {
    RoomOwner& owner = *this;  // here, where the private base can be seen
    room = std::make_shared<LiveRoom>(owner, parts_, options_.follower, reference);
    if (resumed)
      room->follower().resume(parse_uint(session->stored.room_id).value_or(0), session->stored.cursor);
  }
  session->room = room;
  room->expect();
  tasks_.spawn(join(session, room));
}

/// Reads what the session has already, so that nothing is given to it twice; then it is one of the room's.
/// The last to arrive runs a room that has not begun.
Task<void> LiveService::join(std::shared_ptr<LiveSession> session, std::shared_ptr<LiveRoom> room) {
  co_await net::post(parts_.executor, use_task);  // all who come in this step are expected before one runs
  // Saved first: behind it in the writer's queue nothing of an earlier room of the session can be left.
  auto readable = co_await store_.save_session(parts_.executor, row_of(*session));
  events::RecentEvents past;
  if (readable && session->log->last_offset() > 0 && store_.keeps_events()) {
    auto recent =
        co_await store_.recent(parts_.executor, session->log->key(), options_.follower.remembered_ids);
    if (recent) past = std::move(*recent);
    if (!recent) readable = recent.error();
  }
  if (session->room != room || stopping_) {
    room->stay_away();
  } else if (readable) {
    room->arrive(session, past);
  } else {
    room->stay_away();
    RoomStatus failed = session->status;
    failed.state = RoomState::failed;
    failed.reason = readable.error().message;
    failed.error = readable.error();
    room->tell(*session, failed);
  }
  const bool mine_to_run = !stopping_ && room->begin();
  close_if_idle(room);
  if (mine_to_run) co_await room->follower().run();
}

void LiveService::detach(LiveSession& session) {
  if (!session.room) return;
  const std::shared_ptr<LiveRoom> room = std::move(session.room);
  session.room.reset();
  room->remove(session);
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

Task<void> LiveService::settle(std::shared_ptr<LiveSession> session) {
  auto timer = std::make_shared<SteadyTimer>(parts_.executor);
  timer->expires_after(options_.connect_limit);
  session->waiters.push_back(timer);
  co_await timer->async_wait(as_result);
  std::erase(session->waiters, timer);
}

Error LiveService::late(LiveSession& session, const ConnectRequest& request) {
  Error error(ErrorCode::upstream_timeout, request.reference.text() + ": no data from TikTok in time");
  detach(session);
  session.status.state = RoomState::failed;
  session.status.reason = session.last_error = error.message;
  save(session);
  return error;
}

Task<Result<SessionView>> LiveService::connect(ConnectRequest request) {
  const Error leaving(ErrorCode::unavailable, "The service is shutting down");
  if (stopping_) co_return leaving;
  CO_TRY(const std::shared_ptr<LiveSession> session, prepare(request));
  const bool waited = std::exchange(session->stored.wait_until_live, request.wait_until_live);
  if (!is_running(session->status.state)) {
    attach(session, request.reference, false);
  } else if (waited != request.wait_until_live) {
    save(*session);
  }
  if (!is_settled(session->status.state)) co_await settle(session);
  if (stopping_) co_return leaving;

  const auto found = sessions_.find(request.session_id);
  if (found == sessions_.end() || found->second != session) {
    co_return Error(ErrorCode::conflict,
                    "Session '" + request.session_id + "' was deleted or given to another user meanwhile");
  }
  switch (session->status.state) {
    case RoomState::connected:
    case RoomState::waiting:
    case RoomState::reconnecting:
      co_return view(*session);
    case RoomState::connecting:
      co_return late(*session, request);
    case RoomState::disconnected:
      co_return Error(ErrorCode::conflict, "Session '" + request.session_id + "' was disconnected meanwhile");
    case RoomState::ended:
      co_return Error(ErrorCode::user_offline, request.reference.text() + " has ended its stream");
    case RoomState::failed:
      break;
  }
  co_return session->status.error ? *session->status.error
                                  : Error(ErrorCode::upstream_error, session->status.reason);
}

Task<bool> LiveService::disconnect(std::string session_id, events::Viewer viewer) {
  const auto found = seen(session_id, viewer);
  if (!found || !is_running(found->status.state)) co_return false;
  LiveSession& session = *found;
  detach(session);
  session.status.state = RoomState::disconnected;
  session.status.reason = "by request";
  session.status.next_try.reset();
  save(session);
  wake(session);
  co_return true;
}

SessionView LiveService::view(const LiveSession& session) const {
  SessionView out;
  out.id = session.stored.id;
  out.epoch = session.log->epoch();
  out.owner = session.stored.owner;
  out.username = session.stored.username;
  out.room = session.status;
  out.wait_until_live = session.stored.wait_until_live;
  out.created_at = session.stored.created_at;
  out.started_at = session.started_at;
  out.last_offset = session.log->last_offset();
  out.counts = session.log->counts();
  if (session.room) {
    out.undecodable = session.room->follower().undecodable();
    out.duplicates = session.room->follower().duplicates();
  }
  out.last_error = session.last_error;
  if (parts_.proxy) out.proxy = parts_.proxy->shown();
  out.subscribers = fan_out_.subscribers(session.stored.id);
  return out;
}

Task<std::optional<SessionView>> LiveService::find(std::string session_id, events::Viewer viewer) {
  const auto found = seen(session_id, viewer);
  if (!found) co_return std::nullopt;
  co_return view(*found);
}

Task<std::vector<SessionView>> LiveService::list(events::Viewer viewer) {
  std::vector<SessionView> out;
  for (const auto& [id, session] : sessions_) {
    if (viewer.sees(session->stored.owner)) out.push_back(view(*session));
  }
  co_return out;
}

Task<std::optional<events::SessionPosition>> LiveService::position(std::string session_id,
                                                                   events::Viewer viewer) {
  auto look = [](LiveService& service, std::string id,
                 events::Viewer who) -> Task<std::optional<events::SessionPosition>> {
    const auto found = service.seen(id, who);
    if (!found) co_return std::nullopt;
    const events::EventLog& log = *found->log;
    events::SessionPosition position;
    position.key = log.key(), position.epoch = log.epoch(), position.last_offset = log.last_offset();
    co_return position;
  };
  co_return co_await run_on(parts_.executor, look(*this, std::move(session_id), std::move(viewer)));
}

Task<Result<void>> LiveService::erase(std::shared_ptr<LiveSession> session) {
  detach(*session);
  wake(*session);
  const auto found = sessions_.find(session->stored.id);
  if (found != sessions_.end() && found->second == session) sessions_.erase(found);
  fan_out_.finish(session->stored.id);
  // Behind all that was queued for it.
  co_return co_await store_.delete_session(parts_.executor, session->stored.key);
}

Task<Result<bool>> LiveService::remove(std::string session_id, events::Viewer viewer) {
  const auto found = seen(session_id, viewer);
  if (!found) co_return false;
  auto erased = co_await erase(found);
  if (!erased) co_return erased.error();
  co_return true;
}

Task<Result<std::size_t>> LiveService::cleanup(std::chrono::milliseconds min_age, events::Viewer viewer) {
  const UnixMs before = parts_.clock.now_ms() - min_age.count();
  const auto known = sessions_;
  std::size_t cleaned = 0;
  for (const auto& [id, session] : known) {
    // Looked at now: while the one before was deleted, this one may have been started again or replaced.
    const auto found = sessions_.find(id);
    const bool here = found != sessions_.end() && found->second == session;
    if (!here || is_running(session->status.state) || session->started_at > before) continue;
    if (!viewer.sees(session->stored.owner)) continue;
    auto erased = co_await erase(session);
    if (!erased) co_return erased.error();
    ++cleaned;
  }
  co_return cleaned;
}

Task<void> LiveService::forget_person(std::string username) {
  for (const auto& [key, room] : rooms_) room->follower().forget_person(username);
  co_return;
}

void LiveService::refuse_new() {
  net::post(parts_.executor, [this] {
    stopping_ = true;
    for (auto& [id, session] : sessions_) wake(*session);
  });
}

Task<void> LiveService::stop() {
  stopping_ = true;
  const auto rooms = rooms_;
  for (const auto& [key, room] : rooms) room->follower().stop();
  co_await tasks_.join();
  co_await parts_.gifts.join();
}

}  // namespace papi::live
