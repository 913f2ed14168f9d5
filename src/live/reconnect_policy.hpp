#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include "live/room_state.hpp"
#include "platform/base/error.hpp"
#include "platform/base/random.hpp"

namespace papi::live {

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
    refused,       // no data came; `error` says why
  };
  End end = End::refused;
  Error error;
  std::chrono::milliseconds flowed{0};  // how long data flowed
};

std::string_view to_string(Attempt::End end);

/// Decides what a room's upstream connection does next. Pure: it has no clock and no sockets, and the caller
/// passes the random numbers.
class ReconnectPolicy {
 public:
  struct Timing {
    std::chrono::milliseconds first_backoff{1'000};
    std::chrono::milliseconds max_backoff{30'000};
    std::chrono::milliseconds live_check{30'000};      // between checks of an offline room
    std::chrono::milliseconds blocked_pause{600'000};  // after max_blocked_in_a_row blocks in a row
  };
  static constexpr int max_blocked_in_a_row = 5;

  ReconnectPolicy(const Timing& timing, Random& random) : timing_(timing), random_(random) {}

  /// Returns the next action after an attempt. `wait_until_live` says whether any session of the room waits
  /// for the next stream. It may change between calls.
  RoomAction after(const Attempt& attempt, bool wait_until_live);
  /// Call it when data flows.
  void on_connected() { was_connected_ = true; }
  /// Call it if the room was followed when the program ended. Failures are then retried, because no caller
  /// waits for an answer.
  void on_resumed() { was_connected_ = true; }

 private:
  RoomAction offline(bool wait_until_live, Error reason);
  Wait backoff(std::string reason, int more = 0);
  std::chrono::milliseconds jittered(std::chrono::milliseconds delay);

  Timing timing_;
  Random& random_;
  bool was_connected_ = false;
  bool user_exists_ = false;  // TikTok has reported the user as offline
  int failures_ = 0;
  int blocked_ = 0;
};

}  // namespace papi::live
