#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>

#include "events/event_log.hpp"
#include "events/person_sink.hpp"
#include "live/gift_list.hpp"
#include "live/incoming_frame.hpp"
#include "live/ingest_pipeline.hpp"
#include "live/room_lookup.hpp"
#include "live/room_status.hpp"
#include "live/sign_client.hpp"
#include "live/upstream_metrics.hpp"
#include "live/upstream_protocol.hpp"
#include "platform/base/trusted_clock.hpp"
#include "platform/log/logger.hpp"
#include "platform/websocket/client.hpp"

namespace papi::live {

/// Receives what an upstream connection learns about its room.
class RoomSink {
 public:
  virtual ~RoomSink() = default;
  /// Returns when the events and the position are stored. They are acknowledged to TikTok only after that.
  virtual Task<Result<void>> take(RoomBatch batch, events::UpstreamPosition position) = 0;
  /// Ends the selected streaks in the event logs. Returns when the end events are stored.
  virtual Task<Result<void>> end_streaks(StreakEnd which) = 0;
  /// Data flows again.
  virtual void connection_restored() = 0;
  /// Nothing was received for `time`. The usual pause between two frames is not included.
  virtual void nothing_heard_for(std::chrono::steady_clock::duration time) = 0;
  virtual void room_changed(const RoomStatus& status) = 0;
  /// Returns whether any session of the room waits for the next stream.
  virtual bool wants_to_wait() const = 0;
  /// Returns how many readers the room's sessions have together.
  virtual std::size_t readers() const = 0;
};

struct UpstreamOptions {
  ReconnectPolicy::Timing timing;
  UpstreamProtocol::Timing protocol;
  std::chrono::milliseconds socket_timeout{20'000};
  std::size_t max_inflated = 8 * 1024 * 1024;
  std::size_t remembered_ids = events::remembered_events;
};

/// The parts that all upstream connections share. They must outlive the connections.
struct LiveDependencies {
  Executor executor;
  RoomLookup& lookup;
  SignClient& sign;
  net::ssl::context& tls;
  const Browser& browser;
  const TikTokHosts& hosts;
  GiftList& gifts;
  const Proxy* proxy;          // nullptr: none
  events::PersonSink& people;  // gets the people of events
  const events::PictureKeys& pictures;
  events::TotalsOf totals_of;      // computes what events add to the sums of their session
  events::ShownOffsets* identity;  // nullptr: none
  TrustedClock& trusted_clock;     // gets TikTok's times
  Logger& log;
  const Clock& clock;
  Random& random;
  UpstreamMetrics& metrics;
};

/// The one upstream connection of a room. It finds the room, opens the socket, keeps it alive, decodes and
/// acknowledges. After a drop it reconnects with its cursor. UpstreamProtocol and ReconnectPolicy make the
/// decisions; this class has the sockets, the timers and the way to the event logs. Lives on the live thread.
class UpstreamConnection {
 public:
  UpstreamConnection(const LiveDependencies& deps, const UpstreamOptions& options, RoomReference reference,
                     RoomSink& sink);

  /// Returns when the room has ended or failed, or after stop().
  Task<void> run();
  /// Ends run() soon: wakes its waits and closes the socket.
  void stop();
  /// Call it before run(). Set `resumed` if the room was followed before: then no caller waits for an answer.
  void start_from(const events::UpstreamPosition& position, bool resumed);
  /// Call it before run(). `pasts` are the contents of the sessions' event logs.
  void remember_merged(const std::vector<events::SessionPast>& pasts) { ingest_.remember_merged(pasts); }
  /// Returns whether the message with that id was passed on, or was in the sessions' event logs at the start.
  bool knows(std::uint64_t id) const { return ingest_.knows(id); }
  void erase_person(const std::string& username) { ingest_.erase_person(username); }
  /// If the room waits, it tries again at once.
  void look_now() { wake_.notify(); }

  const RoomStatus& status() const { return status_; }
  /// The cursor after the last stored batch.
  const std::string& cursor() const { return protocol_.cursor(); }
  events::UpstreamPosition position() const;
  /// Held while a batch of the room is being written to the event logs.
  AsyncMutex& storing() { return storing_; }
  /// When data last arrived; 0: never.
  UnixMs heard_at() const { return protocol_.heard_at(); }
  std::uint64_t undecodable() const { return ingest_.undecodable(); }
  std::uint64_t duplicates() const { return ingest_.duplicates(); }

 private:
  Task<Attempt> attempt();
  /// Returns the room's socket, or nullptr if the stream is over.
  Task<Result<std::unique_ptr<websocket::Client>>> open();
  /// Finds the room and stores its backlog. Returns the options for the socket, or nullopt if the stream is
  /// over.
  Task<Result<std::optional<websocket::ClientOptions>>> prepare();
  Task<Attempt> use_socket(websocket::Client& client);
  Task<Attempt> read_frames(websocket::Client& client);
  Task<void> run_timers(websocket::Client& client);
  /// Performs the actions, and those that follow from storing `result`. Returns how the attempt ended, or
  /// nullopt if it goes on.
  Task<std::optional<Attempt>> perform(UpstreamActions actions, const FetchResult* result = nullptr);
  void perform_now(const UpstreamAction& action);
  /// Returns whether the stream has ended.
  Task<Result<bool>> store(const FetchResult& result, StoreResult how);
  Task<void> end_streaks(StreakEnd which);
  void report_host(RoomFacts& facts);
  void update_facts(std::optional<std::int64_t> viewers);
  Moment now() const { return {deps_.clock.now_ms(), deps_.clock.steady()}; }
  void set_status(RoomState state, std::string reason, std::optional<UnixMs> next_try = {},
                  std::optional<Error> error = {});

  const LiveDependencies deps_;
  const UpstreamOptions options_;
  const RoomReference reference_;
  RoomSink& sink_;
  ReconnectPolicy policy_;
  UpstreamProtocol protocol_;
  SignWaiter sign_waiter_;
  RoomStatus status_;
  IngestPipeline ingest_;
  websocket::Client* client_ = nullptr;  // while the socket is open
  Notifier wake_;                        // wakes run()
  Notifier timers_wake_;                 // wakes run_timers()
  AsyncMutex storing_;                   // one batch at a time, so commits and events have the same order
};

}  // namespace papi::live
