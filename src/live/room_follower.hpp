#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>

#include "events/event_log.hpp"
#include "events/log_identity.hpp"
#include "events/person_sink.hpp"
#include "live/gift_list.hpp"
#include "live/room_intake.hpp"
#include "live/room_lookup.hpp"
#include "live/room_machine.hpp"
#include "live/sign_client.hpp"
#include "live/wire.hpp"
#include "platform/base/trusted_clock.hpp"
#include "platform/log/logger.hpp"
#include "platform/websocket/client.hpp"

namespace papi::live {

inline constexpr const char* connecting_reason = "Looking for the live room";

struct RoomStatus {
  RoomState state = RoomState::connecting;
  std::string reason;
  std::optional<UnixMs> next_try;
  std::uint64_t room_id = 0;
  std::optional<Error> error;        // of a failed room: what /connect answers
  bool waits_for_signature = false;  // others are before it
  std::optional<RoomFacts> facts;
};

/// Which open gift streaks end, and when.
struct StreakEnd {
  std::chrono::milliseconds idle{0};  // those without news for so long before `heard`
  GiftStreaks::TimePoint heard = GiftStreaks::TimePoint::max();
  UnixMs now = 0;
  bool leaving_only = false;  // only of sessions that do not wait for the next stream
};

/// Takes what a follower learns of its room.
class RoomSink {
 public:
  virtual ~RoomSink() = default;
  /// Returns when the events and the position are stored. Only then are they acknowledged upstream.
  virtual Task<Result<void>> take(RoomBatch batch, events::UpstreamPosition position) = 0;
  virtual Task<Result<void>> end_streaks(StreakEnd which) = 0;
  /// Data flows again.
  virtual void connection_restored() = 0;
  /// Nothing was heard for so long, beyond what is usual.
  virtual void nothing_heard_for(std::chrono::steady_clock::duration time) = 0;
  virtual void room_changed(const RoomStatus& status) = 0;
  virtual bool wants_to_wait() const = 0;
  /// How many readers the room's sessions have.
  virtual std::size_t readers() const = 0;
};

struct FollowerOptions {
  RoomMachine::Timing timing;
  std::chrono::milliseconds silence{60'000};  // no data for so long: the upstream is dead
  std::chrono::milliseconds heartbeat{10'000};
  std::chrono::milliseconds socket_timeout{20'000};
  std::size_t max_inflated = 8 * 1024 * 1024;
  std::chrono::milliseconds streak_idle{30'000};  // a gift streak without news for so long has ended
  // The same while nothing is heard of the room: what was missed may still come.
  std::chrono::milliseconds streak_idle_offline{600'000};
  std::size_t remembered_ids = events::remembered_events;
};

/// What all followers share. Everything outlives them.
struct LiveParts {
  Executor executor;
  RoomLookup& lookup;
  SignClient& sign;
  net::ssl::context& tls;
  const Browser& browser;
  const TikTokHosts& hosts;
  GiftList& gifts;
  const Proxy* proxy;          // nullptr: none
  events::PersonSink& people;  // who is seen in events
  const events::PictureKeys& pictures;
  events::LogIdentity* identity;  // nullptr: none
  TrustedClock& trusted_clock;    // hears the platform's time
  Logger& log;
  const Clock& clock;
  Random& random;
};

/// The one upstream connection of a room: finds the room, opens the socket, keeps it alive, decodes,
/// acknowledges, comes back after a drop with its cursor. Decisions are RoomMachine's. Lives on the live
/// thread.
class RoomFollower {
 public:
  RoomFollower(const LiveParts& parts, const FollowerOptions& options, RoomReference reference,
               RoomSink& sink);

  /// Ends when the room has ended or failed, or after stop().
  Task<void> run();
  void stop();
  /// Before run(). `resumed`: the room was followed before, so nobody waits for an answer.
  void start_from(const events::UpstreamPosition& position, bool resumed);
  /// Before run(): what the room's sessions have in their logs.
  void remember_merged(const std::vector<events::SessionPast>& pasts) { intake_.remember_merged(pasts); }
  /// Whether it has passed on the message of that id, or the sessions had it when it began.
  bool knows(std::uint64_t id) const { return intake_.knows(id); }
  void forget_person(const std::string& username) { intake_.forget_person(username); }
  /// A room that waits looks at once.
  void look_now() { wake_.notify(); }

  const RoomStatus& status() const { return status_; }
  /// Behind the last stored batch.
  const std::string& cursor() const { return cursor_; }
  events::UpstreamPosition position() const;
  /// Held while a batch of the room is on its way into the logs.
  AsyncLock& storing() { return storing_; }
  /// When data last came; 0: never.
  UnixMs heard_at() const { return heard_at_; }
  std::uint64_t undecodable() const { return intake_.undecodable(); }
  std::uint64_t duplicates() const { return intake_.duplicates(); }

 private:
  Task<Attempt> attempt();
  /// The room's socket; nullptr: the stream is over.
  Task<Result<std::unique_ptr<websocket::Client>>> open();
  /// Finds the room and takes its backlog. Returns how the socket is opened; nullopt: the stream is over.
  Task<Result<std::optional<websocket::ClientOptions>>> prepare();
  Task<Attempt> converse(websocket::Client& client);
  Task<Attempt> pump(websocket::Client& client);
  Task<void> keep_alive(websocket::Client& client);
  Task<Result<bool>> take_frame(std::string message, websocket::Client& client);
  /// How a result came.
  struct Origin {
    bool history = false;  // it was said before anybody followed the room
    bool live = false;     // not a part of what was missed
  };
  Task<Result<bool>> take_result(const FetchResult& result, Origin origin);
  Task<void> end_streaks(StreakEnd which);
  void note_heard(bool data);
  void meet_host(RoomFacts& facts);
  void note_facts(std::optional<std::int64_t> viewers);
  bool set_room(std::uint64_t room_id);
  RoomIntake::Moment now() const;
  std::string cookies(const FetchResult& result, const std::string& of_signer) const;
  std::string socket_url(const FetchResult& result) const;
  void set_status(RoomState state, std::string reason, std::optional<UnixMs> next_try = {},
                  std::optional<Error> error = {});

  const LiveParts parts_;
  const FollowerOptions options_;
  const RoomReference reference_;
  RoomSink& sink_;
  RoomMachine machine_;
  SignTurn sign_turn_;
  RoomStatus status_;
  RoomIntake intake_;
  std::string cursor_;
  std::uint64_t cursor_room_ = 0;  // the stream that cursor_ belongs to; 0: none
  UnixMs heard_at_ = 0;
  std::string note_;  // for the next `connected` status
  websocket::Client* client_ = nullptr;
  Signal wake_;  // of run()
  Signal keep_alive_wake_;
  std::chrono::steady_clock::time_point first_data_;  // of this connection
  std::chrono::steady_clock::time_point last_data_;
  std::chrono::steady_clock::time_point heard_since_;  // of this connection: its first frame
  std::chrono::steady_clock::time_point last_heard_;   // any frame, of this connection or one before
  std::chrono::milliseconds heartbeat_;
  AsyncLock storing_;  // one batch at a time: the order of the commits is the order of the events
  bool stopped_ = false;
  bool was_connected_ = false;
  bool heard_ = false;    // a frame has come on this socket
  bool flowing_ = false;  // data has come on this socket
  bool fresh_ = false;    // it began without a cursor: what it sends first is history
  bool leave_ = false;    // the server asked us to go
};

}  // namespace papi::live
