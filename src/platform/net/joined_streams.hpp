#pragma once

#include <array>
#include <optional>
#include <string>

#include "platform/base/clock.hpp"
#include "platform/net/transport.hpp"

namespace papi {

/// Joins two connections: what one side sends, the other one gets, in both directions. A side that takes
/// nothing is not read for: it slows down the other one. If a side sends its last byte, the other one gets
/// all of it and then the end too. Lives on the thread of both transports, which must outlive it.
class JoinedStreams {
 public:
  struct Limits {
    std::size_t buffer = 64 * 1024;           // of each direction
    std::chrono::milliseconds stall{60'000};  // a side takes nothing for this long: both are closed
    std::chrono::milliseconds linger{5'000};  // for the other direction, after the first one has ended
  };
  JoinedStreams(Transport& left, Transport& right, const Limits& limits, const Clock& clock);

  /// Runs until both directions have ended. The texts are bytes that were read before. When it returns,
  /// nothing is pending on either side.
  Task<void> run(std::string to_left, std::string to_right);
  /// Called now and then. Closes both sides if one of them is too slow.
  void sweep(std::chrono::steady_clock::time_point now);
  /// Closes both sides.
  void stop();

 private:
  struct Direction {
    Transport& from;
    Transport& to;
    bool writing = false;
    std::chrono::steady_clock::time_point deadline;
  };
  Task<void> copy(Direction& way, std::string bytes);
  Task<bool> deliver(Direction& way, std::string_view bytes);
  void end_soon();

  const Limits limits_;
  const Clock& clock_;
  std::array<Direction, 2> ways_;
  std::optional<std::chrono::steady_clock::time_point> end_by_;
};

}  // namespace papi
