#include "live/live_service.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "platform/base/text.hpp"

namespace papi::live {
namespace {

bool is_running(RoomState state) {
  return state == RoomState::connecting || state == RoomState::waiting || state == RoomState::connected ||
         state == RoomState::reconnecting;
}

bool is_settled(RoomState state) {
  return state != RoomState::connecting && state != RoomState::reconnecting;
}

}  // namespace

struct LiveService::Session {
  Session(events::EventStore& store, events::FanOut& fan_out, events::StoredSession kept)
      : stored(std::move(kept)), log(std::make_shared<events::EventLog>(store, fan_out, stored)) {}

  events::StoredSession stored;
  std::shared_ptr<events::EventLog> log;
  std::string room_key;  // of the room it last followed
  RoomStatus status;
  UnixMs started_at = 0;
  std::string last_error;
  bool resumable = false;  // it ran when the program ended
  std::shared_ptr<Room> room;
  std::vector<std::shared_ptr<SteadyTimer>> waiters;  // connect calls that wait for the session to settle
};

class LiveService::Room final : public RoomSink {
 public:
  Room(LiveService& service, RoomReference reference)
      : service_(service),
        key_(reference.key()),
        follower_(service.parts_, service.options_.follower, std::move(reference), *this) {}

  Task<Result<void>> take(events::PreparedEvents events, std::string cursor) override;

  void room_changed(const RoomStatus& status) override {
    if (!is_running(status.state)) {
      // The last sessions learn it and let go; a new connect makes a new room.
      const auto found = service_.rooms_.find(key_);
      if (found != service_.rooms_.end() && found->second.get() == this) service_.rooms_.erase(found);
    }
    const std::vector<std::shared_ptr<Session>> sessions = sessions_;
    for (const auto& session : sessions) tell(*session, status);
    if (!is_running(status.state)) sessions_.clear();
  }

  bool wants_to_wait() const override {
    return std::any_of(sessions_.begin(), sessions_.end(),
                       [](const auto& s) { return s->stored.wait_until_live; });
  }

  void add(const std::shared_ptr<Session>& session) {
    sessions_.push_back(session);
    tell(*session, follower_.status());
  }
  void remove(Session& session) {
    std::erase_if(sessions_, [&](const auto& s) { return s.get() == &session; });
  }
  /// A session that is on its way in: its past is being read.
  void expect() { ++expected_; }
  /// True: nobody else is on the way, and the follower has not begun.
  bool arrived() {
    --expected_;
    if (expected_ > 0 || begun_ || sessions_.empty()) return false;
    begun_ = true;
    return true;
  }
  bool idle() const { return sessions_.empty() && expected_ == 0; }
  RoomFollower& follower() { return follower_; }
  const std::string& key() const { return key_; }

  void tell(Session& session, const RoomStatus& status) {
    const bool changed = session.status.state != status.state;
    session.status = status;
    if (status.state == RoomState::reconnecting || status.state == RoomState::failed) {
      if (!status.reason.empty()) session.last_error = status.reason;
    }
    if (changed) service_.save(session);
    if (is_settled(status.state)) {
      for (auto& waiter : session.waiters) waiter->cancel();
    }
    if (!is_running(status.state)) session.room.reset();
  }

