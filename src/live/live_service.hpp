#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

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
class LiveService {
 public:
  struct Options {
    FollowerOptions follower;
    std::chrono::milliseconds connect_limit{30'000};
    std::size_t max_sessions = 1'000;
  };

  LiveService(const LiveParts& parts, Options options, events::EventStore& store, events::FanOut& fan_out,
              std::vector<events::StoredSession> known);
  ~LiveService();

  /// Returns when the session is connected or waiting; else with the reason why it is not, within
  /// connect_limit.
  Task<Result<SessionView>> connect(ConnectRequest request);
  /// False: there was no such running session.
  Task<bool> disconnect(std::string session_id);
  Task<std::optional<SessionView>> find(std::string session_id);
  Task<std::vector<SessionView>> list();

  /// Right now, on the live thread only: what a new subscriber must know.
  const events::EventLog* log_of(const std::string& session_id) const;
  Executor executor() const { return parts_.executor; }

  /// From now on /connect answers SERVICE_UNAVAILABLE, also to those who wait. Any thread.
  void refuse_new();
  /// Ends all followers and waits for them.
  Task<void> stop();

 private:
  struct Session;
  class Room;

  Result<Session*> prepare(const ConnectRequest& request);
  void attach(Session& session, const RoomReference& reference);
  void detach(Session& session);
  Task<void> settle(Session& session);
  void save(const Session& session);
  SessionView view(const Session& session) const;

  const LiveParts parts_;
  const Options options_;
  events::EventStore& store_;
  events::FanOut& fan_out_;
  std::map<std::string, std::shared_ptr<Session>> sessions_;
  std::map<std::string, std::shared_ptr<Room>> rooms_;  // by RoomReference::key()
  std::int64_t next_key_ = 1;
  bool stopping_ = false;
  TaskGroup tasks_;
};

}  // namespace papi::live
