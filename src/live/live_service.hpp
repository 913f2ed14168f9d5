#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "events/session_directory.hpp"
#include "live/live_room.hpp"
#include "platform/base/random.hpp"
#include "platform/base/task_group.hpp"

namespace papi::live {

struct ConnectRequest {
  std::string session_id;
  events::Viewer viewer;
  RoomReference reference;
  bool wait_until_live = false;
  bool replace = false;
};

/// A session as callers see it: a copy, fit for any thread.
struct SessionView {
  std::string id;
  std::string epoch;
  std::string owner;
  std::string username;
  RoomStatus room;
  bool wait_until_live = false;
  UnixMs created_at = 0;
  UnixMs started_at = 0;  // of the current connect
  std::uint64_t last_offset = 0;
  std::array<std::uint64_t, events::event_type_count> counts{};
  std::uint64_t undecodable = 0;
  std::uint64_t duplicates = 0;
  std::string last_error;
  std::string proxy;  // that its upstream goes through
  std::size_t subscribers = 0;
  std::optional<std::vector<std::string>> shared_with;  // for whoever manages it
};

/// A user or key that a session is shared with, and since when.
struct SharedReader {
  events::Reader reader;
  UnixMs shared_at = 0;
};
struct ShareAnswer {
  SharedReader shared;
  bool added = false;  // it was not shared with them before
};

/// The sessions and their rooms: several sessions on one room share one upstream. All members run on the live
/// thread; callers elsewhere use run_on().
///
/// Memory follows the database: a session is made, started, replaced, disconnected or deleted in the database
/// first,
/// and if that fails, nothing has changed.
class LiveService final : public events::SessionDirectory, private RoomRegistry {
 public:
  struct Options {
    FollowerOptions follower;
    std::chrono::milliseconds connect_limit{30'000};
    std::size_t max_sessions = 1'000;             // that run
    std::size_t max_sessions_per_caller = 1'000;  // that one key, or user without a key, has running
  };
  /// What the database has.
  struct Known {
    std::vector<events::StoredSession> sessions;
    std::map<std::int64_t, events::SessionShares> shares;
    std::int64_t last_key = 0;
  };
  struct Sharing {
    events::ShareStore& store;
    const events::ReaderDirectory& readers;
  };
  /// Users and keys that one session may be shared with.
  static constexpr std::size_t max_shares = 100;

  LiveService(const LiveParts& parts, Options options, events::EventStore& store, events::FanOut& fan_out,
              Sharing sharing, Known known);
  ~LiveService() override;

  /// The sessions that ran when the program ended go on where they were. Before anybody connects.
  Task<void> resume();
  /// Instead of resume(): they are disconnected.
  void stay_stopped();

  /// Returns when the session is connected or waiting; else with the reason why it is not, within
  /// connect_limit.
  Task<Result<SessionView>> connect(ConnectRequest request);
  /// Whether connect() of the same would find the session running. A short link is not followed for that.
  Task<bool> runs(ConnectRequest request);
  // In all of these, a session that the viewer may not read does not exist. One that is shared with the
  // viewer is changed by none of them: INSUFFICIENT_PERMISSIONS.
  /// Returns false if there is no such running session.
  Task<Result<bool>> disconnect(std::string session_id, events::Viewer viewer);
  /// Stops the session and deletes it with its events. Returns false if there is no such session.
  Task<Result<bool>> remove(std::string session_id, events::Viewer viewer);
  /// Deletes all sessions that do not run and began more than `min_age` ago. Returns how many.
  Task<Result<std::size_t>> cleanup(std::chrono::milliseconds min_age, events::Viewer viewer);
  /// Removes a person's name from what the sessions hold in memory. `username` is in lower case.
  Task<void> forget_person(std::string username);
  Task<std::optional<SessionView>> find(std::string session_id, events::Viewer viewer);
  Task<std::vector<SessionView>> list(events::Viewer viewer);

  // `reader`: the name of a user or the id of a key. Who shares learns whether there is one of that name.
  /// Lets a user or key read the session. Does nothing if it may already.
  Task<Result<ShareAnswer>> share(std::string session_id, events::Viewer viewer, std::string reader);
  /// After success they read no more of it, and what they have open on it ends.
  Task<Result<SharedReader>> end_share(std::string session_id, events::Viewer viewer, std::string reader);
  Task<Result<std::vector<SharedReader>>> shares(std::string session_id, events::Viewer viewer);

