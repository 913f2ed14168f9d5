#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "events/session_directory.hpp"
#include "live/room_follower.hpp"
#include "platform/base/random.hpp"
#include "platform/base/task_group.hpp"

namespace papi::live {

struct ConnectRequest {
  std::string session_id;
  RoomReference reference;
  bool wait_until_live = false;
  bool replace = false;
};

/// A session as callers see it: a copy, fit for any thread.
struct SessionView {
  std::string id;
  std::string epoch;
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
  std::size_t subscribers = 0;
};

/// The sessions and their rooms: several sessions on one room share one upstream. All members run on the live
/// thread; callers elsewhere use run_on().
class LiveService final : public events::SessionDirectory {
 public:
  struct Options {
    FollowerOptions follower;
    std::chrono::milliseconds connect_limit{30'000};
    std::size_t max_sessions = 1'000;
    events::Retention retention;
    std::chrono::milliseconds retention_interval{60'000};
  };
  struct Known {
    std::vector<events::StoredSession> sessions;
    std::vector<events::RoomCursor> cursors;
  };

  LiveService(const LiveParts& parts, Options options, events::EventStore& store, events::FanOut& fan_out,
              Known known);
  ~LiveService() override;

  /// Begins the background work. `resume`: sessions that ran when the program ended go on where they were.
  Task<void> start(bool resume);

  /// Returns when the session is connected or waiting; else with the reason why it is not, within
  /// connect_limit.
  Task<Result<SessionView>> connect(ConnectRequest request);
  /// False: there was no such running session.
  Task<bool> disconnect(std::string session_id);
  /// Stops it and deletes it with its events. False: there was none.
  Task<Result<bool>> remove(std::string session_id);
  /// Deletes all sessions that no longer run and began more than `min_age` ago; how many.
  Task<Result<std::size_t>> cleanup(std::chrono::milliseconds min_age);
  Task<std::optional<SessionView>> find(std::string session_id);
  Task<std::vector<SessionView>> list();

  /// Any thread.
  Task<std::optional<events::SessionPosition>> position(std::string session_id) override;
  Executor executor() const { return parts_.executor; }

  /// From now on /connect answers SERVICE_UNAVAILABLE, also to those who wait. Any thread.
  void refuse_new();
  /// Ends all followers and waits for them.
  Task<void> stop();

 private:
  struct Session;
  class Room;

  Result<Session*> prepare(const ConnectRequest& request);
  void attach(const std::shared_ptr<Session>& session, const RoomReference& reference);
  Task<void> join(std::shared_ptr<Session> session, std::shared_ptr<Room> room);
  void detach(Session& session);
  void close_if_idle(const std::shared_ptr<Room>& room);
  Task<Result<void>> erase(std::shared_ptr<Session> session);
  Task<void> retain();
  Task<void> settle(Session& session);
  void save(const Session& session);
  SessionView view(const Session& session) const;

  const LiveParts parts_;
  const Options options_;
  events::EventStore& store_;
  events::FanOut& fan_out_;
  std::map<std::string, std::shared_ptr<Session>> sessions_;
  std::map<std::string, std::shared_ptr<Room>> rooms_;  // by RoomReference::key()
  std::map<std::string, events::RoomCursor> cursors_;   // of an earlier run, until start() has used them
  std::int64_t next_key_ = 1;
  bool stopping_ = false;
  Signal retention_wake_;
  TaskGroup tasks_;
};

}  // namespace papi::live
