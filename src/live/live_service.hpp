#pragma once

#include <map>
#include <memory>
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
};

/// The sessions and their rooms: several sessions on one room share one upstream. All members run on the live
/// thread; callers elsewhere use run_on().
class LiveService final : public events::SessionDirectory, private RoomOwner {
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
    std::int64_t last_key = 0;
  };

  LiveService(const LiveParts& parts, Options options, events::EventStore& store, events::FanOut& fan_out,
              Known known);
  ~LiveService() override;

  /// The sessions that ran when the program ended go on where they were. Before anybody connects.
  Task<void> resume();

  /// Returns when the session is connected or waiting; else with the reason why it is not, within
  /// connect_limit.
  Task<Result<SessionView>> connect(ConnectRequest request);
  // What the viewer does not see is, in all of these, not there.
  /// False: there was no such running session.
  Task<bool> disconnect(std::string session_id, events::Viewer viewer);
  /// Stops it and deletes it with its events. False: there was none.
  Task<Result<bool>> remove(std::string session_id, events::Viewer viewer);
  /// Deletes all sessions that no longer run and began more than `min_age` ago; how many.
  Task<Result<std::size_t>> cleanup(std::chrono::milliseconds min_age, events::Viewer viewer);
  /// What the rooms hold of a person in memory loses the name. `username` in lower case.
  Task<void> forget_person(std::string username);
  Task<std::optional<SessionView>> find(std::string session_id, events::Viewer viewer);
  Task<std::vector<SessionView>> list(events::Viewer viewer);

  /// Any thread.
  Task<std::optional<events::SessionPosition>> position(std::string session_id,
                                                        events::Viewer viewer) override;
  Executor executor() const { return parts_.executor; }

  /// From now on /connect answers SERVICE_UNAVAILABLE, also to those who wait. Any thread.
  void refuse_new();
  /// Ends all followers and waits for them.
  Task<void> stop();

 private:
  Result<std::shared_ptr<LiveSession>> prepare(const ConnectRequest& request);
  Result<void> give_away(const std::shared_ptr<LiveSession>& session, bool replace);
  void attach(const std::shared_ptr<LiveSession>& session, const RoomReference& reference, bool resumed);
  Task<void> join(std::shared_ptr<LiveSession> session, std::shared_ptr<LiveRoom> room);
  void detach(LiveSession& session);
  void close_if_idle(const std::shared_ptr<LiveRoom>& room);
  Task<Result<void>> erase(std::shared_ptr<LiveSession> session);
  Task<void> settle(std::shared_ptr<LiveSession> session);
  Error late(LiveSession& session, const ConnectRequest& request);
  events::StoredSession row_of(const LiveSession& session) const;
  void save(const LiveSession& session) override;
  void room_over(const LiveRoom& room) override;
  std::size_t readers(const LiveSession& session) const override {
    return fan_out_.subscribers(session.stored.id);
  }
  std::size_t running() const;
  Result<void> may_start(const events::Viewer& viewer) const;
  std::shared_ptr<LiveSession> seen(const std::string& session_id, const events::Viewer& viewer) const;
  SessionView view(const LiveSession& session) const;

  const LiveParts parts_;
  const Options options_;
  events::EventStore& store_;
  events::FanOut& fan_out_;
  std::map<std::string, std::shared_ptr<LiveSession>> sessions_;
  std::map<std::string, std::shared_ptr<LiveRoom>> rooms_;  // by RoomReference::key()
  std::int64_t next_key_ = 1;
  bool stopping_ = false;
  TaskGroup tasks_;
};

}  // namespace papi::live
