#include "live/live_service.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "live/error_codes.hpp"
#include "platform/base/text.hpp"

namespace papi::live {
namespace {

SessionMachine machine_of(const events::StoredSession& stored) {
  RoomStatus status;
  status.state = parse_state(stored.state);
  status.reason = stored.reason;
  status.room_id = events::RoomId(parse_uint(stored.room_id).value_or(0));
  return SessionMachine(std::move(status), stored.started_at, stored.heard_at);
}

}  // namespace

LiveService::LiveService(const LiveDependencies& deps, Options options, events::EventStore& store,
                         events::FanOut& fan_out, Sharing sharing, Known known)
    : deps_(deps),
      options_(options),
      store_(store),
      fan_out_(fan_out),
      sharing_(sharing),
      id_locks_(deps.executor),
      tasks_(deps.executor, [&log = deps.log](std::exception_ptr escaped) {
        try {
          std::rethrow_exception(escaped);
        } catch (const std::exception& bug) {
          log.error("A task of a live session threw an exception", {{"reason", bug.what()}});
        }
      }) {
  for (auto& stored : known.sessions) {
    if (!store_.keeps_events()) {
      stored.epoch = random_hex(8);
      stored.last_offset = events::Offset();
    }
    auto access =
        std::make_shared<events::SessionAccess>(stored.owner, std::vector<std::string>(), &sharing_.readers);
    auto session =
        std::make_shared<LiveSession>(deps_, store_, fan_out_, stored, std::move(access), machine_of(stored));
    set_shares(*session, std::move(known.shares[stored.key]));
    if (auto reference = reference_of(stored)) session->room_key = reference->key();
    sessions_[stored.id] = std::move(session);
  }
}

/// A session and its room hold each other by shared_ptr, so the cycle is broken here.
LiveService::~LiveService() {
  for (const auto& [id, session] : sessions_) session->room.reset();
}

std::size_t LiveService::running() const {
  return static_cast<std::size_t>(std::count_if(
      sessions_.begin(), sessions_.end(), [](const auto& entry) { return entry.second->machine.running(); }));
}

Result<void> LiveService::may_start(const events::Viewer& viewer) const {
  const auto own = std::count_if(sessions_.begin(), sessions_.end(), [&](const auto& entry) {
    const LiveSession& session = *entry.second;
    return session.machine.running() && session.stored.started_by == viewer.credential();
  });
  const auto starting = std::count(starting_.begin(), starting_.end(), viewer.credential());
  return options_.sessions.check(running() + starting_.size(), static_cast<std::size_t>(own + starting));
}

/// Returns the session of that id, or nullptr if the viewer may not read it.
LiveService::SessionPtr LiveService::readable(const std::string& session_id,
                                              const events::Viewer& viewer) const {
  const auto found = sessions_.find(session_id);
  return found != sessions_.end() && found->second->access->lets_read(viewer) ? found->second : nullptr;
}

events::StoredSession LiveService::new_row(const ConnectRequest& request) const {
  events::StoredSession row;
  row.id = request.session_id;
  row.epoch = random_hex(8);
  row.username = request.reference.username();
  if (row.username.empty()) row.room_id = std::to_string(request.reference.room_id().value());
  row.wait_until_live = request.wait_until_live;
  row.state = to_string(RoomState::connecting);
  row.reason = connecting_reason;
  row.created_at = row.started_at = deps_.clock.now_ms();
  row.owner = request.viewer.user_id();
  row.started_by = request.viewer.credential();
  return row;
}

/// Stores that a stopped session runs again. The caller holds the lock of its id and attaches the session
/// right after.
Task<Result<void>> LiveService::store_start(SessionPtr session, ConnectRequest request) {
  const Starting counted(starting_, request.viewer.credential());
  AsyncScopedLock row_lock({&session->row_mutex});
  co_await row_lock.take();
  events::StoredSession row = row_of(*session);
  row.state = to_string(RoomState::connecting);
  row.reason = connecting_reason;
  row.wait_until_live = request.wait_until_live;
  row.started_at = deps_.clock.now_ms();
  row.started_by = request.viewer.credential();
  auto saved = co_await store_.save_session(deps_.executor, std::move(row));
  if (saved) session->stored.started_by = request.viewer.credential();
  co_return saved;
}

/// Returns the session to connect. Its stored row already says that it runs. The caller holds the lock of its
/// id.
Task<Result<LiveService::SessionPtr>> LiveService::prepare(ConnectRequest request) {
  const std::string& id = request.session_id;
  const auto found = sessions_.find(id);
  const SessionPtr old = found == sessions_.end() ? nullptr : found->second;
  if (old && !request.viewer.manages(old->stored.owner)) {
    const auto refused = managed(id, request.viewer, "connect it");
    if (refused.error().code == ErrorCode::insufficient_permissions) co_return refused.error();
    co_return Error(ErrorCode::conflict, "session_id: '" + id + "' is taken; choose another session_id");
  }
  const bool same = old && old->room_key == request.reference.key();
  if (same && old->machine.running()) co_return old;
  if (auto free = may_start(request.viewer); !free) co_return free.error();
  if (same) {
    auto started = co_await store_start(old, request);
    if (!started) co_return started.error();
    co_return old;
  }
  if (old && !request.replace) {
    const std::string bound = old->stored.username.empty() ? "another room" : "@" + old->stored.username;
    co_return Error(ErrorCode::conflict,
                    "Session '" + id + "' belongs to " + bound +
                        "; take another session_id, or send \"replace\": true, which deletes its events");
  }
  events::StoredSession row = new_row(request);
  const Starting counted(starting_, request.viewer.credential());
  // Named: g++ 12 miscompiles the temporary inside `co_await`.
  const events::SessionKey replaced = old ? old->stored.key : events::SessionKey();
  auto created = co_await store_.create_session(deps_.executor, row, replaced);
  if (!created) co_return created.error();
  row.key = created->key;
  row.first_log = created->first_log;
  // If the owner stays the same, the shares stay; see EventStore::create_session().
  const bool same_owner = old && old->stored.owner == row.owner;
  auto access = same_owner ? old->access
                           : std::make_shared<events::SessionAccess>(row.owner, std::vector<std::string>(),
                                                                     &sharing_.readers);
  if (old && !same_owner) set_shares(*old, {});
  if (old) drop(old);
  auto session = std::make_shared<LiveSession>(deps_, store_, fan_out_, std::move(row), std::move(access),
                                               SessionMachine());
  if (same_owner) session->shares = old->shares;
  session->room_key = request.reference.key();
  session->streaks_known = true;
  sessions_[id] = session;
  co_return session;
}

Task<void> LiveService::wait_until_settled(SessionPtr session) {
  const auto timer = std::make_shared<SteadyTimer>(deps_.executor);
  timer->expires_after(options_.connect_limit);
  session->waiters.push_back(timer);
  co_await timer->async_wait(as_result);
  std::erase(session->waiters, timer);
}

/// Returns the error for a session that did not settle in time. Unless it keeps trying, the session becomes
/// `failed`.
Error LiveService::fail_at_connect_limit(const SessionPtr& session, const ConnectRequest& request) {
  const std::optional<Error>& cause = session->machine.status().error;
  if (cause && (cause->code == ErrorCode::database || cause->code == ErrorCode::unavailable)) {
    return Error(ErrorCode::database, "The database does not answer; session '" + request.session_id +
                                          "' keeps trying. Look at GET /sessions/" + request.session_id);
  }
  const bool in_line = session->room && session->room->upstream().status().waits_for_signature;
  if (in_line || session->stored.wait_until_live) {
    return Error(ErrorCode::upstream_timeout, request.reference.text() +
                                                  ": no data from TikTok yet; session '" +
                                                  request.session_id + "' keeps trying");
  }
  Error error(ErrorCode::upstream_timeout, request.reference.text() + ": no data from TikTok in time");
  apply(session, session->machine.on_connect_limit(error.message));
  return error;
}

Task<Result<SessionView>> LiveService::connect(ConnectRequest request) {
  const Error leaving(ErrorCode::unavailable, "The service is shutting down");
  if (stopping_) co_return leaving;
  SessionPtr session;
  {
    KeyedMutex::Lock lock(id_locks_, request.session_id);
    co_await lock.take();
    if (stopping_) co_return leaving;
    CO_TRY(session, co_await prepare(request));
    const bool waited = std::exchange(session->stored.wait_until_live, request.wait_until_live);
    if (!session->machine.running()) {
      attach(session, request.reference, false);
    } else if (waited != request.wait_until_live) {
      save(session);
    }
  }
  if (!stopping_ && !is_settled(session->machine.state())) co_await wait_until_settled(session);
  if (stopping_) {
    co_return Error(ErrorCode::unavailable, "The service is shutting down; session '" + request.session_id +
                                                "' goes on when it is started again");
  }

  const auto found = sessions_.find(request.session_id);
  if (found == sessions_.end() || found->second != session) {
    co_return Error(ErrorCode::conflict,
                    "Session '" + request.session_id + "' was deleted or given to another room meanwhile");
  }
  switch (session->machine.state()) {
    case RoomState::connected:
    case RoomState::waiting:
    case RoomState::reconnecting:
      co_return view(*session, request.viewer);
    case RoomState::connecting:
      co_return fail_at_connect_limit(session, request);
    case RoomState::disconnected:
      co_return Error(ErrorCode::conflict, "Session '" + request.session_id + "' was disconnected meanwhile");
    case RoomState::ended:
      co_return Error(codes::user_offline, request.reference.text() + " has ended its stream");
    case RoomState::failed:
      break;
  }
  const RoomStatus& status = session->machine.status();
  co_return status.error ? *status.error : Error(ErrorCode::upstream_error, status.reason);
}

Task<bool> LiveService::runs(ConnectRequest request) {
  const auto found = sessions_.find(request.session_id);
  if (found == sessions_.end()) co_return false;
  const LiveSession& session = *found->second;
  co_return request.viewer.manages(session.stored.owner) && session.machine.running() &&
      session.room_key == request.reference.key();
}

Task<Result<bool>> LiveService::disconnect(std::string session_id, events::Viewer viewer) {
  KeyedMutex::Lock lock(id_locks_, session_id);
  co_await lock.take();
  auto found = managed(session_id, viewer, "disconnect it");
  if (!found && found.error().code == ErrorCode::not_found) co_return false;
  if (!found) co_return found.error();
  const SessionPtr session = *found;
  if (!session->machine.running()) co_return false;
  AsyncScopedLock row_lock({&session->row_mutex});
  co_await row_lock.take();
  const std::string reason = "Disconnected by request of " + viewer.name();
  events::StoredSession row = row_of(*session);
  row.state = to_string(RoomState::disconnected);
  row.reason = reason;
  auto saved = co_await store_.save_session(deps_.executor, std::move(row));
  if (!saved) co_return saved.error();
  const UnixMs heard_at = session->room ? session->room->upstream().heard_at() : 0;
  apply(session, session->machine.on_disconnect(reason, heard_at));
  co_return true;
}

SessionView LiveService::view(const LiveSession& session, const events::Viewer& viewer) const {
  SessionView out;
  out.id = session.stored.id;
  out.epoch = session.log->epoch();
  out.owner = session.stored.owner;
  out.username = session.stored.username;
  out.room = session.machine.status();
  out.wait_until_live = session.stored.wait_until_live;
  out.created_at = session.stored.created_at;
  out.started_at = session.machine.started_at();
  out.last_offset = session.log->last_offset();
  out.counts = session.log->counts();
  if (session.room) {
    out.room.facts = session.room->upstream().status().facts;  // newer than the last status change
    out.undecodable = session.room->upstream().undecodable();
    out.duplicates = session.room->upstream().duplicates();
  }
  out.last_error = session.machine.last_error();
  if (deps_.proxy && !viewer.only_reads()) out.proxy = deps_.proxy->shown();
  out.subscribers = fan_out_.subscribers(session.stored.id);
  if (viewer.manages(session.stored.owner)) {
    out.shared_with.emplace();
    for (const SharedReader& shared : readers_now(session)) out.shared_with->push_back(shared.reader.name);
  }
  return out;
}

Task<std::optional<SessionView>> LiveService::find(std::string session_id, events::Viewer viewer) {
  const auto found = readable(session_id, viewer);
  if (!found) co_return std::nullopt;
  co_return view(*found, viewer);
}

Task<SessionOverview> LiveService::overview(events::Viewer viewer) {
  SessionOverview out;
  for (const auto& [id, session] : sessions_) {
    if (session->access->lets_read(viewer)) out.sessions.push_back(view(*session, viewer));
  }
  out.sign_budget = deps_.sign.budget();
  out.newest_notice = fan_out_.changes().newest();
  co_return out;
}

LiveFigures LiveService::figures() const {
  LiveFigures figures;
  for (const auto& [id, session] : sessions_) {
    ++figures.sessions[static_cast<std::size_t>(session->machine.state())];
    figures.subscribers += fan_out_.subscribers(id);
  }
  for (const auto& [key, room] : rooms_)
    ++figures.rooms[static_cast<std::size_t>(room->upstream().status().state)];
  figures.sign_budget = deps_.sign.budget();
  figures.sign_waiting = deps_.sign.waiting();
  return figures;
}

Task<std::optional<events::SessionPosition>> LiveService::position(std::string session_id,
                                                                   events::Viewer viewer) {
  auto look = [](LiveService& service, std::string id,
                 events::Viewer who) -> Task<std::optional<events::SessionPosition>> {
    const auto found = service.readable(id, who);
    if (!found) co_return std::nullopt;
    const events::EventLog& log = *found->log;
    events::SessionPosition position;
    position.key = log.key();
    position.epoch = log.epoch();
    position.last_offset = log.last_offset();
    position.first_log = found->stored.first_log;
    position.access = found->access;
    co_return position;
  };
  co_return co_await run_on(deps_.executor, look(*this, std::move(session_id), std::move(viewer)));
}

Task<void> LiveService::erase_person(std::string username) {
  for (const auto& [id, session] : sessions_) session->streaks.erase_person(username);
  for (const auto& [key, room] : rooms_) room->upstream().erase_person(username);
  co_return;
}

void LiveService::refuse_new() {
  net::post(deps_.executor, [this] {
    stopping_ = true;
    for (const auto& [id, session] : sessions_) apply(session, session->machine.on_shutdown());
  });
}

Task<void> LiveService::stop() {
  stopping_ = true;
  const auto rooms = rooms_;
  for (const auto& [key, room] : rooms) room->upstream().stop();
  for (const auto& timer : pauses_) timer->cancel();
  co_await tasks_.join();
  co_await deps_.gifts.join();
}

}  // namespace papi::live
