#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "access/quotas.hpp"
#include "events/session_directory.hpp"
#include "live/live_figures.hpp"
#include "live/live_room.hpp"
#include "platform/base/random.hpp"
#include "platform/base/task_group.hpp"

namespace papi::live {

/// A request to /connect. If `replace` is set, a session of the same id that belongs to another room is
/// deleted with its events.
struct ConnectRequest {
  std::string session_id;
  events::Viewer viewer;
  RoomReference reference;
  bool wait_until_live = false;
  bool replace = false;
};

/// A copy of a session's data for callers. It may be used on any thread.
struct SessionView {
  std::string id;
  std::string epoch;
  std::string owner;
  std::string username;
  RoomStatus room;
  bool wait_until_live = false;
  UnixMs created_at = 0;
  UnixMs started_at = 0;  // time of the current connect
  events::Offset last_offset;
  std::array<std::uint64_t, events::event_type_count> counts{};
  std::uint64_t undecodable = 0;
  std::uint64_t duplicates = 0;
  std::string last_error;
  std::string proxy;  // of its upstream connection
  std::size_t subscribers = 0;
  std::optional<std::vector<std::string>> shared_with;  // only for a viewer who manages the session
};

/// What a viewer sees of the sessions at one moment.
struct SessionOverview {
  std::vector<SessionView> sessions;
  SignBudgetView sign_budget;
  std::uint64_t newest_notice = 0;  // `sessions` has everything up to this SessionNotice
};

/// A user or key that a session is shared with, and the time of the share.
struct SharedReader {
  events::Reader reader;
  UnixMs shared_at = 0;
};
struct ShareAnswer {
  SharedReader shared;
  bool added = false;  // false: the share existed before
};

/// The sessions and their rooms. Several sessions of one room share one upstream connection. All members run
/// on the live thread. Callers on other threads use run_on().
///
/// Memory follows the database. If a session is created, started, replaced, disconnected or deleted, the
/// database is changed first. If that fails, nothing has changed. If the database turns out to have a session
/// as deleted all the same (the answer to the deletion was lost), the session ends here as if it was deleted.
class LiveService final : public events::SessionDirectory, private RoomRegistry {
 public:
  struct Options {
    UpstreamOptions upstream;
    std::chrono::milliseconds connect_limit{30'000};
    quota::SessionQuota sessions;
  };
  /// The content of the database at start.
  struct Known {
    std::vector<events::StoredSession> sessions;
    std::map<events::SessionKey, events::SessionShares> shares;
  };
  struct Sharing {
    events::ShareStore& store;
    const events::ReaderDirectory& readers;
  };
  /// The most users and keys that one session may be shared with.
  static constexpr std::size_t max_shares = 100;

  LiveService(const LiveDependencies& deps, Options options, events::EventStore& store,
              events::FanOut& fan_out, Sharing sharing, Known known);
  ~LiveService() override;

  /// Continues the sessions that ran when the program ended, each from its stored position. Call it before
  /// any connect().
  Task<void> resume();
  /// Call it instead of resume() to set those sessions to `disconnected`.
  void disconnect_all();

  /// Starts or finds the session and waits until it is settled, at most for connect_limit. Returns the
  /// session if it is connected, waiting or reconnecting, else the reason as an Error.
  Task<Result<SessionView>> connect(ConnectRequest request);
  /// Returns whether connect() with the same request would find the session running. A short link is not
  /// resolved for that.
  Task<bool> runs(ConnectRequest request);
  // In all of these, a session that the viewer may not read does not exist. If the session is only shared
  // with the viewer, they change nothing and fail with INSUFFICIENT_PERMISSIONS.
  /// Returns false if there is no running session of that id.
  Task<Result<bool>> disconnect(std::string session_id, events::Viewer viewer);
  /// Stops the session and deletes it with its events. Returns false if there is no session of that id.
  Task<Result<bool>> remove(std::string session_id, events::Viewer viewer);
  /// Deletes all sessions that the viewer manages, that do not run and whose last start was at least
  /// `min_age` ago. Returns how many were deleted.
  Task<Result<std::size_t>> cleanup(std::chrono::milliseconds min_age, events::Viewer viewer);
  /// Removes a person's name from what the sessions hold in memory. `username` is in lower case.
  Task<void> erase_person(std::string username);
  /// Returns the session, or nullopt if the viewer may not read it.
  Task<std::optional<SessionView>> find(std::string session_id, events::Viewer viewer);
  /// Returns all sessions that the viewer may read, and what they have in common.
  Task<SessionOverview> overview(events::Viewer viewer);
  /// Counts what there is, for metrics.
  LiveFigures figures() const;
  /// Returns who may read the session. Fails if the viewer may not change it. `what` says what only its owner
  /// may do.
  Task<Result<events::SessionAccessPtr>> access_of_managed(std::string session_id, events::Viewer viewer,
                                                           std::string what);

  // `reader` is the name of a user or the id of a key. The caller learns from the answer whether it exists.
  /// Lets a user or key read the session. Does nothing if the share exists.
  Task<Result<ShareAnswer>> share(std::string session_id, events::Viewer viewer, std::string reader);
  /// After success the reader cannot read the session any more, and its open sockets and streams of the
  /// session end.
  Task<Result<SharedReader>> end_share(std::string session_id, events::Viewer viewer, std::string reader);
  /// Returns the users and keys that the session is shared with, oldest share first.
  Task<Result<std::vector<SharedReader>>> shares(std::string session_id, events::Viewer viewer);

