#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "sim/wire.hpp"

namespace papi::sim {

struct Person;
class QuizTruth;

/// Where a room's messages come from: a RoomScript, a QuizScript or a Replay. It does no I/O and has no
/// clock.
class MessageSource {
 public:
  virtual ~MessageSource() = default;

  /// A new stream of the same host begins. Open streaks of the old one are dropped.
  virtual void enter_room(std::int64_t room_id) = 0;
  virtual void set_picture_base(const std::string& base) = 0;
  /// Returns the messages from before the first client, marked as history. Called once per room.
  virtual std::vector<RoomMessage> backlog(UnixMs now) = 0;
  /// Returns up to `n` messages for now. Returns fewer if no more are due.
  virtual std::vector<RoomMessage> next(std::size_t n, UnixMs now) = 0;
  /// Returns whether all messages were returned and no streak is open.
  virtual bool done() const = 0;

  // For events that do not come from the source (POST /sim/like and /sim/follow): they count in the totals of
  // the room too. Each returns the new total.
  virtual std::int64_t add_likes(std::int64_t taps) = 0;
  virtual std::int64_t add_follower() = 0;

  /// A comment that does not come from the source was said (POST /sim/comment).
  virtual void heard(const Person&, const std::string& /*comment*/) {}

  /// Returns the quiz that the room plays, or nullptr.
  virtual const QuizTruth* quiz() const { return nullptr; }
};

}  // namespace papi::sim