  /// Any thread.
  Task<std::optional<events::SessionPosition>> position(std::string session_id,
                                                        events::Viewer viewer) override;
  Executor executor() const { return parts_.executor; }

  /// From now on /connect answers SERVICE_UNAVAILABLE, also to those who wait. Any thread.
  void refuse_new();
  /// Ends all followers and waits for them. The sessions stay running in the database.
  Task<void> stop();

 private:
  using SessionPtr = std::shared_ptr<LiveSession>;

  /// Counts a session for its credential while its start is being stored.
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
  events::StoredSession new_row(const ConnectRequest& request);
  Task<Result<void>> delete_locked(SessionPtr session);
  void drop(const SessionPtr& session);
  Task<void> settle(SessionPtr session);
  Error late(const SessionPtr& session, const ConnectRequest& request);
  void change_state(const SessionPtr& session, RoomState state, std::string reason);
  std::size_t running() const;
  Result<void> may_start(const events::Viewer& viewer) const;
  SessionPtr readable(const std::string& session_id, const events::Viewer& viewer) const;
  SessionView view(const LiveSession& session, const events::Viewer& viewer) const;

  // session_shares.cpp
  Result<SessionPtr> managed(const std::string& session_id, const events::Viewer& viewer,
                             std::string_view what) const;
  Result<events::Reader> reader_for(const LiveSession& session, const events::Viewer& viewer,
                                    const std::string& name) const;
  std::vector<SharedReader> readers_now(const LiveSession& session) const;
  void set_shares(LiveSession& session, events::SessionShares shares);
  Task<void> reread_shares(std::string session_id);
  /// At most one such task of a session.
  void reread_soon(const std::string& session_id);

  // session_start.cpp
  std::shared_ptr<LiveRoom> room_of(const RoomReference& reference);
  void attach(const SessionPtr& session, const RoomReference& reference, bool resumed);
  Task<void> join(SessionPtr session, RoomReference reference);
  Task<void> run(std::shared_ptr<LiveRoom> room);
  Task<bool> read_past(SessionPtr session, std::string room, events::SessionPast& past);
  void detach(const SessionPtr& session);
  void close_if_idle(const std::shared_ptr<LiveRoom>& room);

  // session_records.cpp
  events::StoredSession row_of(const LiveSession& session) const;
  void record_change(const SessionPtr& session);
  void save(const SessionPtr& session);
  Task<void> write_records(SessionPtr session);
  Task<Result<void>> save_row(SessionPtr session);
  Task<Result<void>> write_once(SessionPtr session);
  Task<void> end_streaks_later(SessionPtr session);
  Task<void> end_streaks_of_stopped();
  Task<bool> pause(std::chrono::milliseconds length);

  // RoomRegistry
  void session_changed(const SessionPtr& session, bool new_state) override;
  void room_over(const LiveRoom& room) override;
  std::size_t readers_of(const LiveSession& session) const override {
    return fan_out_.subscribers(session.stored.id);
  }

  const LiveParts parts_;
  const Options options_;
  events::EventStore& store_;
  events::FanOut& fan_out_;
  const Sharing sharing_;
  std::set<std::string> rereading_;  // ids of sessions whose shares are read again
  std::map<std::string, SessionPtr> sessions_;
  std::map<std::string, std::shared_ptr<LiveRoom>> rooms_;  // by RoomReference::key()
  KeyedLock id_locks_;                                      // one change of a session id at a time
  std::int64_t next_key_ = 1;
  std::vector<std::string> starting_;  // see Starting
  bool stopping_ = false;
  std::vector<std::shared_ptr<SteadyTimer>> pauses_;
  TaskGroup tasks_;
};

/// What a stored session follows.
Result<RoomReference> reference_of(const events::StoredSession& stored);
RoomState parse_state(std::string_view name);
/// How many of them resume() lets go on.
std::size_t running_sessions(const std::vector<events::StoredSession>& sessions);

}  // namespace papi::live
