#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/notifier.hpp"
#include "platform/http/message.hpp"
#include "sim/room.hpp"

namespace papi::sim {

struct SimOptions {
  std::vector<std::string> users{"demo"};
  std::uint64_t seed = 1;
  double rate = 20;
  std::chrono::milliseconds tick{100};  // time between two sends
  std::optional<std::int64_t> count;
  std::size_t backlog = 6;
  bool end_when_done = false;
  bool offline = false;
  bool quiz = false;
  std::chrono::milliseconds quiz_answer{15'000};  // from a question to its end
  struct StartFault {
    const FaultKind* kind = nullptr;
    std::int64_t n = 1;
  };
  std::vector<StartFault> faults;                     // that every room begins with
  std::optional<std::vector<RoomMessage>> recording;  // if set, every room replays it
  std::string public_host;                            // if empty, the Host header of the request
};

/// A signed address that the sign server gave out. The socket must be opened soon, with the same User-Agent
/// and the same cookie.
struct SignedAddress {
  std::string token;  // the route parameter wrss
  std::int64_t room_id = 0;
  std::chrono::steady_clock::time_point issued;
  std::string user_agent;
  std::string ttwid;
  std::uint64_t position = 0;
};

/// TikTok and its sign server for a few hosts. All members belong to the one io thread of the server.
class Simulator {
 public:
  Simulator(SimOptions options, const Clock& clock);

  /// Starts the ticks on the io thread. stop() may be called on any thread. After stop(), waits end at once.
  void start(Executor executor);
  void stop();

  const std::vector<std::unique_ptr<Room>>& rooms() const { return rooms_; }
  Room* find_user(std::string_view name) const;
  Room* find_room(std::string_view room_id) const;
  const Clock& clock() const { return clock_; }

  /// Returns the host and port of this request, or --public-host.
  std::string host_of(const http::Request& request) const;
  std::string web_base(const http::Request& request) const;
  void set_port(std::uint16_t port) { port_ = port; }

  /// Makes a signed address. The reference is valid until newer addresses push it out.
  const SignedAddress& sign(const Room& room, std::string user_agent, std::uint64_t position);
  /// Returns the signed address, or nullptr if it is unknown or too old.
  const SignedAddress* find_address(std::string_view token) const;

  /// Waits for `time`, but not longer than until stop().
  Task<void> pause(Executor executor, std::chrono::milliseconds time);
  /// Waits while the room has that simulated fault, but not longer than until stop().
  Task<void> pause_while(Executor executor, const Room& room, Fault fault);

  /// The members below are for /sim/state.
  std::string last_sign_user_agent;
  bool last_sign_had_key = false;
  std::string last_socket_user_agent;
  std::int64_t profile_pages = 0;  // requests
  std::int64_t pictures = 0;
  std::int64_t short_links_asked = 0;
  std::map<std::string, std::string> short_links;  // redirect target by code
  struct Signature {
    std::string user;
    UnixMs at = 0;
  };
  std::deque<Signature> signatures;  // the newest signatures, oldest first
  void note_signature(const Room& room);
  std::int64_t gift_lists = 0;

 private:
  Task<void> run(Executor executor);

  SimOptions options_;
  const Clock& clock_;
  std::vector<std::unique_ptr<Cast>> casts_;
  std::vector<std::unique_ptr<Room>> rooms_;
  std::deque<SignedAddress> addresses_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
};

}  // namespace papi::sim