  /// May be called on any thread.
  Task<std::optional<events::SessionPosition>> position(std::string session_id,
                                                        events::Viewer viewer) override;
  Executor executor() const { return deps_.executor; }

  /// From now on /connect answers SERVICE_UNAVAILABLE, also to calls that already wait. May be called on any
  /// thread.
  void refuse_new();
  /// Stops all upstream connections and waits for all tasks. The sessions stay running in the database.
  Task<void> stop();

 private:
  using SessionPtr = std::shared_ptr<LiveSession>;

  /// Counts a session against the limits of its credential while its start is being stored.
  class Starting {
   public:
    Starting(std::vector<std::string>& all, std::string credential)
        : all_(all), credential_(std::move(credential)) {
      all_.push_back(credential_);
    }
    ~Starting() { all_.erase(std::find(all_.begin(), all_.end(), credential_)); }
    Starting(const Starting&) = delete;
    Starting& operator=(const Starting&) = delete;

   private:
    std::vector<std::string>& all_;
    const std::string credential_;
  };

  Task<Result<SessionPtr>> prepare(ConnectRequest request);
  Task<Result<void>> store_start(SessionPtr session, ConnectRequest request);
  events::StoredSession new_row(const ConnectRequest& request) const;
  Task<void> wait_until_settled(SessionPtr session);
  Error fail_at_connect_limit(const SessionPtr& session, const ConnectRequest& request);
  std::size_t running() const;
  Result<void> may_start(const events::Viewer& viewer) const;
  SessionPtr readable(const std::string& session_id, const events::Viewer& viewer) const;
  SessionView view(const LiveSession& session, const events::Viewer& viewer) const;

  // session_deletion.cpp
  Task<Result<void>> delete_locked(SessionPtr session);
  void drop(const SessionPtr& session);
  void tell_deleted(const LiveSession& session) const;
  Task<void> end_deleted(SessionPtr session);

  // session_shares.cpp
  Result<SessionPtr> managed(const std::string& session_id, const events::Viewer& viewer,
                             std::string_view what) const;
  Result<events::Reader> reader_for(const LiveSession& session, const events::Viewer& viewer,
                                    const std::string& name) const;
  std::vector<SharedReader> readers_now(const LiveSession& session) const;
  void set_shares(LiveSession& session, events::SessionShares shares);
  /// Tells the readers of GET /sessions/stream that other users and keys may read the session now.
  void tell_shares(const LiveSession& session) const;
  Task<void> reread_shares(std::string session_id);
  /// Starts the task, if none runs for the session yet.
  void reread_soon(const std::string& session_id);

  // session_start.cpp
  std::shared_ptr<LiveRoom> room_of(const RoomReference& reference);
  void attach(const SessionPtr& session, const RoomReference& reference, bool resumed);
  Task<void> join(SessionPtr session, RoomReference reference);
  Task<void> run(std::shared_ptr<LiveRoom> room);
  Task<bool> read_past(SessionPtr session, std::string room, events::SessionPast& past);
  void leave_room(const SessionPtr& session);
  void close_if_idle(const std::shared_ptr<LiveRoom>& room);

  // session_records.cpp
  events::StoredSession row_of(const LiveSession& session) const;
  void apply(const SessionPtr& session, const SessionMachine::Effects& effects);
  void record_change(const SessionPtr& session, std::optional<std::chrono::milliseconds> gap);
  void save(const SessionPtr& session);
  Task<void> write_records(SessionPtr session);
  Task<Result<void>> save_row(SessionPtr session);
  Task<Result<void>> write_once(SessionPtr session);
  Task<void> end_streaks_later(SessionPtr session);
  Task<void> end_streaks_of_stopped();
  Task<bool> pause(std::chrono::milliseconds length);

  // RoomRegistry
  void room_status_changed(const SessionPtr& session, const RoomStatus& status, UnixMs heard_at) override;
  void session_deleted(const SessionPtr& session) override;
  void room_over(const LiveRoom& room) override;
  std::size_t readers_of(const LiveSession& session) const override {
    return fan_out_.subscribers(session.stored.id);
  }

  const LiveDependencies deps_;
  const Options options_;
  events::EventStore& store_;
  events::FanOut& fan_out_;
  const Sharing sharing_;
  std::set<std::string> rereading_;  // ids of sessions whose shares are being read again
  std::map<std::string, SessionPtr> sessions_;
  std::map<std::string, std::shared_ptr<LiveRoom>> rooms_;  // by RoomReference::key()
  KeyedMutex id_locks_;                                     // one change of a session id at a time
  std::vector<std::string> starting_;                       // see Starting
  bool stopping_ = false;
  std::vector<std::shared_ptr<SteadyTimer>> pauses_;
  TaskGroup tasks_;
};

/// Returns the room that a stored session follows. Fails if its stored name or room id is not valid.
Result<RoomReference> reference_of(const events::StoredSession& stored);
/// Returns how many of the sessions resume() will continue.
std::size_t running_sessions(const std::vector<events::StoredSession>& sessions);

}  // namespace papi::live
