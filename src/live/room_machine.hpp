#pragma once

#include <chrono>
#include <string>
#include <variant>

#include "platform/base/error.hpp"
#include "platform/base/random.hpp"

namespace papi::live {

enum class RoomState { connecting, waiting, connected, reconnecting, disconnected, ended, failed };
std::string_view to_string(RoomState state);

struct Connect {};
struct Wait {
  RoomState state;  // waiting or reconnecting
  std::string reason;
  std::chrono::milliseconds delay;
};
struct Stop {
  RoomState state;  // ended or failed
  Error reason;
};
using RoomAction = std::variant<Connect, Wait, Stop>;

/// How an attempt ended.
struct Attempt {
  enum class End {
    stream_ended,  // Control 3 or 4: the host has stopped
    dropped,       // the socket was lost or fell silent after data had flowed
    refused,       // it never came to data; `error` says why
  };
  End end = End::refused;
  Error error;
  std::chrono::milliseconds flowed{0};  // for how long data came
};

/// Decides what a room's follower does next. Pure: no clock, no sockets; chance comes from outside.
class RoomMachine {
 public:
  struct Timing {
    std::chrono::milliseconds first_backoff{1'000};
    std::chrono::milliseconds max_backoff{30'000};
    std::chrono::milliseconds live_check{30'000};      // between looks at an offline room
    std::chrono::milliseconds blocked_pause{600'000};  // after max_blocked_in_a_row blocks
  };
  static constexpr int max_blocked_in_a_row = 5;

  RoomMachine(const Timing& timing, Random& random) : timing_(timing), random_(random) {}

  /// `wait_until_live`: whether any session of the room wants to wait; it may change between calls.
  RoomAction after(const Attempt& attempt, bool wait_until_live);
  /// Data flows.
  void on_connected() { was_connected_ = true; }
  /// The room was followed when the program ended: failures are retried, and nobody waits for an
  /// answer.
  void on_resumed() { was_connected_ = true; }

 private:
  RoomAction offline(bool wait_until_live, Error reason);
  Wait backoff(std::string reason, int more = 0);
  std::chrono::milliseconds jittered(std::chrono::milliseconds delay);

  Timing timing_;
  Random& random_;
  bool was_connected_ = false;
  bool user_exists_ = false;  // TikTok has said that the user is not live
  int failures_ = 0;
  int blocked_ = 0;
};

}  // namespace papi::live
