#pragma once

#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <vector>

#include "platform/websocket/socket.hpp"
#include "sim/cast.hpp"
#include "sim/faults.hpp"
#include "sim/history.hpp"
#include "sim/message_forge.hpp"
#include "sim/message_source.hpp"
#include "sim/own_event.hpp"
#include "sim/truth.hpp"

namespace papi::sim {

/// One WebSocket of a room. The coroutine of its connection owns it.
struct RoomClient {
  websocket::Socket& socket;
  bool wants_gzip = false;
  std::string cursor;               // from the socket's URL
  std::uint64_t sign_position = 0;  // where the sign answer ended, if the client sends no cursor

  struct Unacked {
    std::string internal_ext;
    std::vector<SharedMessage> messages;
  };
  bool entered = false;
  std::uint64_t position = 0;  // the next message to send, in the room's history
  std::uint64_t seq = 0;
  std::map<std::uint64_t, Unacked> unacked = {};  // by log_id
  std::chrono::steady_clock::time_point last_heartbeat = {};

  /// TikTok stops sending to a client that does not acknowledge.
  bool flow_stopped() const { return unacked.size() > 50; }
};

struct RoomOptions {
  std::string user;
  std::uint64_t seed = 1;
  double rate = 20;  // messages per second
  bool end_when_done = false;
  bool offline = false;
};

struct RoomCounters {
  std::int64_t connects = 0;
  std::int64_t enters = 0;
  std::int64_t heartbeats = 0;
  std::int64_t frames = 0;
  std::int64_t bad_acks = 0;  // unknown log_id or wrong internal_ext
  std::int64_t signs = 0;
  std::int64_t refused_sockets = 0;
};

/// One host and the room that is live now. The room produces messages while at least one client has entered
/// and is not stopped for missing acknowledgements. Each client gets all messages after its cursor. One
/// thread.
class Room {
 public:
  Room(RoomOptions options, const Cast& cast, std::unique_ptr<MessageSource> source, const Clock& clock);

  const std::string& user() const { return options_.user; }
  const Person& host() const { return cast_.host(); }
  std::int64_t room_id() const { return room_id_; }
  UnixMs started() const { return started_; }
  /// 2 live, 3 paused, 4 offline
  int status() const;
  bool done() const { return source_->done(); }
  std::size_t clients() const { return clients_.size(); }
  std::size_t unacked_frames() const;
  Faults& faults() { return faults_; }
  const Faults& faults() const { return faults_; }
  const Truth& truth() const { return truth_; }
  RoomCounters& counters() { return counters_; }
  void set_picture_base(const std::string& base);
  /// Sets the messages per second. At 0 the room sends nothing more.
  void set_rate(double rate) { options_.rate = rate; }

  /// Returns the fetch result of the sign server's answer. If there is a cursor of this room, it holds the
  /// messages after it and a few before, at most 2,000. Otherwise it holds the first part of the backlog, or
  /// the latest messages as history if the room has already sent messages. The result's cursor is set; the
  /// caller sets the socket address. `position` becomes the end of the result in the history.
  webcast::FetchResult first_result(std::string_view cursor, std::uint64_t& position);

  /// Adds a socket to the room. The client must stay alive until detach().
  void attach(RoomClient& client);
  void detach(RoomClient& client);
  void receive(RoomClient& client, std::string_view bytes);

  /// Call it about every 100 ms. Produces the messages that are due and sends them.
  void tick();
  /// Sends Control 3. The room is offline from then on.
  void end();
  /// Sends an event that POST /sim/comment, gift, like or follow asked for. Returns the ids of its messages.
  std::vector<std::int64_t> say_own(const OwnEvent& event);
  /// Returns the host or viewer of that name, else a new person.
  Person person_named(std::string_view username) const;
  /// Returns the quiz that the room plays, or nullptr.
  const QuizTruth* quiz() const { return source_->quiz(); }
  /// Performs a simulated fault with the span `now`, `n` times. For close_code, `n` is the code.
  void act(Fault fault, std::int64_t n);

 private:
  struct BatchShape {
    Compression compression = Compression::gzip;
    bool reordered = false;
    bool duplicate = false;
  };

  void open_room();
  void restart();
  void say(RoomMessage message);
  void say_now(RoomMessage message);
  void produce(double seconds);
  /// Says a message, or what the simulated faults of gifts make of it.
  void say_with_faults(RoomMessage message, UnixMs now);
  void deliver();
  void deliver_to(RoomClient& client, const BatchShape& shape);
  BatchShape take_shape();
  void enter(RoomClient& client, const ClientFrame& frame);
  void acknowledge(RoomClient& client, const ClientFrame& frame);
  void send_result(RoomClient& client, std::string_view payload_type, std::vector<SharedMessage> messages,
                   const BatchShape& shape);
  void send_frame(RoomClient& client, std::string_view bytes);
  webcast::FetchResult result_of(const std::vector<SharedMessage>& messages, std::uint64_t position);
  std::uint64_t next_log_id() { return (static_cast<std::uint64_t>(clock_.now_ms()) << 22) + ++log_ids_; }
  bool anyone_listens() const;

  RoomOptions options_;
  const Cast& cast_;
  std::unique_ptr<MessageSource> source_;
  const Clock& clock_;
  Random random_;
  MessageForge forge_;  // for messages of faults
  Faults faults_;
  Truth truth_;
  RoomCounters counters_;
  History history_;
  std::list<RoomClient*> clients_;
  std::int64_t room_id_ = 0;
  UnixMs started_ = 0;
  std::uint64_t streams_ = 0;
  std::uint64_t backlog_end_ = 0;
  bool backlog_made_ = false;
  bool has_spoken_ = false;
  bool ended_ = false;
  bool paused_ = false;
  double owed_ = 0;  // messages due, with the fraction from the last tick
  std::chrono::steady_clock::time_point last_tick_;
  std::uint64_t log_ids_ = 0;
  std::int64_t own_streaks_ = 0;
  std::uint64_t results_ = 0;
};

}  // namespace papi::sim
