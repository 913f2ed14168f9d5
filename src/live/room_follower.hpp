#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>

#include "events/event_log.hpp"
#include "events/person_sink.hpp"
#include "live/gift_list.hpp"
#include "live/room_intake.hpp"
#include "live/room_lookup.hpp"
#include "live/room_machine.hpp"
#include "live/sign_client.hpp"
#include "live/wire.hpp"
#include "platform/log/logger.hpp"
#include "platform/websocket/client.hpp"

namespace papi::live {

struct RoomStatus {
  RoomState state = RoomState::connecting;
  std::string reason;
  std::optional<UnixMs> next_try;
  std::uint64_t room_id = 0;
  std::optional<Error> error;  // of a failed room: what /connect answers
};

/// Where a follower's events go.
class RoomSink {
 public:
  virtual ~RoomSink() = default;
  /// Returns when the events are safe; only then are they acknowledged upstream.
  virtual Task<Result<void>> take(events::PreparedEvents events, std::string cursor) = 0;
  virtual void room_changed(const RoomStatus& status) = 0;
  virtual bool wants_to_wait() const = 0;
};

struct FollowerOptions {
  RoomMachine::Timing timing;
  std::chrono::milliseconds silence{60'000};  // no data for so long: the upstream is dead
  std::chrono::milliseconds heartbeat{10'000};
  std::chrono::milliseconds socket_timeout{20'000};
  std::size_t max_inflated = 8 * 1024 * 1024;
  std::chrono::milliseconds streak_idle{30'000};  // a gift streak without news for so long has ended
  std::size_t remembered_ids = 20'000;
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
  /// Before run(): the room was followed by an earlier run of the program, which stood there.
  void resume(std::uint64_t room_id, std::string cursor);
  void forget_person(const std::string& username) { intake_.forget_person(username); }
  /// What a session of the room has in its log already.
  void restore(const events::RecentEvents& recent);
  /// The same of a session that comes to a running room: its ids, as far as there is room for them.
  void remember(const std::vector<std::uint64_t>& ids) { intake_.remember(ids); }
  /// A room that waits looks at once.
  void look_now() { wake_.notify(); }

  const RoomStatus& status() const { return status_; }
  std::uint64_t undecodable() const { return intake_.undecodable(); }
  std::uint64_t duplicates() const { return intake_.duplicates(); }

 private:
  Task<Attempt> attempt();
  Task<Attempt> converse(websocket::Client& client);
  Task<Attempt> pump(websocket::Client& client);
  Task<void> keep_alive(websocket::Client& client);
  Task<Result<bool>> take_frame(std::string message, websocket::Client& client);
  Task<Result<bool>> take_result(const FetchResult& result, bool history);
  Task<Result<void>> keep(RoomIntake::Batch batch, std::string cursor);
  Task<void> close_streaks(std::chrono::milliseconds idle);
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
  RoomStatus status_;
  RoomIntake intake_;
  std::string cursor_;
  websocket::Client* client_ = nullptr;
  Signal wake_;  // of run()
  Signal keep_alive_wake_;
  Signal kept_;                                       // keeping_ became false
  std::chrono::steady_clock::time_point first_data_;  // of this connection
  std::chrono::steady_clock::time_point last_data_;
  std::chrono::steady_clock::time_point last_heard_;  // data or an answer to a heartbeat
  std::chrono::milliseconds heartbeat_;
  bool stopped_ = false;
  bool was_connected_ = false;
  bool flowing_ = false;  // data has come on this socket
  bool fresh_ = false;    // it began without a cursor: what it sends first is history
  bool leave_ = false;    // the server asked us to go
  bool keeping_ = false;  // a batch is on its way into the log
};

}  // namespace papi::live