 private:
  LiveService& service_;
  const std::string key_;
  std::vector<std::shared_ptr<Session>> sessions_;
  int expected_ = 0;
  bool begun_ = false;
  RoomFollower follower_;
};

Task<Result<void>> LiveService::Room::take(events::PreparedEvents events, std::string cursor) {
  // Sessions may come and go while the commit is under way: the logs are kept alive, and a session that
  // comes later has not missed these events.
  std::vector<std::shared_ptr<events::EventLog>> logs;
  logs.reserve(sessions_.size());
  for (const auto& session : sessions_) logs.push_back(session->log);
  events::RoomCursor place{key_, std::to_string(follower_.status().room_id), std::move(cursor)};
  co_return co_await events::append_to_all(service_.parts_.executor, std::move(logs), events,
                                           std::move(place));
}

LiveService::LiveService(const LiveParts& parts, Options options, events::EventStore& store,
                         events::FanOut& fan_out, Known known)
    : parts_(parts),
      options_(options),
      store_(store),
      fan_out_(fan_out),
      retention_wake_(parts.executor),
      tasks_(parts.executor, [&log = parts.log](std::exception_ptr escaped) {
        try {
          std::rethrow_exception(escaped);
        } catch (const std::exception& bug) {
          log.error("Live task failed", {{"reason", bug.what()}});
        }
      }) {
  for (auto& cursor : known.cursors) cursors_.emplace(cursor.room, cursor);
  for (auto& stored : known.sessions) {
    next_key_ = std::max(next_key_, stored.key + 1);
    if (!store_.keeps_events()) stored.epoch = random_hex(8), stored.last_offset = 0;
    auto session = std::make_shared<Session>(store_, fan_out_, stored);
    session->status.state = stored.state == "ended"    ? RoomState::ended
                            : stored.state == "failed" ? RoomState::failed
                                                       : RoomState::disconnected;
    session->status.reason =
        session->status.state == RoomState::disconnected && stored.state != "disconnected"
            ? "the service was restarted"
            : stored.reason;
    session->resumable =
        stored.state != "ended" && stored.state != "failed" && stored.state != "disconnected";
    session->started_at = stored.started_at;
    session->status.room_id = parse_uint(stored.room_id).value_or(0);
    auto reference = stored.username.empty() ? RoomReference::parse_room_id(stored.room_id)
                                             : RoomReference::parse_username(stored.username);
    if (reference) session->room_key = reference->key();
    sessions_[stored.id] = std::move(session);
  }
}

LiveService::~LiveService() = default;

void LiveService::save(const Session& session) {
  events::StoredSession row = session.stored;
  row.state = to_string(session.status.state);
  row.reason = session.status.reason;
  row.started_at = session.started_at;
  row.room_id = std::to_string(session.status.room_id);
  // Not awaited: the writer keeps the order, and what is written next (events) comes after it.
  tasks_.spawn([](events::EventStore& store, Executor executor, events::StoredSession kept,
                  Logger& log) -> Task<void> {
    auto saved = co_await store.save_session(executor, std::move(kept));
    if (!saved) log.error("Session could not be saved");
  }(store_, parts_.executor, std::move(row), parts_.log));
}

Result<LiveService::Session*> LiveService::prepare(const ConnectRequest& request) {
  const auto found = sessions_.find(request.session_id);
  if (found != sessions_.end()) {
    Session& session = *found->second;
    const bool same = session.room_key == request.reference.key();
    if (same) return &session;
    if (is_running(session.status.state) && !request.replace) {
      const std::string bound =
          session.stored.username.empty() ? "another room" : "@" + session.stored.username;
      return Error(ErrorCode::conflict, "Session '" + request.session_id + "' already follows " + bound +
                                            "; disconnect it first or send \"replace\": true");
    }
    detach(session);
    fan_out_.finish(request.session_id);
  } else if (sessions_.size() >= options_.max_sessions) {
    return Error(ErrorCode::unavailable,
                 "Too many sessions: at most " + std::to_string(options_.max_sessions));
  }
  events::StoredSession fresh;
  fresh.key = next_key_++;
  fresh.id = request.session_id;
  fresh.epoch = random_hex(8);
  fresh.username = request.reference.username();
  fresh.created_at = parts_.clock.now_ms();
  auto session = std::make_shared<Session>(store_, fan_out_, std::move(fresh));
  session->room_key = request.reference.key();
  session->status.state = RoomState::disconnected;
  auto& place = sessions_[request.session_id];
  place = std::move(session);
  return place.get();
}

void LiveService::attach(const std::shared_ptr<Session>& session, const RoomReference& reference) {
  session->started_at = parts_.clock.now_ms();
  session->last_error.clear();
  session->status = RoomStatus();
  session->status.room_id = reference.room_id();
  save(*session);
  auto& room = rooms_[reference.key()];
  if (!room) {
    room = std::make_shared<Room>(*this, reference);
    const auto place = cursors_.find(reference.key());
    if (place != cursors_.end())
      room->follower().resume_at(parse_uint(place->second.room_id).value_or(0), place->second.cursor);
  }
  session->room = room;
  room->expect();
  tasks_.spawn(join(session, room));
}

/// Reads what the session has already, so that nothing is given to it twice; then it is one of the room's.
/// The last to arrive runs a room that has not begun.
Task<void> LiveService::join(std::shared_ptr<Session> session, std::shared_ptr<Room> room) {
  co_await net::post(parts_.executor, use_task);  // all who come in this step are expected before one runs
  bool readable = true;
  if (session->log->last_offset() > 0 && store_.keeps_events()) {
    auto recent =
        co_await store_.recent(parts_.executor, session->log->key(), options_.follower.remembered_ids);
    if (recent) room->follower().restore(*recent);
    readable = recent.has_value();
  }
  if (session->room == room) {
    if (readable && !stopping_) {
      room->add(session);
    } else {
      session->room.reset();
      RoomStatus failed = session->status;
      failed.state = RoomState::failed;
      failed.error = Error(ErrorCode::database, "The session's events could not be read");
      failed.reason = failed.error->message;
      room->tell(*session, failed);
    }
  }
  const bool mine_to_run = room->arrived();
  close_if_idle(room);
  if (mine_to_run) co_await room->follower().run();
}

void LiveService::detach(Session& session) {
  if (!session.room) return;
  const std::shared_ptr<Room> room = std::move(session.room);
  session.room.reset();
  room->remove(session);
  close_if_idle(room);
}

void LiveService::close_if_idle(const std::shared_ptr<Room>& room) {
  if (!room->idle()) return;
  const auto found = rooms_.find(room->key());
  if (found != rooms_.end() && found->second == room) rooms_.erase(found);
  room->follower().stop();
}

Task<void> LiveService::start(bool resume) {
  tasks_.spawn(retain());
  const auto known = sessions_;
  for (const auto& [id, session] : known) {
    if (!resume || !session->resumable) continue;
    auto reference = session->stored.username.empty()
                         ? RoomReference::parse_room_id(session->stored.room_id)
                         : RoomReference::parse_username(session->stored.username);
    if (!reference) continue;
    attach(session, *reference);
    session->room->follower().resume();
  }
  cursors_.clear();
  co_return;
}

Task<void> LiveService::settle(Session& session) {
  const std::string id = session.stored.id;
  auto timer = std::make_shared<SteadyTimer>(parts_.executor);
  timer->expires_after(options_.connect_limit);
  session.waiters.push_back(timer);
  co_await timer->async_wait(as_result);
  const auto found = sessions_.find(id);
  if (found != sessions_.end()) std::erase(found->second->waiters, timer);
}

Task<Result<SessionView>> LiveService::connect(ConnectRequest request) {
  if (stopping_) co_return Error(ErrorCode::unavailable, "The service is shutting down");
  CO_TRY(Session * session, prepare(request));
  session->stored.wait_until_live = request.wait_until_live;
  const std::string epoch = session->log->epoch();
  if (!is_running(session->status.state)) attach(sessions_.at(request.session_id), request.reference);
  if (!is_settled(session->status.state)) co_await settle(*session);
  if (stopping_) co_return Error(ErrorCode::unavailable, "The service is shutting down");

  const auto found = sessions_.find(request.session_id);
  if (found == sessions_.end() || found->second->log->epoch() != epoch) {
    co_return Error(ErrorCode::conflict,
                    "Session '" + request.session_id + "' was given to another user meanwhile");
  }
  session = found->second.get();
  switch (session->status.state) {
    case RoomState::connected:
    case RoomState::waiting:
      co_return view(*session);
    case RoomState::connecting: {
      detach(*session);
      Error late(ErrorCode::upstream_timeout, request.reference.text() + ": no data from TikTok in time");
      session->status.state = RoomState::failed;
      session->status.reason = session->last_error = late.message;
      save(*session);
      co_return late;
    }
    case RoomState::reconnecting:
      co_return view(*session);
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

Task<bool> LiveService::disconnect(std::string session_id) {
  const auto found = sessions_.find(session_id);
  if (found == sessions_.end() || !is_running(found->second->status.state)) co_return false;
  Session& session = *found->second;
  detach(session);
  session.status.state = RoomState::disconnected;
  session.status.reason = "by request";
  session.status.next_try.reset();
  save(session);
  for (auto& waiter : session.waiters) waiter->cancel();
  co_return true;
}

SessionView LiveService::view(const Session& session) const {
  SessionView out;
  out.id = session.stored.id;
  out.epoch = session.log->epoch();
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
  out.subscribers = fan_out_.subscribers(session.stored.id);
  return out;
}

Task<std::optional<SessionView>> LiveService::find(std::string session_id) {
  const auto found = sessions_.find(session_id);
  if (found == sessions_.end()) co_return std::nullopt;
  co_return view(*found->second);
}

Task<std::vector<SessionView>> LiveService::list() {
  std::vector<SessionView> out;
  out.reserve(sessions_.size());
  for (const auto& [id, session] : sessions_) out.push_back(view(*session));
  co_return out;
}

Task<std::optional<events::SessionPosition>> LiveService::position(std::string session_id) {
  // A function of its own: g++ 12 (CONTRIBUTING.md).
  auto look = [](LiveService& service, std::string id) -> Task<std::optional<events::SessionPosition>> {
    const auto found = service.sessions_.find(id);
    if (found == service.sessions_.end()) co_return std::nullopt;
    const events::EventLog& log = *found->second->log;
    events::SessionPosition position;
    position.key = log.key(), position.epoch = log.epoch(), position.last_offset = log.last_offset();
    co_return position;
  };
  co_return co_await run_on(parts_.executor, look(*this, std::move(session_id)));
}

Task<Result<void>> LiveService::erase(std::shared_ptr<Session> session) {
  detach(*session);
  for (auto& waiter : session->waiters) waiter->cancel();
  sessions_.erase(session->stored.id);
  fan_out_.finish(session->stored.id);
  // Behind all that was queued for it.
  co_return co_await store_.delete_session(parts_.executor, session->stored.key);
}

Task<Result<bool>> LiveService::remove(std::string session_id) {
  const auto found = sessions_.find(session_id);
  if (found == sessions_.end()) co_return false;
  auto erased = co_await erase(found->second);
  if (!erased) co_return erased.error();
  co_return true;
}

Task<Result<std::size_t>> LiveService::cleanup(std::chrono::milliseconds min_age) {
  std::vector<std::shared_ptr<Session>> over;
  const UnixMs before = parts_.clock.now_ms() - min_age.count();
  for (const auto& [id, session] : sessions_) {
    if (!is_running(session->status.state) && session->started_at <= before) over.push_back(session);
  }
  for (const auto& session : over) {
    auto erased = co_await erase(session);
    if (!erased) co_return erased.error();
  }
  co_return over.size();
}

/// Deletes old events in small steps, which wait in the writer's queue like everybody's.
Task<void> LiveService::retain() {
  const events::Retention& limits = options_.retention;
  if (limits.max_age_ms == 0 && limits.max_events == 0 && limits.max_bytes == 0) co_return;
  while (!stopping_) {
    std::vector<std::int64_t> keys;
    keys.reserve(sessions_.size());
    for (const auto& [id, session] : sessions_) keys.push_back(session->stored.key);
    for (const std::int64_t key : keys) {
      for (bool more = true; more && !stopping_;) {
        auto trimmed = co_await store_.trim(parts_.executor, key, limits, parts_.clock.now_ms());
        more = trimmed && *trimmed;
      }
    }
    if (!stopping_) co_await retention_wake_.wait_for(options_.retention_interval);
  }
}

void LiveService::refuse_new() {
  net::post(parts_.executor, [this] {
    stopping_ = true;
    retention_wake_.notify();
    for (auto& [id, session] : sessions_) {
      for (auto& waiter : session->waiters) waiter->cancel();
    }
  });
}

Task<void> LiveService::stop() {
  stopping_ = true;
  retention_wake_.notify();
  const auto rooms = rooms_;
  for (const auto& [key, room] : rooms) room->follower().stop();
  co_await tasks_.join();
}

}  // namespace papi::live
