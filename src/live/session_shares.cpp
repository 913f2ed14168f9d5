// Shares of a session: other users and keys that may read it.

#include <algorithm>

#include "live/live_service.hpp"
#include "live/session_json.hpp"
#include "platform/base/text.hpp"

namespace papi::live {
namespace {

Error reader_error(ErrorCode code, std::string_view what) {
  Error error(code, "reader: " + std::string(what));
  error.edit().field = "reader";
  return error;
}

}  // namespace

/// Returns the session if the viewer may change it. `what` is part of the message: what only the owner may
/// do.
Result<LiveService::SessionPtr> LiveService::managed(const std::string& session_id,
                                                     const events::Viewer& viewer,
                                                     std::string_view what) const {
  const SessionPtr session = readable(session_id, viewer);
  if (!session) return Error(ErrorCode::not_found, "There is no session of that id");
  if (viewer.manages(session->stored.owner)) return session;
  return Error(
      ErrorCode::insufficient_permissions,
      "Session '" + session_id + "' is shared with you for reading: only its owner may " + std::string(what));
}

/// Finds the user or key to share the session with. Fails if nobody has this name, or if it is the owner or
/// the viewer.
Result<events::Reader> LiveService::reader_for(const LiveSession& session, const events::Viewer& viewer,
                                               const std::string& name) const {
  auto reader = sharing_.readers.find(name);
  if (!reader) {
    return reader_error(ErrorCode::not_found,
                        "there is no active user of that name and no key of that id; an id of a key begins "
                        "with k_ (GET /auth/api-keys)");
  }
  if (reader->user_id == session.stored.owner)
    return invalid("reader", "the session's owner reads it already, with every key");
  if (reader->id == viewer.user_id()) return invalid("reader", "a session cannot be shared with oneself");
  return std::move(*reader);
}

/// Returns the readers that still exist, oldest share first. The database deletes the shares of a deleted
/// user or key by itself. `shares` keeps them until it is read again.
std::vector<SharedReader> LiveService::readers_now(const LiveSession& session) const {
  std::vector<SharedReader> out;
  if (session.shares.empty() || !sharing_.readers.by_id(session.stored.owner)) return out;
  for (const events::SessionShare& share : session.shares) {
    auto reader = sharing_.readers.by_id(share.reader);
    if (reader) out.push_back({std::move(*reader), share.shared_at});
  }
  return out;
}

void LiveService::set_shares(LiveSession& session, events::SessionShares shares) {
  std::vector<std::string> readers;
  for (const events::SessionShare& share : shares) readers.push_back(share.reader);
  session.shares = std::move(shares);
  session.access->set_readers(std::move(readers));
}

void LiveService::tell_shares(const LiveSession& session) const {
  if (!fan_out_.changes().watched()) return;
  events::SessionNotice notice;
  notice.kind = events::SessionNotice::Kind::shared;
  notice.session_id = session.stored.id;
  notice.epoch = session.log->epoch();
  notice.access = session.access;
  JsonWriter out(notice.summary);
  out.open();
  write_summary(out, view(session, events::Viewer()));
  out.close();
  fan_out_.changes().publish(std::move(notice));
}

/// Reads the shares again after a failed change. The change may have been stored in spite of the error.
/// Retries until the database answers.
Task<void> LiveService::reread_shares(std::string session_id) {
  constexpr std::chrono::milliseconds first_pause{200}, longest_pause{10'000};
  std::chrono::milliseconds wait = first_pause;
  for (bool read = false; !read;) {
    const bool goes_on = co_await pause(wait);
    if (!goes_on) break;
    wait = std::min(wait * 2, longest_pause);
    KeyedMutex::Lock lock(id_locks_, session_id);
    co_await lock.take();
    // The session may have been replaced meanwhile, and the new one may have taken over its shares.
    const auto found = sessions_.find(session_id);
    if (found == sessions_.end()) break;
    const SessionPtr session = found->second;
    auto stored = co_await sharing_.store.read(deps_.executor, session->stored.key);
    read = stored.has_value();
    if (!stored) continue;
    set_shares(*session, std::move(*stored));
    tell_shares(*session);
  }
  rereading_.erase(session_id);
}

void LiveService::reread_soon(const std::string& session_id) {
  if (rereading_.insert(session_id).second) tasks_.spawn(reread_shares(session_id));
}

Task<Result<ShareAnswer>> LiveService::share(std::string session_id, events::Viewer viewer,
                                             std::string name) {
  KeyedMutex::Lock lock(id_locks_, session_id);
  co_await lock.take();
  CO_TRY(const SessionPtr session, managed(session_id, viewer, "share it"));
  if (!sharing_.readers.by_id(session->stored.owner))
    co_return Error(ErrorCode::conflict, "the session's owner is no longer known: nobody else can read it");
  CO_TRY(const events::Reader reader, reader_for(*session, viewer, name));
  const std::vector<SharedReader> now = readers_now(*session);
  const auto is_reader = [&reader](const auto& shared) { return shared.reader.id == reader.id; };
  const auto known = std::find_if(now.begin(), now.end(), is_reader);
  if (known != now.end()) co_return ShareAnswer{*known, false};
  if (now.size() >= max_shares) {
    co_return reader_error(ErrorCode::conflict, "a session is shared with at most " +
                                                    std::to_string(max_shares) +
                                                    " users and keys; take another one away first");
  }
  std::vector<std::string> gone;
  for (const events::SessionShare& share : session->shares) {
    if (!sharing_.readers.by_id(share.reader)) gone.push_back(share.reader);
  }
  // Shares are listed in the order in which they were made: no two of a session have the same time.
  const UnixMs newest = session->shares.empty() ? 0 : session->shares.back().shared_at;
  const events::SessionShare share{reader.id, std::max(deps_.clock.now_ms(), newest + 1)};
  auto stored = co_await sharing_.store.add(deps_.executor, session->stored.key, share, std::move(gone));
  if (!stored) {
    reread_soon(session_id);
    co_return stored.error();
  }
  set_shares(*session, std::move(*stored));
  tell_shares(*session);
  co_return ShareAnswer{SharedReader{reader, share.shared_at}, true};
}

Task<Result<SharedReader>> LiveService::end_share(std::string session_id, events::Viewer viewer,
                                                  std::string name) {
  KeyedMutex::Lock lock(id_locks_, session_id);
  co_await lock.take();
  CO_TRY(const SessionPtr session, managed(session_id, viewer, "share it"));
  const std::vector<SharedReader> now = readers_now(*session);
  const auto is_named = [&name](const SharedReader& shared) {
    return shared.reader.key ? shared.reader.name == name : equals_ignoring_case(shared.reader.name, name);
  };
  // A key id has priority over a user of the same name, as in share().
  auto found =
      std::find_if(now.begin(), now.end(), [&](const auto& s) { return s.reader.key && is_named(s); });
  if (found == now.end()) found = std::find_if(now.begin(), now.end(), is_named);
  if (found == now.end())
    co_return reader_error(ErrorCode::not_found, "the session is not shared with a user or key of that name");
  auto stored = co_await sharing_.store.remove(deps_.executor, session->stored.key, found->reader.id);
  if (!stored) {
    reread_soon(session_id);
    co_return stored.error();
  }
  set_shares(*session, std::move(*stored));
  tell_shares(*session);
  co_return *found;
}

Task<Result<events::SessionAccessPtr>> LiveService::access_of_managed(std::string session_id,
                                                                      events::Viewer viewer,
                                                                      std::string what) {
  CO_TRY(const SessionPtr session, managed(session_id, viewer, what));
  co_return session->access;
}

Task<Result<std::vector<SharedReader>>> LiveService::shares(std::string session_id, events::Viewer viewer) {
  CO_TRY(const SessionPtr session, managed(session_id, viewer, "see its shares"));
  co_return readers_now(*session);
}

}  // namespace papi::live
