#pragma once

// Readers of the parts that many messages share (docs/webcast-protocol.md §4.2, §4.3). They use protozero.

#include <string>
#include <string_view>

#include "events/event.hpp"
#include "live/protobuf.hpp"

namespace papi::live {

/// The common part of a message. The view points into the input.
struct Common {
  std::uint64_t msg_id = 0;
  events::RoomId room_id;
  std::int64_t create_time = 0;   // as sent: ms, s or 0
  std::string_view display_text;  // the bytes of a Text
};
Common read_common(std::string_view bytes);

/// Returns the best picture of an ImageModel: the first WebP or JPEG with https. Plain http is accepted too,
/// because simulated rooms use it.
std::string read_image_url(std::string_view bytes);

/// Reads a User (docs/webcast-protocol.md §4.3).
events::User read_user(std::string_view bytes);
/// Adds the viewer's relation to the host (UserIdentity) to the user's own fields. Afterwards all five roles
/// are known.
void add_identity(std::string_view bytes, events::User& user);
/// Adds the roles of `from`. A role is true if either of them has it.
void add_roles(const events::User& from, events::User& user);
/// Reads a BattleBaseUserInfo (docs/webcast-protocol.md §4.7).
events::User read_battle_user(std::string_view bytes);

}  // namespace papi::live
