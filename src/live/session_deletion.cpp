// How a session is deleted: by request, by a clean-up, or because the database has it as deleted.

#include "live/live_service.hpp"

namespace papi::live {

void LiveService::tell_deleted(const LiveSession& session) const {
  events::SessionNotice notice;
  notice.kind = events::SessionNotice::Kind::deleted;
  notice.session_id = session.stored.id;
  notice.epoch = session.log->epoch();
  fan_out_.changes().publish(std::move(notice));
}

/// Removes a session that is marked as deleted in the database. Its rows are deleted after all writes that
/// are queued for it.
void LiveService::drop(const SessionPtr& session) {
  session->deleted = true;
  apply(session, session->machine.on_remove());
  const auto found = sessions_.find(session->stored.id);
  if (found != sessions_.end() && found->second == session) sessions_.erase(found);
  fan_out_.finish(session->stored.id);
  tell_deleted(*session);
  if (deps_.identity) deps_.identity->remove(session->stored.key);
  tasks_.spawn([](LiveService& service, events::SessionKey key) -> Task<void> {
    auto deleted = co_await service.store_.delete_rows(service.deps_.executor, key);
    if (!deleted)
      service.deps_.log.warning("The rows of a deleted session are still there; retention deletes them");
  }(*this, session->stored.key));
}

/// Deletes the session. The caller holds the lock of its id.
Task<Result<void>> LiveService::delete_locked(SessionPtr session) {
  auto marked = co_await store_.mark_deleted(deps_.executor, session->stored.key, deps_.clock.now_ms());
  if (!marked) co_return marked;
  set_shares(*session, {});
  drop(session);
  co_return marked;
}

void LiveService::session_deleted(const SessionPtr& session) {
  if (session->deleted || std::exchange(session->ending, true)) return;
  tasks_.spawn(end_deleted(session));
}

/// Ends a session that the database has as deleted, although its deletion failed here or was not asked for.
Task<void> LiveService::end_deleted(SessionPtr session) {
  KeyedMutex::Lock lock(id_locks_, session->stored.id);
  co_await lock.take();
  if (session->deleted) co_return;  // a deletion was in progress
  deps_.log.warning("The database has a session as deleted; it ends", {{"session_id", session->stored.id}});
  set_shares(*session, {});
  drop(session);
}

Task<Result<bool>> LiveService::remove(std::string session_id, events::Viewer viewer) {
  KeyedMutex::Lock lock(id_locks_, session_id);
  co_await lock.take();
  auto found = managed(session_id, viewer, "delete it");
  if (!found && found.error().code == ErrorCode::not_found) co_return false;
  if (!found) co_return found.error();
  auto deleted = co_await delete_locked(*found);
  if (!deleted) co_return deleted.error();
  co_return true;
}

Task<Result<std::size_t>> LiveService::cleanup(std::chrono::milliseconds min_age, events::Viewer viewer) {
  const UnixMs before = deps_.clock.now_ms() - min_age.count();
  const auto known = sessions_;
  std::size_t cleaned = 0;
  for (const auto& [id, session] : known) {
    if (!viewer.manages(session->stored.owner) || session->machine.running()) continue;
    KeyedMutex::Lock lock(id_locks_, id);
    co_await lock.take();
    // While other sessions were deleted, this one may have been started, replaced or deleted.
    if (session->deleted || session->machine.running() || session->machine.started_at() > before) continue;
    auto deleted = co_await delete_locked(session);
    if (!deleted) co_return deleted.error();
    ++cleaned;
  }
  co_return cleaned;
}

}  // namespace papi::live
