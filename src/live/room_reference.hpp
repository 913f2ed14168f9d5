#pragma once

#include <string>
#include <string_view>

#include "platform/base/error.hpp"

namespace papi::live {

/// Which room a caller means: a person's name (`name`, `@name` or a tiktok.com URL) or a room's number.
class RoomReference {
 public:
  /// Names are 2–24 of [A-Za-z0-9_.] and compared without case; the spelling is kept for showing.
  static Result<RoomReference> parse_username(std::string_view text);
  static Result<RoomReference> parse_room_id(std::string_view text);

  const std::string& username() const { return username_; }  // empty where only the number is known
  std::uint64_t room_id() const { return room_id_; }         // 0 where only the name is known
  /// Equal for references to the same room.
  std::string key() const;
  /// For messages: `@name` or `room 73…`.
  std::string text() const;

 private:
  std::string username_;
  std::uint64_t room_id_ = 0;
};

}  // namespace papi::live
