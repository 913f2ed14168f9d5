#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "sim/wire.hpp"

namespace papi::sim {

/// Where a room's messages come from: a RoomScript or a Replay. Does no I/O and never looks at a clock.
class MessageSource {
 public:
  virtual ~MessageSource() = default;

  /// A new stream of the same host begins: what was under way in the old room is forgotten.
  virtual void enter_room(std::int64_t room_id) = 0;
  virtual void set_picture_base(const std::string& base) = 0;
  /// The messages of before the first client came, flagged as history. Once per room.
  virtual std::vector<RoomMessage> backlog(UnixMs now) = 0;
  /// Up to `n` messages of this moment. Fewer where there is nothing to say yet.
  virtual std::vector<RoomMessage> next(std::size_t n, UnixMs now) = 0;
  /// Everything was said and no streak is open.
  virtual bool done() const = 0;
};

}  // namespace papi::sim
